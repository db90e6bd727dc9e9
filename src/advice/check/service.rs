//! Credentials, login, Placement itself.

use super::{Line, Seen, Subject};

pub(super) fn subject(seen: &Seen<'_>) -> Subject {
    let mut lines = Vec::new();
    lines.push(match &seen.credentials {
        Ok(who) => Line::good("credentials", who),
        Err(finding) => Line::found("credentials", finding.clone()),
    });
    lines.extend(seen.incomplete.iter().map(|lack| Line::note("credentials", format!("not used: {lack}"))));
    lines.push(match &seen.login {
        Some(Ok(place)) => Line::good("login", place),
        Some(Err(finding)) => Line::found("login", finding.clone()),
        None => Line::unseen("login", "there is nothing to log in with"),
    });
    lines.push(match &seen.versions {
        Some(Ok(versions)) => Line::good("Placement", versions),
        Some(Err(finding)) => Line::found("Placement", finding.clone()),
        None => Line::unseen("Placement", "it cannot be asked without a login"),
    });
    Subject::new("Login and Placement", lines)
}

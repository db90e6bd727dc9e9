//! `check`: asks everybody once, and hands what they said to [`advice::check`](crate::advice::check). Nothing that
//! fails keeps the rest from being asked.

use super::args::CheckArgs;
use super::exit::Exit;
use super::{Output, context, output, survey};
use crate::advice::check::{self, AgentSeen, Seen};
use crate::config::{Credentials, Settings};
use crate::model::{Code, Finding};
use crate::nova::read_devices;
use crate::report;
use crate::telemetry;

pub(super) async fn run(settings: Settings, args: &CheckArgs) -> Result<Exit, Finding> {
    let nova = read_devices(&settings.nova);
    let hardware = context::scan(&settings).await;
    let service = survey::service(&settings, &nova, hardware.as_ref()).await;
    let seen = Seen {
        credentials: service.credentials,
        incomplete: incomplete(&settings),
        login: service.login,
        versions: service.versions,
        root: service.root,
        placement: service.placement,
        hardware,
        nova: &nova,
        policy: &settings.policy,
        agent: agent(&settings).await,
    };
    let report = check::check(&seen);
    let document = report::json::Check::new(&report);
    let text = || report::check(&report, args.problems, output::width());
    // The findings are lines of the report.
    Ok(Output::new(args.format.format).result(&document, text, &[], Exit::of_worst(report.worst())))
}

/// Sources that come before the one in force, and lack something.
fn incomplete(settings: &Settings) -> Vec<String> {
    match &settings.placement.credentials {
        Credentials::Keystone(keystone) => keystone.skipped.iter().map(ToString::to_string).collect(),
        Credentials::Noauth { .. } | Credentials::Missing { .. } => Vec::new(),
    }
}

/// What the running agent says of itself.
async fn agent(settings: &Settings) -> AgentSeen {
    let answer = telemetry::ask(&settings.run.directory.join("agent.sock"), None).await;
    let text = match answer {
        Ok(text) => text,
        Err(error) => return AgentSeen::Silent(error.to_string()),
    };
    match serde_json::from_str::<report::json::Status>(&text) {
        Err(error) => AgentSeen::Silent(format!("its status cannot be read: {error}")),
        Ok(status) => AgentSeen::Answered {
            version: status.version,
            cycles: status.cycles,
            failures: status.failures,
            released: status.released,
            stuck: status.stuck.map(|stuck| (stuck.call, stuck.seconds)),
            waiting: status.waiting,
            findings: status.findings.into_iter().filter_map(known).collect(),
        },
    }
}

/// A finding of the agent's, which may be of another version with other codes.
fn known(told: report::json::status::Finding) -> Option<Finding> {
    let code = Code::ALL.iter().find(|code| code.as_str() == told.code)?;
    Some(Finding::new(*code, told.subject, told.seen, told.remedy))
}

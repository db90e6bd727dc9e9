//! Names for people to type: of flavors and aliases.

use crate::model::Claim;

/// A vGPU type or board without its maker: `A100-1-5C` for `GRID A100-1-5C`.
pub(super) fn plain_of(name: &str) -> String {
    match Claim::decode(&Claim::trait_of_name(name)) {
        Some(claim @ (Claim::VgpuType(_) | Claim::Profile(_))) => claim.plain().to_owned(),
        _ => name.to_owned(),
    }
}

/// In lower case, with nothing in it that a shell, a URL or a list would take for something else.
pub(super) fn slug(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.trim().chars().map(|c| c.to_ascii_lowercase()) {
        let plain = c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.';
        match (plain, out.ends_with('-') || out.is_empty()) {
            (true, _) => out.push(c),
            (false, false) => out.push('-'),
            (false, true) => {}
        }
    }
    out.trim_end_matches('-').to_owned()
}

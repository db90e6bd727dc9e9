//! `explain`: one device or provider, from the hardware to Placement. What cannot be reached is said, and the rest is
//! told all the same.

use super::args::ExplainArgs;
use super::exit::Exit;
use super::{Output, context, output, survey};
use crate::advice::explain::{Known, NothingThere, explain};
use crate::config::Settings;
use crate::model::Finding;
use crate::nova::read_devices;
use crate::report;

pub(super) async fn run(settings: Settings, args: &ExplainArgs) -> Result<Exit, Finding> {
    let nova = read_devices(&settings.nova);
    let hardware = context::scan(&settings).await;
    let service = survey::service(&settings, &nova, hardware.as_ref()).await.outcome();
    let known = Known {
        hardware: hardware.as_ref(),
        nova: &nova,
        policy: &settings.policy,
        placement: service.as_ref().map(|(tree, decision)| (tree, decision)),
    };
    let explanation = match explain(known, &args.what) {
        Ok(explanation) => explanation,
        Err(nothing) => {
            let failed = hardware.as_ref().err().or(service.as_ref().err());
            output::say(&nothing_there(&nothing, failed));
            return Ok(Exit::Usage);
        }
    };
    let document = report::json::Explain::new(&explanation);
    let text = || report::explain(&explanation, output::width());
    let exit = Exit::of(&explanation.findings, Exit::Done);
    Ok(Output::new(args.format.format).result(&document, text, &explanation.findings, exit))
}

/// What there is, for who asked for something else; and what could not be looked at.
fn nothing_there(nothing: &NothingThere, failed: Option<&Finding>) -> String {
    let mut text = format!("error: {}\n", nothing.seen);
    for (what, names) in [("GPUs", &nothing.gpus), ("providers", &nothing.providers)] {
        if names.is_empty() {
            text.push_str(&format!("  → {what}: none\n"));
        } else {
            text.push_str(&format!("  → {what}:\n"));
            names.iter().for_each(|name| text.push_str(&format!("      {name}\n")));
        }
    }
    if let Some(finding) = failed {
        text.push_str(&report::finding_lines(finding));
    }
    text
}

//! `apply`: one cycle, with progress.

use super::args::ApplyArgs;
use super::exit::Exit;
use super::output::Shown;
use super::{Output, context};
use crate::config::Settings;
use crate::model::Finding;
use crate::nova::read_devices;
use crate::reconciler::{Pace, Reconciler, find_root};
use crate::report;

pub(super) async fn run(settings: Settings, args: &ApplyArgs) -> Result<Exit, Finding> {
    // Missing credentials are told before NVML is woken.
    let client = context::client(&settings)?;
    let root = find_root(&context::root_choice(&settings), &client).await.map_err(|error| error.finding())?;
    // Last, and at once followed by the writes: what a running agent saw later than this must not be undone.
    let host = context::scan(&settings).await?;
    let mut reconciler = Reconciler::new(client, root, settings.policy);
    reconciler.see_nova(read_devices(&settings.nova));
    let cycle = reconciler.cycle(&host, Pace::AtOnce, &mut Shown::default()).await;

    if let (true, Some(stopped_by)) = (cycle.rounds.is_empty(), &cycle.stopped_by) {
        // Nothing could even be decided: an error like any other verb's, not a result.
        return Err(stopped_by.clone());
    }
    let findings = cycle.findings();
    let document = report::json::Apply::from(&cycle);
    let exit = Exit::of(&findings, Exit::Done);
    Ok(Output::new(args.format.format).result(&document, || report::apply(&cycle), &findings, exit))
}

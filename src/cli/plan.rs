//! `plan`: reads hardware and Placement, decides, writes nothing.

use super::args::PlanArgs;
use super::exit::Exit;
use super::{Output, context};
use crate::config::Settings;
use crate::model::Finding;
use crate::nova::read_devices;
use crate::reconciler::{Pace, Reconciler, find_root};
use crate::report;

pub(super) async fn run(settings: Settings, args: &PlanArgs) -> Result<Exit, Finding> {
    // Missing credentials are told before NVML is woken.
    let client = context::client(&settings)?;
    let host = context::scan(&settings).await?;
    let root = find_root(&context::root_choice(&settings), &client).await.map_err(|error| error.finding())?;
    let mut reconciler = Reconciler::new(client, root, settings.policy);
    reconciler.see_nova(read_devices(&settings.nova));
    let (tree, decision) =
        reconciler.decide(&host, &mut Pace::AtOnce).await.map_err(|error| error.finding("Placement"))?;

    let document = report::json::Plan::new(&tree, &decision);
    let text = || report::plan(&host, &tree, &decision);
    let something = args.exit_code && !decision.plan.is_empty();
    let exit = Exit::of(&decision.findings, if something { Exit::Changes } else { Exit::Done });
    Ok(Output::new(args.format.format).result(&document, text, &decision.findings, exit))
}

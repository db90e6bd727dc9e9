//! `discover`: the hardware alone; Placement is not asked.

use super::args::DiscoverArgs;
use super::exit::Exit;
use super::{Output, context};
use crate::config::Settings;
use crate::model::Finding;
use crate::planner;
use crate::report;

pub(super) async fn run(settings: &Settings, args: &DiscoverArgs) -> Result<Exit, Finding> {
    let host = context::scan(settings).await?;
    let findings = planner::hardware_findings(&host, &settings.policy);
    let document = report::json::Discover::new(&host, &findings);
    let exit = Exit::of(&findings, Exit::Done);
    Ok(Output::new(args.format.format).result(
        &document,
        || report::discover(&host, args.profiles),
        &findings,
        exit,
    ))
}

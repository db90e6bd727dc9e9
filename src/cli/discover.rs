//! `discover`: the hardware alone; Placement is not asked.

use super::args::DiscoverArgs;
use super::exit::Exit;
use super::{Output, context, output};
use crate::config::Settings;
use crate::model::{Finding, HostSnapshot, PciAddress};
use crate::planner;
use crate::report;

pub(super) async fn run(settings: &Settings, args: &DiscoverArgs) -> Result<Exit, Finding> {
    let host = context::scan(settings).await?;
    if let Some(missing) = args.gpu.filter(|address| !host.gpus.contains_key(address)) {
        output::say(&nothing_there(&host, missing));
        return Ok(Exit::Usage);
    }
    let mut findings = planner::hardware_findings(&host, &settings.policy);
    let other = |finding: &Finding| finding.subject.parse().is_ok_and(|address| args.gpu != Some(address));
    findings.retain(|finding| args.gpu.is_none() || !other(finding));
    let prospects = planner::prospects(&host, &settings.policy);
    let view = report::View {
        gpu: args.gpu,
        details: args.details,
        profiles: args.profiles,
        types: args.types,
        functions: args.vfs,
        width: output::width(),
    };
    let document = report::json::Discover::new(&host, &prospects, &findings, args.gpu);
    let exit = Exit::of(&findings, Exit::Done);
    let text = || report::discover(&host, &prospects, view);
    Ok(Output::new(args.format.format).result(&document, text, &findings, exit))
}

fn nothing_there(host: &HostSnapshot, missing: PciAddress) -> String {
    let there: Vec<String> = host.gpus.keys().map(ToString::to_string).collect();
    let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
    format!("error: no GPU sits at {missing}\n  → GPUs of this host: {there}\n")
}

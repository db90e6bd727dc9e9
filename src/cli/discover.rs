//! `discover`: the hardware alone; Placement is not asked.

use std::collections::BTreeMap;
use std::path::Path;

use super::args::{DiscoverArgs, Drawing};
use super::exit::Exit;
use super::{Output, context, output};
use crate::config::Settings;
use crate::hardware::{Anonymiser, Case, figures_within};
use crate::model::{Figures, Finding, HostSnapshot, NovaView, PciAddress};
use crate::nova::read_devices;
use crate::planner;
use crate::report;

/// The figures of each GPU at one moment.
type Moving = BTreeMap<PciAddress, Figures>;

pub(super) async fn run(settings: &Settings, args: &DiscoverArgs) -> Result<Exit, Finding> {
    let detailed = args.details || args.gpu.is_some();
    let (host, figures) = match (&args.record, &args.replay) {
        (Some(folder), _) => record(settings, folder, args.anonymise).await?,
        (None, Some(folder)) => replay(folder)?,
        (None, None) => {
            let host = context::scan(settings).await?;
            // Not what the host is, and a scan that did its work is not to be lost for it.
            let figures = if detailed { moving(settings).await } else { Moving::new() };
            (host, figures)
        }
    };
    let figures = if detailed { figures } else { Moving::new() };
    if let Some(missing) = args.gpu.filter(|address| !host.gpus.contains_key(address)) {
        output::say(&nothing_there(&host, missing));
        return Ok(Exit::Usage);
    }
    let mut findings = planner::hardware_findings(&host, &settings.policy);
    let other = |finding: &Finding| finding.subject.parse().is_ok_and(|address| args.gpu != Some(address));
    findings.retain(|finding| args.gpu.is_none() || !other(finding));
    // What this host's Nova is told is nothing to a host that was recorded elsewhere.
    let nova = if args.replay.is_some() { NovaView::default() } else { read_devices(&settings.nova) };
    let prospects = planner::prospects(&host, &nova, &settings.policy);
    let view = report::View {
        gpu: args.gpu,
        details: args.details,
        profiles: args.profiles,
        types: args.types,
        functions: args.vfs,
        width: output::width(),
    };
    if args.format.format == Drawing::Svg {
        let picture = report::svg::discover(&host, &prospects, view);
        return Ok(Output::picture(&picture, &findings, Exit::of(&findings, Exit::Done)));
    }
    let document = report::json::Discover::new(&host, &prospects, &figures, &findings, args.gpu);
    let exit = Exit::of(&findings, Exit::Done);
    let text = || report::discover(&host, &prospects, &figures, view);
    Ok(Output::new(args.format.format.format()).result(&document, text, &findings, exit))
}

fn nothing_there(host: &HostSnapshot, missing: PciAddress) -> String {
    let there: Vec<String> = host.gpus.keys().map(ToString::to_string).collect();
    let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
    format!("error: no GPU sits at {missing}\n  → GPUs of this host: {there}\n")
}

/// Scans, writes down what was answered, and shows the host as it is.
async fn record(
    settings: &Settings,
    folder: &Path,
    anonymise: bool,
) -> Result<(HostSnapshot, Moving), Finding> {
    // Before anything is asked: a long scan must not end with a folder that is refused.
    Case::prepare(folder).map_err(|error| error.finding())?;
    let options = context::hardware_options(settings);
    let (mut case, snapshot) = Case::record(options).await.map_err(|error| error.finding())?;
    let figures = case.figures();
    if anonymise {
        case.anonymise(&mut Anonymiser::new(host_names()));
    }
    case.write(folder).map_err(|error| error.finding())?;
    output::say(&format!("recorded in {}: look through it before you hand it on\n", folder.display()));
    Ok((snapshot.map_err(|error| error.finding())?, figures))
}

fn replay(folder: &Path) -> Result<(HostSnapshot, Moving), Finding> {
    let case = Case::read(folder).map_err(|error| error.finding())?;
    Ok((case.replay().map_err(|error| error.finding())?, case.figures()))
}

/// What moves by itself; of a GPU that does not answer in time, nothing.
async fn moving(settings: &Settings) -> Moving {
    match figures_within(context::hardware_options(settings)).await {
        Ok(figures) => figures,
        Err(error) => {
            tracing::warn!("temperatures, power and use could not be read: {error}");
            Moving::new()
        }
    }
}

/// This host's node name, and that without its domain.
fn host_names() -> Vec<String> {
    let node = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let short = node.split('.').next().unwrap_or_default().to_owned();
    if short == node { vec![node] } else { vec![node, short] }
}

//! `discover`: the hardware alone; Placement is not asked.

use std::path::Path;

use super::args::DiscoverArgs;
use super::exit::Exit;
use super::{Output, context, output};
use crate::config::Settings;
use crate::hardware::{Anonymiser, Case};
use crate::model::{Finding, HostSnapshot};
use crate::planner;
use crate::report;

pub(super) async fn run(settings: &Settings, args: &DiscoverArgs) -> Result<Exit, Finding> {
    let host = match (&args.record, &args.replay) {
        (Some(folder), _) => record(settings, folder, args.anonymise).await?,
        (None, Some(folder)) => replay(folder)?,
        (None, None) => context::scan(settings).await?,
    };
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

/// Scans, writes down what was answered, and shows the host as it is.
async fn record(settings: &Settings, folder: &Path, anonymise: bool) -> Result<HostSnapshot, Finding> {
    // Before anything is asked: a long scan must not end with a folder that is refused.
    Case::prepare(folder).map_err(|error| error.finding())?;
    let options = context::hardware_options(settings);
    let (mut case, snapshot) = Case::record(options).await.map_err(|error| error.finding())?;
    if anonymise {
        case.anonymise(&mut Anonymiser::new(host_names()));
    }
    case.write(folder).map_err(|error| error.finding())?;
    output::say(&format!("recorded in {}: look through it before you hand it on\n", folder.display()));
    snapshot.map_err(|error| error.finding())
}

fn replay(folder: &Path) -> Result<HostSnapshot, Finding> {
    let case = Case::read(folder).map_err(|error| error.finding())?;
    case.replay().map_err(|error| error.finding())
}

/// This host's node name, and that without its domain.
fn host_names() -> Vec<String> {
    let node = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let short = node.split('.').next().unwrap_or_default().to_owned();
    if short == node { vec![node] } else { vec![node, short] }
}

//! `tree`: a compute node's providers as Placement has them. Needs no GPU: works from a workstation.

use super::args::TreeArgs;
use super::exit::Exit;
use super::{Output, context};
use crate::config::Settings;
use crate::model::{Finding, RootUuid};
use crate::placement::{Client, Depth, Observer};
use crate::reconciler::{COMMAND_LINE, find_root, root_by_name};
use crate::report;

pub(super) async fn run(settings: Settings, args: &TreeArgs) -> Result<Exit, Finding> {
    let client = context::client(&settings)?;
    let root = root(&settings, args, &client).await?;
    let observed = Observer::new(client).observe(root, Depth::Whole).await;
    let tree = observed.map_err(|error| error.finding("Placement"))?;

    let document = report::json::Tree::from(&tree);
    let text = || report::tree(&tree, args.long);
    Ok(Output::new(args.format.format).result(&document, text, &[], Exit::Done))
}

async fn root(settings: &Settings, args: &TreeArgs, client: &Client) -> Result<RootUuid, Finding> {
    let found = match &args.host {
        None => find_root(&context::root_choice(settings), client).await,
        Some(host) => match host.parse() {
            Ok(uuid) => Ok(uuid),
            Err(_) => root_by_name(host, COMMAND_LINE, client).await,
        },
    };
    found.map_err(|error| error.finding())
}

//! `tree`: compute nodes' providers as Placement has them. Needs no GPU: works from a workstation.

use std::sync::Arc;
use std::time::Duration;

use super::args::{Drawing, TreeArgs};
use super::exit::Exit;
use super::{Output, context, guests, output};
use crate::config::Settings;
use crate::identity::Keystone;
use crate::model::{Finding, Guests, ObservedTree, RootUuid};
use crate::placement::{Client, Depth, Observer, PlacementError};
use crate::reconciler::{COMMAND_LINE, find_root, root_by_name};
use crate::report;

/// Clears a terminal and goes to its upper left corner (ECMA-48).
const CLEAR: &str = "\x1b[2J\x1b[H";

pub(super) async fn run(settings: Settings, args: &TreeArgs) -> Result<Exit, Finding> {
    if args.watch.is_some() && args.format.format == Drawing::Svg {
        output::say(
            "error: --watch draws on a terminal, and a picture is a file\n  → leave out --watch or --format svg\n",
        );
        return Ok(Exit::Usage);
    }
    let access = context::access(&settings)?;
    let client = Arc::new(context::unconnected(&settings, &access)?);
    let mut viewer =
        Viewer { observer: Observer::new(Arc::clone(&client)), client, keystone: access.keystone };
    let Some(seconds) = args.watch else { return viewer.show(&settings, args, "").await };
    loop {
        let exit = viewer.show(&settings, args, CLEAR).await?;
        if exit != Exit::Done {
            return Ok(exit);
        }
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Done),
            () = tokio::time::sleep(Duration::from_secs(seconds)) => {}
        }
    }
}

struct Viewer {
    client: Arc<Client>,
    observer: Observer,
    keystone: Option<Arc<Keystone>>,
}

impl Viewer {
    async fn show(&mut self, settings: &Settings, args: &TreeArgs, before: &str) -> Result<Exit, Finding> {
        let output = Output::new(args.format.format.format());
        let mut seen = Vec::new();
        for root in self.roots(settings, args).await? {
            let outcome = self.look(root).await;
            seen.push(outcome.map_err(|error| error.finding("Placement"))?);
        }
        if args.format.format == Drawing::Svg {
            return Ok(Output::picture(&report::svg::trees(&seen, args.long), &[], Exit::Done));
        }
        let documents = seen.iter().map(|(tree, guests)| report::json::Tree::new(tree, guests));
        if let (false, [(tree, guests)]) = (args.all, seen.as_slice()) {
            let document = report::json::Tree::new(tree, guests);
            let text = || format!("{before}{}", report::tree(tree, guests, args.long));
            return Ok(output.result(&document, text, &[], Exit::Done));
        }
        let document = report::json::Trees::new(documents.collect());
        let text = || {
            let trees = seen.iter().map(|(tree, guests)| report::tree(tree, guests, args.long));
            format!("{before}{}", trees.collect::<Vec<_>>().join("\n"))
        };
        Ok(output.result(&document, text, &[], Exit::Done))
    }

    async fn roots(&self, settings: &Settings, args: &TreeArgs) -> Result<Vec<RootUuid>, Finding> {
        if args.all {
            let nodes = self.client.list_compute_nodes(None).await;
            let mut nodes = nodes.map_err(|error| error.finding("Placement"))?;
            nodes.sort_by(|a, b| a.name.cmp(&b.name));
            return Ok(nodes.into_iter().map(|node| RootUuid::new(node.uuid.get())).collect());
        }
        let found = match &args.host {
            None => find_root(&context::root_choice(settings), &self.client).await,
            Some(host) => match host.parse() {
                Ok(uuid) => Ok(uuid),
                Err(_) => root_by_name(host, COMMAND_LINE, &self.client).await,
            },
        };
        Ok(vec![found.map_err(|error| error.finding())?])
    }

    async fn look(&mut self, root: RootUuid) -> Result<(ObservedTree, Guests), PlacementError> {
        let tree = self.observer.observe(root, Depth::Whole).await?;
        let mut guests = guests::read(&self.client, &tree).await?;
        guests::name(self.keystone.clone(), &mut guests).await;
        Ok((tree, guests))
    }
}

//! `flavors`: the flavors that this host's GPUs call for, and what those of the cloud would get here.

use std::collections::BTreeMap;

use super::args::FlavorsArgs;
use super::exit::Exit;
use super::{Output, context};
use crate::advice::{self, Flavors, Fleet, Naming, Sizes};
use crate::config::Settings;
use crate::identity::openstack;
use crate::model::{Code, Finding, Flavor, HostSnapshot, NovaView, TraitName};
use crate::nova;
use crate::placement::Client;
use crate::reconciler::find_root;
use crate::report;

pub(super) async fn run(settings: &Settings, args: &FlavorsArgs) -> Result<Exit, Finding> {
    // Missing credentials are told before NVML is woken.
    let cloud = if args.compare { Some(Cloud::new(settings)?) } else { None };
    let (snapshot, nova) = super::host::read(settings, args.replay.as_deref()).await?;
    let naming = Naming { long: args.names == super::args::Names::Long, board: args.board };
    let sizes = Sizes { ram_mib: args.ram, vcpus: args.vcpus, disk_gib: args.disk };
    let mut asked = None;
    // A compute node of Nova's has Nova's configuration; of the cloud it can be known.
    let mut compute_node = !nova.files.is_empty();
    if let Some(cloud) = cloud {
        compute_node = cloud.is_compute_node(settings).await?.unwrap_or(compute_node);
        asked = Some(cloud.ask(&snapshot, &nova, settings, compute_node).await?);
    }
    let fleet = asked.as_ref().map(|(flavors, holders)| Fleet { flavors, holders });
    let mut flavors = Flavors::of(&snapshot, &nova, &settings.policy, compute_node, naming, sizes, fleet);
    flavors.findings.extend(nova.problems);
    let document = report::json::Flavors::new(&flavors);
    let exit = Exit::of(&flavors.findings, Exit::Done);
    let text = || report::flavors(&flavors);
    Ok(Output::new(args.format.format).piped(&document, text, &flavors.findings, exit))
}

/// The services that know of flavors and of traits.
struct Cloud {
    client: Client,
    keystone: std::sync::Arc<crate::identity::Keystone>,
}

impl Cloud {
    fn new(settings: &Settings) -> Result<Self, Finding> {
        let access = context::access(settings)?;
        let client = context::unconnected(settings, &access)?;
        let keystone = access.keystone.ok_or_else(|| {
            unread(
                "there is no Keystone to find Nova with",
                "--compare needs a login: placement.auth = \"keystone\"",
            )
        })?;
        Ok(Cloud { client, keystone })
    }

    /// Whether this host's root is one of Nova's; none where it has no root.
    async fn is_compute_node(&self, settings: &Settings) -> Result<Option<bool>, Finding> {
        let Ok(root) = find_root(&context::root_choice(settings), &self.client).await else {
            return Ok(None);
        };
        let traits = self.client.traits(root.provider()).await;
        Ok(traits.ok().map(|(_, traits)| traits.iter().any(|name| name.as_str() == "COMPUTE_NODE")))
    }

    async fn ask(
        &self,
        snapshot: &HostSnapshot,
        nova: &NovaView,
        settings: &Settings,
        compute_node: bool,
    ) -> Result<(Vec<Flavor>, BTreeMap<TraitName, usize>), Finding> {
        let refused = |error: ::openstack::Error| {
            unread(
                &error.to_string(),
                "may these credentials read flavors? An administrator's see private ones, too. keystone.* in agent.toml, or \
                 clouds.yaml, can name others",
            )
        };
        let mut session = openstack::session(self.keystone.clone()).await.map_err(refused)?;
        let flavors = nova::flavors(&mut session).await.map_err(refused)?;
        let supplies = Flavors::supplies(snapshot, nova, &settings.policy, compute_node);
        let mut holders = BTreeMap::new();
        for name in advice::traits_to_ask(&flavors, &supplies) {
            let count = self.client.holders_of(&name).await.map_err(|error| error.finding("Placement"))?;
            holders.insert(name, count);
        }
        Ok((flavors, holders))
    }
}

fn unread(seen: &str, remedy: &str) -> Finding {
    Finding::new(Code::FlavorsUnread, "Nova", format!("its flavors cannot be read: {seen}"), remedy)
}

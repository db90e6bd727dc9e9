//! `purge`: takes what is the agent's out of Placement, on this host or on another one, which may be gone. Shows what
//! it would do; `--yes` does it.

use std::fs::File;
use std::sync::Arc;

use super::args::PurgeArgs;
use super::exit::Exit;
use super::lock::{self, Holder};
use super::output::Shown;
use super::{Output, context, guests};
use crate::config::Settings;
use crate::model::{Code, Consumer, Finding, Guests, NovaTold, RootUuid};
use crate::placement::Client;
use crate::reconciler::{COMMAND_LINE, Reconciler, find_root, root_by_name};
use crate::report::{self, Purged};

pub(super) async fn run(settings: Settings, args: &PurgeArgs) -> Result<Exit, Finding> {
    if args.delete && !args.nova_compute_stopped && !args.nova_compute_will_restart {
        return Err(unasked());
    }
    let access = context::access(&settings)?;
    let client = Arc::new(context::unconnected(&settings, &access)?);
    let (root, here) = root(&settings, args, &client).await?;
    // Kept until the end: no agent starts here meanwhile.
    let (agent, _lock) = agent(&settings, here);
    if let (true, Some(agent)) = (args.yes, agent.as_ref().filter(|agent| agent.code == Code::AgentRuns)) {
        return Err(agent.clone());
    }
    let mut reconciler = Reconciler::new(Arc::clone(&client), root, settings.policy);
    let cycle = match args.yes {
        true => Some(reconciler.purge(args.delete, &mut Shown::default()).await),
        false => None,
    };
    if let Some(stopped_by) =
        cycle.as_ref().filter(|c| c.rounds.is_empty()).and_then(|c| c.stopped_by.clone())
    {
        return Err(stopped_by);
    }
    // What is left, or what there is.
    let asked = reconciler.decide_purge(args.delete).await;
    let (tree, decision) = asked.map_err(|error| error.finding("Placement"))?;
    let mut guests = guests::read(&client, &tree).await.map_err(|error| error.finding("Placement"))?;
    guests.retain(|provider, _| decision.providers.iter().any(|one| one.uuid == *provider));
    let told = guests::told_of(access.keystone, root, &mut guests).await;

    let mut findings = decision.findings.clone();
    findings.extend(cycle.iter().flat_map(|cycle| cycle.failures()));
    findings.extend(agent);
    findings.extend(orphan(root, tree.root_name(), &told, !decision.providers.is_empty()));
    findings.extend(leaks(&guests, &told));
    let purged = Purged {
        tree: &tree,
        decision: &decision,
        guests: &guests,
        cycle: cycle.as_ref(),
        delete: args.delete,
        restart: args.nova_compute_will_restart,
        findings: &findings,
    };
    let exit = Exit::of(&findings, Exit::Done);
    let document = report::json::Purge::from(&purged);
    Ok(Output::new(args.format.format).result(&document, || report::purge(&purged), &findings, exit))
}

/// The root, and whether it is this host's.
async fn root(settings: &Settings, args: &PurgeArgs, client: &Client) -> Result<(RootUuid, bool), Finding> {
    let own = find_root(&context::root_choice(settings), client).await;
    let Some(host) = &args.host else {
        return Ok((own.map_err(|error| error.finding())?, true));
    };
    let root = match host.parse() {
        Ok(uuid) => uuid,
        Err(_) => root_by_name(host, COMMAND_LINE, client).await.map_err(|error| error.finding())?,
    };
    Ok((root, own.is_ok_and(|own| own == root)))
}

/// What is to be said of an agent on that host, and the lock that keeps another one away.
fn agent(settings: &Settings, here: bool) -> (Option<Finding>, Option<File>) {
    const STOP: &str = "stop and disable it there first: `systemctl disable --now nvidia-placement-agent`";
    if !here {
        let seen =
            "whether an agent runs on that host cannot be seen from here; it would make all of this again";
        let finding = Finding::new(Code::AgentElsewhere, "the agent", seen, format!("if it may: {STOP}"));
        return (Some(finding), None);
    }
    let (holder, lock) = lock::hold(&settings.run.directory);
    let finding = match &holder {
        Holder::Nobody => None,
        Holder::Agent(pid) => {
            let seen = format!("an agent runs here, process {pid}; it would make all of this again");
            Some(Finding::new(Code::AgentRuns, "this host", seen, STOP))
        }
        Holder::Unknown(why) => {
            let seen = format!("whether an agent runs here cannot be told: {why}");
            Some(Finding::new(Code::AgentElsewhere, "the agent", seen, format!("if it does: {STOP}")))
        }
    };
    (finding, lock)
}

fn unasked() -> Finding {
    Finding::new(
        Code::DeletingUnasked,
        "--delete",
        "a running nova-compute that meets a deleted provider fails every update of its resources, so that no guest \
         boots on its host: for 300 s, or, with [compute]resource_provider_association_refresh = 0, until it is \
         restarted or gets SIGHUP",
        "stop it and say --nova-compute-stopped, or restart it right afterwards and say --nova-compute-will-restart; \
         or leave --delete out: empty providers do no harm",
    )
}

/// Nova has deleted the compute node, and our providers, or what is allocated there, kept the root.
fn orphan(root: RootUuid, name: &str, told: &NovaTold, ours: bool) -> Option<Finding> {
    (told.node == Some(false) && ours).then(|| {
        Finding::new(
            Code::NoComputeNode,
            format!("{name} ({root})"),
            "Nova has no compute node with this UUID: its service was deleted, and the root was left behind",
            "what is still allocated below it keeps it: see there; then `openstack resource provider delete` on the \
             root, when nothing else of it is needed",
        )
    })
}

fn leaks(guests: &Guests, told: &NovaTold) -> Vec<Finding> {
    let gone = guests.values().flatten().filter_map(|guest| {
        let consumer = told.consumers.get(&guest.consumer).filter(|consumer| consumer.is_gone())?;
        let seen = match consumer {
            Consumer::Migration { server, status } => {
                format!("it belongs to a migration of server {server} that is {status}")
            }
            _ => "Nova has neither a server nor a migration with this UUID".to_owned(),
        };
        let remedy = format!(
            "when you are sure, `openstack resource provider allocation delete {}`: this agent touches no allocation",
            guest.consumer
        );
        Some((guest.consumer, Finding::new(Code::Leaked, format!("allocation {}", guest.consumer), seen, remedy)))
    });
    let each: std::collections::BTreeMap<_, _> = gone.collect();
    each.into_values().collect()
}

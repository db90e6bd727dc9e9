//! `audit`: whether each guest of this host has the GPU that it was allocated. Writes nothing.

use std::sync::Arc;

use super::args::AuditArgs;
use super::exit::Exit;
use super::{Output, context, guests};
use crate::advice::audit::{AuditFacts, audit, gpu_providers};
use crate::config::Settings;
use crate::model::{Finding, Holders};
use crate::nova::read_domains;
use crate::placement::{Depth, Observer};
use crate::reconciler::find_root;
use crate::report;

pub(super) async fn run(settings: Settings, args: &AuditArgs) -> Result<Exit, Finding> {
    let access = context::access(&settings)?;
    let client = Arc::new(context::unconnected(&settings, &access)?);
    let snapshot = context::scan(&settings).await?;
    let root = find_root(&context::root_choice(&settings), &client).await.map_err(|error| error.finding())?;
    let refused = |error: crate::placement::PlacementError| error.finding("Placement");
    let tree = Observer::new(Arc::clone(&client)).observe(root, Depth::Ours).await.map_err(refused)?;
    let mut holders = Holders::new();
    for provider in gpu_providers(&snapshot, &tree) {
        holders.insert(provider, client.consumers(provider).await.map_err(refused)?);
    }
    // After Placement: a guest that came meanwhile has a domain without an allocation at worst.
    let domains = read_domains(&settings.libvirt_domains);
    let consumers = holders.values().flat_map(|held| held.keys().copied());
    let told =
        guests::told(access.keystone, root, consumers.collect::<std::collections::BTreeSet<_>>()).await;
    let audit = audit(AuditFacts {
        snapshot: &snapshot,
        tree: &tree,
        holders: &holders,
        domains: &domains,
        told: &told,
    });

    let document = report::json::Audit::new(&tree, &audit);
    let text = || report::audit(&tree, &audit);
    let worst = audit.findings.iter().map(|finding| finding.code.severity()).max();
    Ok(Output::new(args.format.format).result(&document, text, &audit.findings, Exit::of_worst(worst)))
}

//! Who holds `VGPU`, for people: consumers from Placement, what they are from Nova. Nova is a courtesy: what it does
//! not tell stays a UUID.

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use crate::identity::{Keystone, openstack};
use crate::model::{Consumer, Guest, Guests, NovaTold, ObservedTree, RootUuid};
use crate::nova;
use crate::placement::{Client, PlacementError};

/// The consumers of every provider of which some `VGPU` is used, as far as usages were read.
pub(super) async fn read(client: &Client, tree: &ObservedTree) -> Result<Guests, PlacementError> {
    let mut guests = Guests::new();
    for provider in tree.providers.values().filter(|one| one.vgpu_used().is_some_and(|used| used > 0)) {
        let consumers = client.vgpu_consumers(provider.uuid).await?;
        guests
            .insert(provider.uuid, consumers.into_iter().map(|(id, units)| Guest::new(id, units)).collect());
    }
    Ok(guests)
}

fn consumers(guests: &Guests) -> BTreeSet<Uuid> {
    guests.values().flatten().map(|guest| guest.consumer).collect()
}

/// Asks Nova for names.
pub(super) async fn name(keystone: Option<Arc<Keystone>>, guests: &mut Guests) {
    let consumers = consumers(guests);
    let Some(keystone) = keystone.filter(|_| !consumers.is_empty()) else { return };
    let Ok(mut session) = openstack::session(keystone).await else { return };
    let servers = nova::servers(&mut session, consumers).await;
    for guest in guests.values_mut().flatten() {
        guest.server = servers.get(&guest.consumer).cloned();
    }
}

/// Asks Nova for all that it tells of these consumers and of the compute node.
pub(super) async fn told(
    keystone: Option<Arc<Keystone>>,
    root: RootUuid,
    consumers: impl IntoIterator<Item = Uuid>,
) -> NovaTold {
    let Some(keystone) = keystone else { return NovaTold::default() };
    match openstack::session(keystone).await {
        Ok(mut session) => nova::told(&mut session, root.provider().get(), consumers).await,
        Err(_) => NovaTold::default(),
    }
}

/// The same for guests, whose servers are filled in.
pub(super) async fn told_of(
    keystone: Option<Arc<Keystone>>,
    root: RootUuid,
    guests: &mut Guests,
) -> NovaTold {
    let told = told(keystone, root, consumers(guests)).await;
    for guest in guests.values_mut().flatten() {
        if let Some(Consumer::Server(server)) = told.consumers.get(&guest.consumer) {
            guest.server = Some(server.clone());
        }
    }
    told
}

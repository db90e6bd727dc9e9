//! A tree as a real Placement shows it, and our own writes absorbed.

use std::collections::BTreeSet;

use nvidia_placement_agent::model::{Identity, Kind, ObservedTree, Owner, ProfileId, RootUuid};
use nvidia_placement_agent::placement::{Client, Depth, Observer, PlacementError};
use uuid::Uuid;

use crate::support::{allocate, client, new_child, new_root, new_trait, only, release, vgpu};

fn identity() -> Identity {
    Identity {
        address: "0000:41:00.0".parse().unwrap(),
        board: "20b0".parse().unwrap(),
        kind: Kind::Mig(ProfileId::new(19)),
    }
}

/// What an observer that remembers nothing sees.
async fn afresh(root: RootUuid, depth: Depth) -> ObservedTree {
    Observer::new(client()).observe(root, depth).await.unwrap()
}

async fn publish(client: &Client, observer: &mut Observer, root: RootUuid, root_name: &str) {
    let identity = identity();
    let (uuid, name) = (identity.uuid(root), identity.name(root_name).unwrap());
    let generation = client.create_provider(uuid, &name, Some(root.provider())).await.unwrap();
    observer.absorb_created(uuid, &name, root.provider(), generation);
    let claim = new_trait();
    client.create_trait(&claim).await.unwrap();
    observer.absorb_trait(claim.clone());
    let generation = client.put_traits(uuid, generation, &only(claim.clone())).await.unwrap();
    observer.absorb_traits(uuid, generation, only(claim));
    let generation = client.put_inventories(uuid, generation, &vgpu(7, 0)).await.unwrap();
    observer.absorb_inventories(uuid, generation, vgpu(7, 0));
    let name = identity.name(&format!("renamed-{root_name}")).unwrap();
    client.rename_provider(uuid, &name, Some(root.provider())).await.unwrap();
    observer.absorb_renamed(uuid, &name);
}

#[tokio::test]
async fn what_was_absorbed_is_what_is_there() {
    let client = client();
    let (root, root_name) = new_root(&client).await;
    new_child(&client, root).await;
    let mut observer = Observer::new(client.clone());
    observer.observe(root, Depth::Ours).await.unwrap();
    publish(&client, &mut observer, root, &root_name).await;

    let tree = observer.observe(root, Depth::Ours).await.unwrap();
    assert_eq!(tree, afresh(root, Depth::Ours).await);
    assert_eq!(observer.observe(root, Depth::Whole).await.unwrap(), afresh(root, Depth::Whole).await);
    let ours: Vec<Identity> = tree.ours().map(|(identity, _)| identity).collect();
    assert_eq!(ours, [identity()]);
    let provider = &tree.providers[&identity().uuid(root)];
    assert_eq!(tree.owner(provider), Owner::Agent(identity()));
    assert_eq!(provider.inventories, vgpu(7, 0));
}

#[tokio::test]
async fn usages_follow_the_allocations() {
    let client = client();
    let (root, root_name) = new_root(&client).await;
    let mut observer = Observer::new(client.clone());
    publish(&client, &mut observer, root, &root_name).await;
    let uuid = identity().uuid(root);
    let mut tree = observer.observe(root, Depth::Ours).await.unwrap();

    let consumer = allocate(uuid, 2).await;
    observer.read_usages(&mut tree, &BTreeSet::from([uuid])).await.unwrap();
    assert_eq!(tree.providers[&uuid].vgpu_used(), Some(2));
    let generation = client.provider(uuid).await.unwrap().generation;
    assert_eq!(tree.providers[&uuid].generation, generation, "a write planned now is planned on this");
    release(consumer).await;
    observer.read_usages(&mut tree, &BTreeSet::from([uuid])).await.unwrap();
    assert_eq!(tree.providers[&uuid].vgpu_used(), Some(0));
}

#[tokio::test]
async fn a_provider_made_again_under_its_uuid_is_read_again() {
    let client = client();
    let (root, root_name) = new_root(&client).await;
    let mut observer = Observer::new(client.clone());
    publish(&client, &mut observer, root, &root_name).await;
    observer.observe(root, Depth::Ours).await.unwrap();
    let (uuid, name) = (identity().uuid(root), identity().name(&root_name).unwrap());
    client.delete_provider(uuid).await.unwrap();
    client.create_provider(uuid, &name, Some(root.provider())).await.unwrap();
    let tree = observer.observe(root, Depth::Ours).await.unwrap();
    assert!(tree.providers[&uuid].traits.is_empty() && tree.providers[&uuid].inventories.is_empty());
}

#[tokio::test]
async fn a_root_that_is_not_there_is_said_to_be_missing() {
    let root = RootUuid::new(Uuid::new_v4());
    let error = Observer::new(client()).observe(root, Depth::Ours).await.unwrap_err();
    assert_eq!(error, PlacementError::RootMissing { root });
}

#[tokio::test]
async fn traits_are_known_to_exist_or_not() {
    let client = client();
    let (root, _) = new_root(&client).await;
    let (there, absent) = (new_trait(), new_trait());
    client.create_trait(&there).await.unwrap();
    let mut observer = Observer::new(client);
    let mut tree = observer.observe(root, Depth::Ours).await.unwrap();
    let asked = BTreeSet::from([there.clone(), absent.clone()]);
    observer.ask_traits(&mut tree, &asked).await.unwrap();
    assert_eq!((tree.trait_exists(&there), tree.trait_exists(&absent)), (Some(true), Some(false)));
}

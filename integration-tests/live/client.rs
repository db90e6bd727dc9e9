//! Every request, and every refusal that a real Placement can be brought to.

use std::collections::{BTreeMap, BTreeSet};

use nvidia_placement_agent::model::{Code, Generation, ProviderUuid, ResourceClass, RootUuid, TraitName};
use nvidia_placement_agent::placement::{Class, PlacementError};
use uuid::Uuid;

use crate::support::{
    allocate, client, delete_trait, new_child, new_root, new_trait, only, placement_url, release, vgpu,
};

fn nobody() -> ProviderUuid {
    ProviderUuid::new(Uuid::new_v4())
}

#[tokio::test]
async fn a_provider_is_created_described_and_renamed() {
    let client = client();
    let (root, root_name) = new_root(&client).await;
    let (child, name) = new_child(&client, root).await;

    let tree = client.list_tree(root).await.unwrap();
    assert_eq!(tree.len(), 2);
    let listed = tree.iter().find(|listed| listed.uuid == child).unwrap();
    assert_eq!((listed.name.as_str(), listed.parent), (name.as_str(), Some(root.provider())));
    assert_eq!(listed.generation, Generation::new(0));
    assert_eq!(&client.provider(child).await.unwrap(), listed);
    assert_eq!(&client.providers_by_name(name.as_str()).await.unwrap()[..], std::slice::from_ref(listed));

    let to = format!("{root_name}:renamed").parse().unwrap();
    let generation = client.rename_provider(child, &to, Some(root.provider())).await.unwrap();
    let renamed = client.provider(child).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.parent), (to.as_str(), Some(root.provider())));
    assert_eq!((generation, renamed.generation), (Generation::new(0), Generation::new(0)));

    // Without a parent the old one stays, and another one is refused: a rename never moves a provider.
    client.rename_provider(child, &name, None).await.unwrap();
    assert_eq!(client.provider(child).await.unwrap().parent, Some(root.provider()));
    let (elsewhere, _) = new_root(&client).await;
    let error = client.rename_provider(child, &to, Some(elsewhere.provider())).await.unwrap_err();
    assert!(matches!(error, PlacementError::Refused { status: 400, .. }), "{error:?}");
    let error = client.rename_provider(child, &to, Some(nobody())).await.unwrap_err();
    assert!(matches!(error, PlacementError::NoSuchParent { .. }), "{error:?}");

    client.delete_provider(child).await.unwrap();
    assert_eq!(client.list_tree(root).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_version_is_that_of_the_server() {
    let version = client().version().await.unwrap();
    assert!(version.min <= "1.28".parse().unwrap() && version.max >= "1.36".parse().unwrap());
}

#[tokio::test]
async fn generations_move_as_the_observer_expects() {
    let client = client();
    let (root, _) = new_root(&client).await;
    let (child, _) = new_child(&client, root).await;
    let name = new_trait();
    client.create_trait(&name).await.unwrap();
    client.create_trait(&name).await.unwrap();
    let at = Generation::new;

    assert_eq!(client.put_traits(child, at(0), &only(name.clone())).await.unwrap(), at(1));
    assert_eq!(client.put_traits(child, at(1), &only(name.clone())).await.unwrap(), at(1), "the same set");
    assert_eq!(client.traits(child).await.unwrap(), (at(1), only(name)));
    assert_eq!(client.put_inventories(child, at(1), &vgpu(4, 0)).await.unwrap(), at(2));
    assert_eq!(client.put_inventories(child, at(2), &vgpu(4, 0)).await.unwrap(), at(3), "even the same");
    assert_eq!(client.inventories(child).await.unwrap(), (at(3), vgpu(4, 0)));
    let consumer = allocate(child, 1).await;
    let used = BTreeMap::from([(ResourceClass::vgpu(), 1)]);
    assert_eq!(client.usages(child).await.unwrap(), (at(4), used));
    release(consumer).await;
    let unused = BTreeMap::from([(ResourceClass::vgpu(), 0)]);
    assert_eq!(client.usages(child).await.unwrap(), (at(4), unused), "which is why usages are not cached");
    assert_eq!(client.provider(root.provider()).await.unwrap().generation, at(0));
}

#[tokio::test]
async fn a_stale_generation_is_a_concurrent_update() {
    let client = client();
    let (root, _) = new_root(&client).await;
    let stale = Generation::new(7);
    let inventories = client.put_inventories(root.provider(), stale, &vgpu(1, 0)).await.unwrap_err();
    let traits = client.put_traits(root.provider(), stale, &BTreeSet::new()).await.unwrap_err();
    for error in [inventories, traits] {
        assert!(matches!(error, PlacementError::ConcurrentUpdate { .. }), "{error:?}");
        assert_eq!(error.class(), Class::Replan);
    }
}

#[tokio::test]
async fn of_many_writers_one_wins_and_the_others_look_again() {
    let client = client();
    let (root, _) = new_root(&client).await;
    let (child, _) = new_child(&client, root).await;
    let mut writers = Vec::new();
    for _ in 0..8 {
        let (client, name) = (client.clone(), new_trait());
        client.create_trait(&name).await.unwrap();
        writers.push(tokio::spawn(
            async move { client.put_traits(child, Generation::new(0), &only(name)).await },
        ));
    }
    let mut won = 0;
    for writer in writers {
        match writer.await.unwrap() {
            Ok(_) => won += 1,
            Err(error) => assert_eq!(error.class(), Class::Replan, "{error:?}"),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn what_is_in_use_stays() {
    let client = client();
    let (root, _) = new_root(&client).await;
    let (child, _) = new_child(&client, root).await;
    client.put_inventories(child, Generation::new(0), &vgpu(4, 0)).await.unwrap();
    allocate(child, 3).await;
    let at = client.usages(child).await.unwrap().0;

    let error = client.put_inventories(child, at, &BTreeMap::new()).await.unwrap_err();
    assert!(matches!(error, PlacementError::InventoryInUse { .. }), "{error:?}");
    let error = client.delete_provider(child).await.unwrap_err();
    assert!(matches!(error, PlacementError::ProviderInUse { .. }), "{error:?}");
    let error = client.delete_provider(root.provider()).await.unwrap_err();
    assert!(matches!(error, PlacementError::ProviderInUse { .. }), "{error:?}");

    // Draining is accepted, and so is a total below what is used: nothing protects from that.
    let at = client.put_inventories(child, at, &vgpu(3, 3)).await.unwrap();
    client.put_inventories(child, at, &vgpu(1, 0)).await.unwrap();
    assert_eq!(client.inventories(child).await.unwrap().1, vgpu(1, 0));
}

#[tokio::test]
async fn a_taken_name_or_uuid_is_a_duplicate_and_its_holder_is_named() {
    let client = client();
    let (root, root_name) = new_root(&client).await;
    let (child, name) = new_child(&client, root).await;
    let other = nobody();
    let fresh = format!("fresh-{other}").parse().unwrap();

    for (uuid, name) in [(other, &name), (child, &fresh), (child, &name)] {
        let error = client.create_provider(uuid, name, Some(root.provider())).await.unwrap_err();
        assert!(matches!(error, PlacementError::DuplicateName { .. }), "{error:?}");
        assert_eq!(error.code(), Code::Taken);
    }
    let to = root_name.parse().unwrap();
    let error = client.rename_provider(child, &to, Some(root.provider())).await.unwrap_err();
    assert!(matches!(error, PlacementError::DuplicateName { .. }), "{error:?}");

    let by_name = client.holder_of(name.as_str(), other).await.unwrap().unwrap();
    assert_eq!(by_name, format!("the name {name} belongs to provider {child}, a child of {root}"));
    let by_uuid = client.holder_of(fresh.as_str(), root.provider()).await.unwrap().unwrap();
    assert_eq!(by_uuid, format!("the UUID {root} belongs to provider {root_name}, a root"));
    assert_eq!(client.holder_of(fresh.as_str(), other).await.unwrap(), None);
}

#[tokio::test]
async fn a_parent_that_does_not_exist() {
    let client = client();
    let (uuid, parent) = (nobody(), nobody());
    let name = format!("orphan-{uuid}").parse().unwrap();
    let error = client.create_provider(uuid, &name, Some(parent)).await.unwrap_err();
    assert!(matches!(error, PlacementError::NoSuchParent { .. }), "{error:?}");
    assert_eq!((error.class(), error.code()), (Class::Wait, Code::RootMissing));
}

#[tokio::test]
async fn a_trait_that_somebody_deleted() {
    let client = client();
    let (root, _) = new_root(&client).await;
    let name = new_trait();
    client.create_trait(&name).await.unwrap();
    assert_eq!(client.existing_traits(&only(name.clone())).await.unwrap(), only(name.clone()));
    delete_trait(&name).await;
    assert!(client.existing_traits(&only(name.clone())).await.unwrap().is_empty());
    let error = client.put_traits(root.provider(), Generation::new(0), &only(name)).await.unwrap_err();
    assert!(matches!(error, PlacementError::NoSuchTrait { .. }), "{error:?}");
    assert_eq!(error.class(), Class::Replan);
}

#[tokio::test]
async fn many_traits_are_asked_for_in_several_requests() {
    let client = client();
    let padding = "X".repeat(180);
    let mut asked: BTreeSet<TraitName> =
        (0..60).map(|number| format!("CUSTOM_{padding}_{number}").parse().unwrap()).collect();
    let there: TraitName = "HW_CPU_X86_AVX".parse().unwrap();
    asked.insert(there.clone());
    assert_eq!(client.existing_traits(&asked).await.unwrap(), only(there));
    assert!(client.existing_traits(&BTreeSet::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let client = client();
    let uuid = nobody();
    let name = format!("ghost-{uuid}").parse().unwrap();
    let zero = Generation::new(0);
    for error in [
        client.provider(uuid).await.unwrap_err(),
        client.traits(uuid).await.unwrap_err(),
        client.inventories(uuid).await.unwrap_err(),
        client.usages(uuid).await.unwrap_err(),
        client.put_traits(uuid, zero, &BTreeSet::new()).await.unwrap_err(),
        client.put_inventories(uuid, zero, &BTreeMap::new()).await.unwrap_err(),
        client.rename_provider(uuid, &name, None).await.unwrap_err(),
        client.delete_provider(uuid).await.unwrap_err(),
    ] {
        assert!(matches!(error, PlacementError::NotFound { .. }), "{error:?}");
    }
    assert!(client.providers_by_name(name.as_str()).await.unwrap().is_empty());
    assert!(client.providers_by_name("").await.unwrap().is_empty());
    let root = RootUuid::new(Uuid::new_v4());
    assert!(client.list_tree(root).await.unwrap().is_empty(), "an unknown root is an empty listing");
}

#[tokio::test]
async fn a_refusal_says_what_placement_says() {
    let client = client();
    let (root, _) = new_root(&client).await;
    let error = client.put_inventories(root.provider(), Generation::new(0), &vgpu(0, 0)).await.unwrap_err();
    assert!(matches!(error, PlacementError::Refused { status: 400, .. }), "{error:?}");
    assert!(error.to_string().contains("0 is less than the minimum of 1"), "{error}");
    let error = client.create_trait(&"NOT_CUSTOM".parse().unwrap()).await.unwrap_err();
    assert!(matches!(error, PlacementError::Refused { status: 400, .. }), "{error:?}");
}

#[tokio::test]
async fn compute_nodes_are_found_by_their_trait() {
    let client = client();
    let (root, name) = new_root(&client).await;
    assert!(client.list_compute_nodes(Some(&name)).await.unwrap().is_empty());
    let compute_node = only("COMPUTE_NODE".parse().unwrap());
    client.put_traits(root.provider(), Generation::new(0), &compute_node).await.unwrap();
    let found = client.list_compute_nodes(Some(&name)).await.unwrap();
    assert_eq!(found.iter().map(|listed| listed.uuid).collect::<Vec<_>>(), [root.provider()]);
    assert!(client.list_compute_nodes(None).await.unwrap().contains(&found[0]));
}

#[tokio::test]
async fn candidates_are_found_on_nested_providers_unless_everything_is_reserved() {
    let client = client();
    let (root, _) = new_root(&client).await;
    let (child, _) = new_child(&client, root).await;
    let name = new_trait();
    client.create_trait(&name).await.unwrap();
    let at = client.put_traits(child, Generation::new(0), &only(name.clone())).await.unwrap();
    let at = client.put_inventories(child, at, &vgpu(2, 0)).await.unwrap();
    let query = format!("resources=VGPU:1&required={name}");
    let count = async || {
        let answer = client.allocation_candidates(&query).await.unwrap();
        answer["allocation_requests"].as_array().unwrap().len()
    };
    assert_eq!(count().await, 1);
    client.put_inventories(child, at, &vgpu(2, 2)).await.unwrap();
    assert_eq!(count().await, 0);
}

#[tokio::test]
async fn another_path_is_not_placement() {
    use nvidia_placement_agent::identity::NoAuth;
    use nvidia_placement_agent::placement::{Client, Options};
    let endpoint = format!("{}/placement", placement_url()).parse().unwrap();
    let client = Client::new(Options::default(), std::sync::Arc::new(NoAuth::new(endpoint))).unwrap();
    let error = client.version().await.unwrap_err();
    assert_eq!(error.code(), Code::Nonsense, "{error}");
}

//! What an observation costs, and what it believes. The server knows just enough of Placement to be read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use uuid::Uuid;

use super::transport::{VERSIONS, client};
use crate::identity::tests::server::{Reply, Request, Server};
use crate::model::{
    AllocationRatio, Code, Generation, Identity, Inventory, Kind, Named, NovaWay, ProfileId, ProviderUuid,
    ResourceClass, RootUuid, TraitName,
};
use crate::placement::{Depth, Observer, PlacementError};

#[derive(Clone)]
struct Row {
    name: String,
    parent: Option<ProviderUuid>,
    generation: u64,
    traits: Vec<&'static str>,
    total: Option<u32>,
    used: u32,
    /// Moves on its own between the reading of traits and that of inventories, so many times.
    restless: u32,
}

type Table = Arc<Mutex<BTreeMap<ProviderUuid, Row>>>;

fn reply(table: &Table, request: &Request) -> Reply {
    if request.path == "/" {
        return Reply::new(200, VERSIONS);
    }
    let ok = |body: Value| Reply::new(200, body.to_string());
    if let Some(names) = request.path.strip_prefix("/traits?name=in:") {
        let existing: Vec<&str> = names.split(',').filter(|name| !name.contains("ABSENT")).collect();
        return ok(json!({ "traits": existing }));
    }
    let mut table = table.lock().unwrap();
    if request.path.starts_with("/resource_providers?in_tree=") {
        let rows = table.iter().map(|(uuid, row)| {
            json!({ "uuid": uuid.to_string(), "name": row.name, "generation": row.generation,
                "parent_provider_uuid": row.parent.map(|p| p.to_string()) })
        });
        return ok(json!({ "resource_providers": rows.collect::<Vec<_>>() }));
    }
    let mut parts = request.path.split('/').skip(2);
    let row = table.get_mut(&parts.next().unwrap().parse().unwrap()).unwrap();
    let generation = row.generation;
    match parts.next().unwrap() {
        "traits" => {
            if row.restless > 0 {
                row.restless -= 1;
                row.generation += 1;
            }
            ok(json!({ "resource_provider_generation": generation, "traits": row.traits }))
        }
        "inventories" => {
            let vgpu = row.total.map(|total| {
                (
                    "VGPU".to_owned(),
                    json!({ "total": total, "reserved": 0, "min_unit": 1, "max_unit": 1,
                    "step_size": 1, "allocation_ratio": 1.0 }),
                )
            });
            let inventories: serde_json::Map<String, Value> = vgpu.into_iter().collect();
            ok(json!({ "resource_provider_generation": generation, "inventories": inventories }))
        }
        _ => ok(json!({ "resource_provider_generation": generation, "usages": { "VGPU": row.used } })),
    }
}

struct World {
    table: Table,
    server: Server,
    observer: Observer,
    root: RootUuid,
    ours: ProviderUuid,
    nova: ProviderUuid,
}

impl World {
    async fn new() -> Self {
        let root = RootUuid::new(Uuid::from_u128(1));
        let identity = Identity {
            address: "0000:41:00.0".parse().unwrap(),
            board: "20b0".parse().unwrap(),
            kind: Kind::Mig(ProfileId::new(19)),
        };
        let (ours, nova) = (identity.uuid(root), ProviderUuid::new(Uuid::from_u128(2)));
        let row = |name: &str, parent, traits: &[&'static str], total| Row {
            name: name.to_owned(),
            parent,
            generation: 5,
            traits: traits.to_vec(),
            total,
            used: 0,
            restless: 0,
        };
        let table = BTreeMap::from([
            (root.provider(), row("cmp1", None, &["COMPUTE_NODE"], None)),
            (
                ours,
                row(identity.name("cmp1").unwrap().as_str(), Some(root.provider()), &["CUSTOM_A"], Some(4)),
            ),
            (nova, row("cmp1_pci", Some(root.provider()), &["OWNER_NOVA"], Some(1))),
        ]);
        let table = Arc::new(Mutex::new(table));
        let rows = Arc::clone(&table);
        let server = Server::start(move |request| reply(&rows, request)).await;
        let observer = Observer::new(Arc::new(client(&server)));
        World { table, server, observer, root, ours, nova }
    }

    fn change(&self, uuid: ProviderUuid, change: impl FnOnce(&mut Row)) {
        change(self.table.lock().unwrap().get_mut(&uuid).unwrap());
    }

    async fn cost(&mut self, depth: Depth) -> usize {
        self.server.take();
        self.observer.observe(self.root, depth).await.unwrap();
        self.server.take().len()
    }
}

fn inventory(total: u32) -> BTreeMap<ResourceClass, Inventory> {
    let allocation_ratio = AllocationRatio::ONE;
    let vgpu = Inventory { total, reserved: 0, min_unit: 1, max_unit: 1, step_size: 1, allocation_ratio };
    [(ResourceClass::vgpu(), vgpu)].into()
}

fn traits(names: &[&str]) -> BTreeSet<TraitName> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

#[tokio::test]
async fn a_steady_observation_is_one_request() {
    let mut world = World::new().await;
    assert_eq!(world.cost(Depth::Ours).await, 1 + 1 + 1 + 2, "version, listing, root's traits, ours");
    assert_eq!(world.cost(Depth::Ours).await, 1);
    let before = world.observer.observe(world.root, Depth::Ours).await.unwrap();
    assert_eq!(world.cost(Depth::Whole).await, 1 + 2 + 2 + 3, "listing, root and Nova's, all usages");
    assert_eq!(world.observer.observe(world.root, Depth::Ours).await.unwrap(), before);
}

#[tokio::test]
async fn ours_are_read_and_others_only_listed() {
    let mut world = World::new().await;
    let tree = world.observer.observe(world.root, Depth::Ours).await.unwrap();
    assert!(tree.is_compute_node());
    assert_eq!(tree.providers[&world.ours].vgpu().unwrap().total, 4);
    assert!(tree.providers[&world.nova].traits.is_empty() && tree.providers[&world.nova].vgpu().is_none());
    let tree = world.observer.observe(world.root, Depth::Whole).await.unwrap();
    assert_eq!(tree.providers[&world.nova].vgpu().unwrap().total, 1);
    assert_eq!(tree.providers[&world.ours].vgpu_used(), Some(0));
}

#[tokio::test]
async fn what_moved_is_read_again_alone() {
    let mut world = World::new().await;
    world.cost(Depth::Ours).await;
    world.change(world.ours, |row| row.generation = 6);
    assert_eq!(world.cost(Depth::Ours).await, 3);
    // Deleted and made again.
    world.change(world.ours, |row| row.generation = 0);
    assert_eq!(world.cost(Depth::Ours).await, 3);
    world.change(world.nova, |row| row.generation = 9);
    assert_eq!(world.cost(Depth::Ours).await, 1);
    world.change(world.root.provider(), |row| row.name = "cmp1.example.org".to_owned());
    assert_eq!(world.cost(Depth::Ours).await, 2);
    world.observer.forget();
    assert_eq!(world.cost(Depth::Ours).await, 4);
}

#[tokio::test]
async fn whose_a_provider_is_follows_the_roots_name() {
    let mut world = World::new().await;
    world.change(world.nova, |row| row.name = "cmp2_pci_0000_41_00_4".to_owned());
    let tree = world.observer.observe(world.root, Depth::Ours).await.unwrap();
    assert_eq!(tree.providers[&world.nova].named, Named::Other);
    world.change(world.root.provider(), |row| row.name = "cmp2".to_owned());
    let tree = world.observer.observe(world.root, Depth::Ours).await.unwrap();
    let function = Named::NovaFunction("0000:41:00.4".parse().unwrap(), NovaWay::Mdev);
    assert_eq!(tree.providers[&world.nova].named, function);
    assert_eq!(tree.providers[&world.nova].vgpu().unwrap().total, 1, "what is Nova's is read then");
    assert!(
        matches!(tree.providers[&world.ours].named, Named::Ours(_)),
        "ours by UUID, whatever the root's name"
    );
}

#[tokio::test]
async fn our_own_writes_need_no_second_look() {
    let mut world = World::new().await;
    world.cost(Depth::Ours).await;
    world.change(world.ours, |row| (row.generation, row.traits) = (6, vec!["CUSTOM_A", "CUSTOM_B"]));
    let wrote = traits(&["CUSTOM_A", "CUSTOM_B"]);
    world.observer.absorb_traits(world.ours, Generation::new(6), wrote.clone());
    world.change(world.ours, |row| (row.generation, row.total) = (7, Some(2)));
    world.observer.absorb_inventories(world.ours, Generation::new(7), inventory(2));
    // The same set again: Placement leaves the generation where it is.
    world.observer.absorb_traits(world.ours, Generation::new(7), wrote.clone());
    assert_eq!(world.cost(Depth::Ours).await, 1);
    let tree = world.observer.observe(world.root, Depth::Ours).await.unwrap();
    assert_eq!(tree.providers[&world.ours].traits, wrote);
    assert_eq!(tree.providers[&world.ours].inventories, inventory(2));
}

#[tokio::test]
async fn a_write_that_does_not_follow_from_what_is_known_is_not_believed() {
    let mut world = World::new().await;
    world.cost(Depth::Ours).await;
    world.change(world.ours, |row| row.generation = 8);
    world.observer.absorb_inventories(world.ours, Generation::new(8), inventory(9));
    assert_eq!(world.cost(Depth::Ours).await, 3);
    let tree = world.observer.observe(world.root, Depth::Ours).await.unwrap();
    assert_eq!(tree.providers[&world.ours].inventories, inventory(4));
}

#[tokio::test]
async fn traits_and_inventories_belong_together() {
    let mut world = World::new().await;
    world.change(world.ours, |row| row.restless = 2);
    let tree = world.observer.observe(world.root, Depth::Ours).await.unwrap();
    assert_eq!(tree.providers[&world.ours].generation, Generation::new(7));
    world.observer.forget();
    world.change(world.ours, |row| row.restless = 99);
    let error = world.observer.observe(world.root, Depth::Ours).await.unwrap_err();
    assert!(matches!(error, PlacementError::ConcurrentUpdate { .. }), "{error}");
}

#[tokio::test]
async fn usages_are_read_each_time_and_belong_to_the_rest() {
    let mut world = World::new().await;
    let which = BTreeSet::from([world.ours]);
    let mut tree = world.observer.observe(world.root, Depth::Ours).await.unwrap();
    world.observer.read_usages(&mut tree, &which).await.unwrap();
    assert_eq!(tree.providers[&world.ours].vgpu_used(), Some(0));
    world.change(world.ours, |row| (row.generation, row.used, row.total) = (6, 3, Some(3)));
    world.observer.read_usages(&mut tree, &which).await.unwrap();
    let provider = &tree.providers[&world.ours];
    assert_eq!((provider.vgpu_used(), provider.generation), (Some(3), Generation::new(6)));
    assert_eq!(provider.inventories, inventory(3));
    assert_eq!(world.cost(Depth::Ours).await, 1, "and that is remembered");
}

#[tokio::test]
async fn traits_are_asked_for_once() {
    let mut world = World::new().await;
    let mut tree = world.observer.observe(world.root, Depth::Ours).await.unwrap();
    world.server.take();
    let which = traits(&["CUSTOM_A", "CUSTOM_ABSENT", "CUSTOM_C"]);
    world.observer.ask_traits(&mut tree, &which).await.unwrap();
    assert_eq!(world.server.take(), ["GET /traits?name=in:CUSTOM_ABSENT,CUSTOM_C"], "A is carried by ours");
    let asked: Vec<bool> = tree.asked_traits.values().copied().collect();
    assert_eq!(asked, [true, false, true]);
    world.observer.absorb_trait("CUSTOM_ABSENT".parse().unwrap());
    let mut tree = world.observer.observe(world.root, Depth::Ours).await.unwrap();
    world.server.take();
    world.observer.ask_traits(&mut tree, &which).await.unwrap();
    assert!(world.server.take().is_empty());
    assert!(tree.asked_traits.values().all(|exists| *exists));
}

#[tokio::test]
async fn without_the_root_there_is_nothing_to_observe() {
    let mut world = World::new().await;
    world.table.lock().unwrap().clear();
    let error = world.observer.observe(world.root, Depth::Ours).await.unwrap_err();
    assert_eq!(error, PlacementError::RootMissing { root: world.root });
    assert_eq!(error.code(), Code::RootMissing);
    assert!(error.remedy().contains("nova-compute"));
}

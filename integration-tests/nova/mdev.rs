//! What the libvirt driver makes of mediated devices, and what a guest gets for a VGPU that was allocated on a
//! provider which somebody else made. `_get_gpu_inventories`, `_update_provider_tree_for_vgpu` and
//! `_allocate_mdevs` run as they are; below them is Nova's own fake of libvirt, over node devices in XML.

use nvidia_ml::testing::SimulatedHost;
use serde_json::{Value, json};

use crate::agent::{FREE, a100, a100_at, apply, provider_at, setup};
use crate::api::Api;
use crate::compute::{Compute, Refused};

const STALE: u64 = 301;
const ENABLED: &str = "[devices]\nenabled_mdev_types = nvidia-474\n";
const VFS: [&str; 2] = ["pci_0000_41_00_4", "pci_0000_41_00_5"];

/// Two virtual functions, each of which may become one vGPU of type 474.
fn two_idle(compute: &mut Compute) {
    let idle = json!({ "nvidia-474": 1 });
    compute.does("devices", json!({ "parents": { VFS[0]: idle, VFS[1]: idle } }));
}

/// A guest with one VGPU of that provider: what it gets.
async fn guest(
    compute: &mut Compute,
    placement: &Api,
    provider: &str,
    class: &str,
) -> Result<Value, Refused> {
    let consumer = placement.allocate(provider, class, 1).await;
    let got = compute.tries("spawn", json!(consumer));
    placement.release(&consumer).await;
    got
}

fn unavailable(why: &str) -> impl Fn(&Refused) -> bool {
    move |refused| refused.class == "ComputeResourcesUnavailable" && refused.text.contains(why)
}

/// The agent's own provider of `1g.5gb` under a compute node, as if something attached it.
async fn ours(compute: &Compute) -> String {
    let host = SimulatedHost::new(&a100_at(FREE, "\"2x 1g.5gb\""));
    apply(&setup(&host, &compute.root));
    provider_at(FREE, &compute.root, 19)
}

#[tokio::test]
async fn without_enabled_types_every_guest_boots_without_its_gpu() {
    let placement = Api::placement().await;
    let mut compute = Compute::libvirt("");
    two_idle(&mut compute);
    assert_eq!(compute.updates().len(), 1, "no provider of a GPU");
    let like_novas = placement.make(&format!("{}_{}", compute.name, VFS[0]), Some(&compute.root)).await;
    placement.offer(&like_novas, "VGPU", 1).await;
    let ours = ours(&compute).await;
    compute.does("age", json!(STALE));
    compute.updates();
    for provider in [like_novas, ours] {
        assert_eq!(guest(&mut compute, &placement, &provider, "VGPU").await, Ok(json!([])));
    }
}

#[tokio::test]
async fn with_enabled_types_only_novas_own_name_is_attached() {
    let placement = Api::placement().await;
    let mut compute = Compute::libvirt(ENABLED);
    two_idle(&mut compute);
    assert_eq!(compute.does("inventories", Value::Null), json!({ VFS[0]: 1, VFS[1]: 1 }));
    assert_eq!(compute.updates().len(), 3);
    let novas = placement.named(&compute.root, VFS[0]).await;
    let got = guest(&mut compute, &placement, &novas, "VGPU").await;
    assert_eq!(got, Ok(json!([format!("a new nvidia-474 on {}", VFS[0])])));

    let other = placement.make(&format!("{}_other", compute.name), Some(&compute.root)).await;
    placement.offer(&other, "VGPU", 1).await;
    let ours = ours(&compute).await;
    for provider in [&other, &ours] {
        let refused = guest(&mut compute, &placement, provider, "VGPU").await.unwrap_err();
        assert!(unavailable("is missing")(&refused), "younger than what Nova has cached: {refused:?}");
    }
    compute.does("age", json!(STALE));
    compute.updates();
    for provider in [&other, &ours] {
        let refused = guest(&mut compute, &placement, provider, "VGPU").await.unwrap_err();
        assert!(unavailable("mdev-capable resource is not available")(&refused), "{refused:?}");
    }
}

/// A nova-compute whose only type is reported under another class than VGPU, and has been.
fn custom(more: &str) -> Compute {
    let class = "[mdev_nvidia-474]\nmdev_class = CUSTOM_NPA_TEST\n";
    let mut compute = Compute::libvirt(&format!("{ENABLED}{class}{more}"));
    two_idle(&mut compute);
    compute.updates();
    compute
}

#[tokio::test]
async fn with_a_custom_class_a_vgpu_boots_without_its_gpu() {
    let placement = Api::placement().await;
    let mut compute = custom("device_addresses = 0000:41:00.4\n");
    let ours = ours(&compute).await;
    compute.does("age", json!(STALE));
    compute.updates();
    assert_eq!(guest(&mut compute, &placement, &ours, "VGPU").await, Ok(json!([])));
    let novas = placement.named(&compute.root, VFS[0]).await;
    assert_eq!(placement.inventories(&novas).await["CUSTOM_NPA_TEST"]["total"], 1);
}

/// A defect of Nova's: the class of a type that is the default for all devices is looked for, not reported.
#[tokio::test]
async fn a_default_type_with_a_custom_class_reports_what_it_does_not_attach() {
    let placement = Api::placement().await;
    let mut compute = custom("");
    let novas = placement.named(&compute.root, VFS[0]).await;
    assert_eq!(placement.inventories(&novas).await["VGPU"]["total"], 1);
    assert_eq!(guest(&mut compute, &placement, &novas, "VGPU").await, Ok(json!([])));
}

#[tokio::test]
async fn a_provider_made_before_novas_own_with_its_name_stops_nova_until_it_reads_again() {
    let placement = Api::placement().await;
    let mut compute = Compute::libvirt(ENABLED);
    compute.updates();
    let early = placement.make(&format!("{}_{}", compute.name, VFS[0]), Some(&compute.root)).await;
    placement.offer(&early, "VGPU", 3).await;
    two_idle(&mut compute);
    for _ in 0..2 {
        compute.tries("update", Value::Null).unwrap_err();
    }
    compute.does("age", json!(STALE));
    assert_eq!(compute.updates().len(), 3);
    assert_eq!(placement.named(&compute.root, VFS[0]).await, early, "adopted");
    assert_eq!(placement.inventories(&early).await["VGPU"]["total"], 1, "its inventory is replaced");
}

#[tokio::test]
async fn traits_of_others_live_as_long_as_novas_provider() {
    const TRAIT: &str = "CUSTOM_NVIDIA_1G5GB";
    let placement = Api::placement().await;
    let mut compute = Compute::libvirt(ENABLED);
    two_idle(&mut compute);
    compute.updates();
    let first = placement.named(&compute.root, VFS[0]).await;
    placement.add_trait(&first, TRAIT).await;
    for _ in 0..2 {
        compute.updates();
        compute.does("age", json!(STALE));
    }
    assert!(placement.traits(&first).await.contains(&TRAIT.to_owned()));

    // Nothing can be made on it any more: the provider goes. When it is idle again, it is another one.
    compute
        .does("devices", json!({ "parents": { VFS[0]: { "nvidia-474": 0 }, VFS[1]: { "nvidia-474": 1 } } }));
    assert_eq!(compute.updates().len(), 2);
    two_idle(&mut compute);
    assert_eq!(compute.updates().len(), 3);
    let second = placement.named(&compute.root, VFS[0]).await;
    assert_ne!(first, second);
    assert!(!placement.traits(&second).await.contains(&TRAIT.to_owned()));
}

/// What a virtual function became keeps its provider; one that vanished, or whose types are not enabled any
/// more, keeps it too.
#[tokio::test]
async fn what_nova_no_longer_sees_stays_in_placement() {
    let placement = Api::placement().await;
    let mut compute = Compute::libvirt(ENABLED);
    two_idle(&mut compute);
    compute.updates();
    let taken = json!({ "5f3a9c1e-2b4d-4e6f-8a7b-9c0d1e2f3a4b": [VFS[0], "nvidia-474"] });
    compute.does("devices", json!({ "parents": { VFS[0]: { "nvidia-474": 0 } }, "mdevs": taken }));
    assert_eq!(compute.does("inventories", Value::Null), json!({ VFS[0]: 1 }));
    assert_eq!(compute.updates().len(), 3, "the one that vanished is still there");
    let gone = placement.named(&compute.root, VFS[1]).await;
    assert_eq!(placement.inventories(&gone).await["VGPU"]["total"], 1);
}

/// What the agent does of all this by itself: a GPU of which Nova reports a virtual function is left to Nova.
#[tokio::test]
async fn a_gpu_that_nova_reports_is_not_reported_twice() {
    let placement = Api::placement().await;
    let mut compute = Compute::libvirt(ENABLED);
    two_idle(&mut compute);
    compute.updates();
    let before = placement.listing(&compute.root).await;
    assert_eq!(before.len(), 3);
    let host = SimulatedHost::new(&a100("\"2x 1g.5gb\""));
    apply(&setup(&host, &compute.root));
    assert_eq!(placement.listing(&compute.root).await, before);
}

#[tokio::test]
async fn max_instances_bounds_the_host_and_not_each_gpu() {
    let most = format!("{ENABLED}[mdev_nvidia-474]\nmax_instances = 1\n");
    let mut compute = Compute::libvirt(&most);
    let idle = json!({ "nvidia-474": 1 });
    compute.does("devices", json!({ "parents": { "pci_0000_41_00_4": idle, "pci_0000_81_00_4": idle } }));
    let inventories = compute.does("inventories", Value::Null);
    assert_eq!(inventories, json!({ "pci_0000_41_00_4": 1, "pci_0000_81_00_4": 0 }));
}

//! Hosts whose functions hand vGPUs out through the vendor's VFIO driver, where nobody else reports them.

use std::collections::BTreeMap;

use super::scene::{Scene, a100, host};
use crate::direct::tree;
use crate::support::placement_url;

/// An A100 with two functions of a type, and an L40S whose functions have none.
fn gpus() -> String {
    let typed = ", functions = [{ index = 0, count = 2, current = \"GRID A100-1-5C\" }]";
    host(&[
        a100("0000:41:00.0", "vendor", "\"2x 1g.5gb\", \"3g.20gb\"", typed),
        "[[gpu]]\naddress = \"0000:81:00.0\"\nmodel = \"L40S\"\nsriov = { total = 32 }\n\
         vgpu = { mode = \"sriov\" }\n"
            .to_owned(),
    ])
}

async fn offered(scene: &Scene) -> BTreeMap<String, u64> {
    let tree = tree(scene.root).await;
    let ours = tree
        .iter()
        .filter_map(|(name, shown)| Some((name.strip_prefix("ROOT:nvidia:")?.to_owned(), shown.offered())));
    ours.collect()
}

#[tokio::test]
async fn types_of_functions_and_of_the_policy_are_published_and_found_by_flavors() {
    let mut scene = Scene::new(&gpus(), false, &placement_url()).await;
    let types = r#"["3g.20gb = GRID A100-3-20C", "NVIDIA L40S-8Q"]"#;
    scene.setup.set("devices.vgpu_types", types);
    scene.verb(&["apply"], 0);
    let expected = [
        ("0000:41:00.0:20b0:vgpu-474", 2),
        ("0000:41:00.0:20b0:vgpu-476", 1),
        ("0000:81:00.0:26b9:vgpu-1152", 6),
    ];
    assert_eq!(offered(&scene).await, expected.map(|(name, units)| (name.to_owned(), units)).into());
    for (name, providers) in [
        ("CUSTOM_NVIDIA_1G5GB", 1),
        ("CUSTOM_NVIDIA_VGPU_A100_1_5C", 1),
        ("CUSTOM_NVIDIA_3G20GB", 1),
        ("CUSTOM_NVIDIA_VGPU_L40S_8Q", 1),
        ("CUSTOM_NVIDIA_MIG", 2),
        ("CUSTOM_NVIDIA_TIME_SLICED", 1),
    ] {
        assert_eq!(scene.givers(name).await.len(), providers, "{name}");
    }
    assert_eq!(scene.json("plan")["writes"], 0, "it is done");

    // A guest on it is no reason to write: what is there for guests counts, not what is left.
    assert!(scene.boot("CUSTOM_NVIDIA_1G5GB").await.is_some());
    let runs =
        "vgpu = { mode = \"sriov\", active = [{ type = \"GRID A100-1-5C\", instance = 7, function = 0 }] }";
    let with_guest = gpus().replacen("vgpu = { mode = \"sriov\" }", runs, 1);
    scene.host.rewrite(&with_guest.replacen(
        "\"2x 1g.5gb\"",
        "{ profile = \"1g.5gb\", id = 7 }, { profile = \"1g.5gb\", id = 8 }",
        1,
    ));
    assert_eq!(scene.json("plan")["writes"], 0);
    assert_eq!(scene.json("discover")["gpus"][0]["vgpus"].as_array().unwrap().len(), 1);
    assert!(scene.boot("CUSTOM_NVIDIA_1G5GB").await.is_some());
    assert_eq!(scene.boot("CUSTOM_NVIDIA_1G5GB").await, None, "both instances are given");
}

#[tokio::test]
async fn under_a_compute_node_types_are_published_and_nothing_is_found() {
    let mut scene = Scene::new(&gpus(), true, &placement_url()).await;
    scene.setup.set("own.attachable", "\"auto\"");
    scene.verb(&["apply"], 0);
    // Of the L40S nothing is named: the 3g.20gb goes as the GPU instance that it is.
    let offered = offered(&scene).await;
    let names: Vec<&str> = offered.keys().map(String::as_str).collect();
    assert_eq!(names, ["0000:41:00.0:20b0:mig-9", "0000:41:00.0:20b0:vgpu-474"]);
    assert!(offered.values().all(|units| *units == 0), "{offered:?}");
    assert!(scene.givers("CUSTOM_NVIDIA_1G5GB").await.is_empty());
}

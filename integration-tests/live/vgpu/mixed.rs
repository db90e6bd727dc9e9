//! Three GPUs of one host, reported in three ways.

use super::decorate::ENABLED;
use super::scene::{Scene, a100, carries, host};
use crate::direct::tree;
use crate::support::placement_url;

#[tokio::test]
async fn one_gpu_is_decorated_one_verified_one_owned() {
    let typed = |count: u32| format!(", functions = [{{ index = 0, count = {count}, current = 474 }}]");
    let gpus = [
        a100("0000:41:00.0", "mdev", "\"2x 1g.5gb\"", ""),
        a100("0000:81:00.0", "vendor", "\"3x 1g.5gb\"", &typed(3)),
        a100("0000:c1:00.0", "vendor", "\"4x 1g.5gb\"", &typed(4)),
    ];
    let scene = Scene::new(&host(&gpus), true, &placement_url()).await;
    scene.nova_conf(&format!("{ENABLED}[pci]\ndevice_spec = {{ \"address\": \"0000:81:00.*\" }}\n"));
    let novas = [
        scene.novas("0000:41:00.4").await,
        scene.novas("0000:41:00.5").await,
        scene.novas("0000:41:00.6").await,
    ];
    let modes = scene.modes();
    let modes: Vec<&str> = modes.iter().map(|(_, mode)| mode.as_str()).collect();
    assert_eq!(modes, ["decorate", "verify", "own"]);
    scene.verb(&["apply"], 0);
    let tree = tree(scene.root).await;
    let ours: Vec<_> = tree
        .iter()
        .filter(|(name, _)| name.contains(":nvidia:"))
        .map(|(name, s)| (name.as_str(), s.offered()))
        .collect();
    assert_eq!(ours, [("ROOT:nvidia:0000:c1:00.0:20b0:vgpu-474", 4)]);
    assert!(carries(novas[0], "CUSTOM_NVIDIA_1G5GB").await && carries(novas[1], "CUSTOM_NVIDIA_1G5GB").await);
    assert!(!carries(novas[2], "CUSTOM_NVIDIA_1G5GB").await, "two instances, two traits");
    assert_eq!(scene.givers("CUSTOM_NVIDIA_1G5GB").await.len(), 3);
    assert_eq!(scene.json("plan")["writes"], 0);
}

//! A host that boots: MIG mode, GPU instances, virtual functions and their types come one after the other, or never.

use std::time::Duration;

use nvidia_placement_agent::model::{Identity, Kind, ProviderUuid, VgpuTypeId};

use super::scene::{Scene, eventually, host, offered};
use crate::direct::tree;
use crate::proxy::Proxy;
use crate::run::daemon::Daemon;

/// The GPU with these further lines.
fn gpu(lines: &str) -> String {
    host(&[format!("[[gpu]]\naddress = \"0000:41:00.0\"\nmodel = \"A100-40GB\"\n{lines}\n")])
}

fn complete() -> String {
    stage("\"3x 1g.5gb\"", "enabled = 16, functions = [{ index = 0, count = 3, current = 474 }]")
}

fn stage(instances: &str, functions: &str) -> String {
    gpu(&format!(
        "mig = \"on\"\ncompute_instances = false\ninstances = [{instances}]\n\
         sriov = {{ total = 16, {functions} }}\nvgpu = {{ mode = \"sriov\" }}"
    ))
}

fn off() -> String {
    gpu("sriov = { total = 16, enabled = 0 }\nvgpu = { mode = \"sriov\" }")
}

fn provider(scene: &Scene) -> ProviderUuid {
    let kind = Kind::Vgpu(VgpuTypeId::new(474));
    let identity =
        Identity { address: "0000:41:00.0".parse().unwrap(), board: "20b0".parse().unwrap(), kind };
    identity.uuid(scene.root)
}

/// A host that served before it was started anew, and is now at its first stage.
async fn booting(proxy: &Proxy) -> (Scene, Daemon) {
    let mut scene = Scene::new(&complete(), false, &proxy.url()).await;
    scene.setup.set("settling.growth", "\"300ms\"").set("settling.other_kind", "\"10m\"");
    scene.verb(&["apply"], 0);
    assert_eq!(offered(&provider(&scene).to_string()).await, 3);
    scene.host.rewrite(&off());
    proxy.take();
    let mut daemon = scene.setup.start();
    daemon.until("reserving", |status| status["providers"][0]["reserved"] == 3).await;
    (scene, daemon)
}

#[tokio::test]
async fn what_comes_back_in_stages_is_reserved_once_and_given_back_once() {
    let proxy = Proxy::recording();
    let (scene, mut daemon) = booting(&proxy).await;
    let untyped = "enabled = 16";
    let stages = [
        stage("", "enabled = 0"),
        stage("\"1g.5gb\"", "enabled = 0"),
        stage("\"3x 1g.5gb\"", "enabled = 0"),
        stage("\"3x 1g.5gb\"", "enabled = 16, layout = \"none\""),
        stage("\"3x 1g.5gb\"", untyped),
    ];
    for toml in &stages {
        scene.host.rewrite(toml);
        // Longer than growth takes to settle.
        tokio::time::sleep(Duration::from_millis(400)).await;
        daemon.cycles(2).await;
        assert_eq!(offered(&provider(&scene).to_string()).await, 0, "{toml}");
        assert_eq!(tree(scene.root).await.len(), 2, "no provider of another kind: {toml}");
    }
    scene.host.rewrite(&complete());
    let back = async || offered(&provider(&scene).to_string()).await == 3;
    eventually(&daemon, "given back", back).await;
    daemon.settled().await;
    let writes: Vec<_> = proxy.take().into_iter().filter(|seen| seen.method != "GET").collect();
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert_eq!(tree(scene.root).await.len(), 2);
    daemon.stop();
}

#[tokio::test]
async fn what_never_comes_back_stays_reserved() {
    let proxy = Proxy::recording();
    let (scene, mut daemon) = booting(&proxy).await;
    daemon.cycles(5).await;
    let writes: Vec<_> = proxy.take().into_iter().filter(|seen| seen.method != "GET").collect();
    assert_eq!(writes.len(), 1, "{writes:?}");
    let tree = tree(scene.root).await;
    assert_eq!(tree.len(), 2);
    let reserved = &tree["ROOT:nvidia:0000:41:00.0:20b0:vgpu-474"];
    assert_eq!((reserved.offered(), reserved.inventories["VGPU"]["total"].as_u64()), (0, Some(3)));
    assert!(reserved.traits.contains("CUSTOM_NVIDIA_1G5GB"), "{:?}", reserved.traits);
    daemon.stop();
}

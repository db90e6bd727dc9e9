//! Nova passes functions through itself: nothing is written.

use super::scene::{Scene, a100, host};
use crate::direct::tree;
use crate::hosts::A;
use crate::proxy::Proxy;

#[tokio::test]
async fn what_nova_passes_through_is_left_alone() {
    let proxy = Proxy::recording();
    let typed = ", functions = [{ index = 0, count = 3, current = 474 }]";
    let scene = Scene::new(&host(&[a100(A, "vendor", "\"3x 1g.5gb\"", typed)]), true, &proxy.url()).await;
    scene.nova_conf(
        "[pci]\nreport_in_placement = true\ndevice_spec = { \"vendor_id\": \"10de\", \"product_id\": \"20b0\", \
         \"address\": \"0000:41:*\", \"managed\": \"no\", \"resource_class\": \"CUSTOM_GPU\" }\n",
    );
    let before = tree(scene.root).await;
    assert_eq!(scene.modes(), [(A.to_owned(), "verify".to_owned())]);
    let told = scene.verb(&["plan"], 0);
    assert!(told.contains("device_spec"), "{told}");
    scene.verb(&["apply"], 0);
    let mut daemon = scene.setup.start();
    daemon.cycles(4).await;
    daemon.stop();
    let seen = proxy.take();
    assert!(seen.len() > 4 && seen.iter().all(|seen| seen.method == "GET"), "{seen:?}");
    assert_eq!(tree(scene.root).await, before);
}

//! Nova's PCI tracker with `[pci]report_in_placement`: what it reports of virtual functions, and what its parsers
//! accept.

use serde_json::{Value, json};

use crate::api::Api;
use crate::compute::{Compute, login, python};

const STALE: u64 = 301;
const PF: &str = "0000:C1:00.0";

fn vfs(addresses: &[&str]) -> Value {
    let vf = |address: &&str| {
        json!({ "address": address, "parent_addr": PF.to_lowercase(), "vendor_id": "10de", "product_id": "2237",
            "dev_type": "type-VF" })
    };
    addresses.iter().map(vf).collect()
}

fn reported(specs: &str) -> Compute {
    Compute::libvirt(&format!("[pci]\nreport_in_placement = true\n{specs}"))
}

const ONE: &str = r#"device_spec = {"address": "0000:c1:00.4", "resource_class": "VGPU", "traits": "CUSTOM_NVIDIA_1G5GB", "managed": "no"}
"#;
const OTHER: &str = r#"device_spec = {"address": "0000:c1:00.5", "resource_class": "VGPU", "traits": "CUSTOM_NVIDIA_2G10GB", "managed": "no"}
"#;

#[tokio::test]
async fn virtual_functions_are_reported_under_their_physical_function_and_its_traits_are_novas() {
    let placement = Api::placement().await;
    let mut compute = reported(&format!("{ONE}{}", ONE.replace("00.4", "00.5")));
    compute.does("pci", vfs(&["0000:c1:00.4", "0000:c1:00.5"]));
    assert_eq!(compute.updates(), [compute.name.clone(), format!("{}_{PF}", compute.name)]);
    let provider = placement.named(&compute.root, PF).await;
    assert_eq!(placement.inventories(&provider).await["VGPU"]["total"], 2);
    let traits = placement.traits(&provider).await;
    for expected in ["CUSTOM_NVIDIA_1G5GB", "COMPUTE_MANAGED_PCI_DEVICE"] {
        assert!(traits.contains(&expected.to_owned()), "{traits:?}");
    }

    placement.add_trait(&provider, "CUSTOM_NPA_FOREIGN").await;
    compute.does("age", json!(STALE));
    compute.updates();
    assert_eq!(placement.traits(&provider).await, traits, "what others add is taken away");

    // A guest with a flavor of plain resources:VGPU, without a request for a PCI device: nothing is attached.
    let consumer = placement.allocate(&provider, "VGPU", 1).await;
    assert_eq!(compute.does("spawn", json!(consumer)), json!([]));
    placement.release(&consumer).await;
}

#[tokio::test]
async fn two_kinds_under_one_physical_function_are_refused() {
    let mut compute = reported(&format!("{ONE}{OTHER}"));
    compute.does("pci", vfs(&["0000:c1:00.4", "0000:c1:00.5"]));
    let refused = compute.tries("update", Value::Null).unwrap_err();
    assert_eq!(refused.class, "PlacementPciMixedTraitsException", "{refused:?}");
}

/// What Nova makes of each of these texts in its configuration.
pub(crate) fn parsed(texts: &[&str]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = python("parse.py");
    for (number, text) in texts.iter().enumerate() {
        let file = folder.path().join(format!("{number}.conf"));
        std::fs::write(&file, format!("{}{text}", login())).unwrap();
        command.arg(file);
    }
    let output = command.output().unwrap();
    let lines = String::from_utf8_lossy(&output.stdout);
    let answers: Vec<_> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), texts.len(), "{}", String::from_utf8_lossy(&output.stderr));
    answers
}

#[test]
fn the_parsers_accept_what_is_right_and_say_what_is_wrong() {
    let right = "[devices]\nenabled_mdev_types = nvidia-474,nvidia-475\n\
         [mdev_nvidia-474]\ndevice_addresses = 0000:41:00.4,0000:41:00.5\nmax_instances = 2\n\
         [mdev_nvidia-475]\ndevice_addresses = 0000:81:00.4\n\
         [pci]\ndevice_spec = {\"address\": \"0000:c1:00.4\", \"managed\": \"no\"}\n\
         alias = {\"name\": \"a100-1g\", \"resource_class\": \"VGPU\", \"traits\": \"CUSTOM_NVIDIA_1G5GB\"}\n\
         [filter_scheduler]\npci_in_placement = true\n";
    let both = "[devices]\nenabled_mdev_types = a,b\n[mdev_a]\ndevice_addresses = 0000:41:00.4\n\
        [mdev_b]\ndevice_addresses = 0000:41:00.4\n";
    let wrong = [
        (both, "InvalidLibvirtMdevConfig"),
        (
            "[devices]\nenabled_mdev_types = a\n[mdev_a]\ndevice_addresses = 41:00\n",
            "InvalidLibvirtMdevConfig",
        ),
        ("[pci]\ndevice_spec = {address: nothing}\n", "PciConfigInvalidSpec"),
        ("[pci]\nalias = {\"name\": \"\"}\n", "PciInvalidAlias"),
        // By class alone it can be asked for only where PCI devices are scheduled by Placement.
        ("[pci]\nalias = {\"name\": \"x\", \"resource_class\": \"VGPU\"}\n", "PciInvalidAlias"),
    ];
    let texts: Vec<_> = std::iter::once(right).chain(wrong.iter().map(|(text, _)| *text)).collect();
    let answers = parsed(&texts);
    let right = &answers[0];
    let addresses = json!({ "0000:41:00.4": "nvidia-474", "0000:41:00.5": "nvidia-474",
        "0000:81:00.4": "nvidia-475" });
    assert_eq!(right["ok"]["addresses"], addresses, "{right}");
    assert_eq!(right["ok"]["most"], json!({ "nvidia-474": 2 }));
    assert_eq!(right["ok"]["alias"], json!(["a100-1g"]));
    assert_eq!(right["ok"]["device_spec"][0]["managed"], "false", "{right}");
    for ((text, class), answer) in wrong.iter().zip(&answers[1..]) {
        assert_eq!(answer["error"], *class, "{text}: {answer}");
    }
}

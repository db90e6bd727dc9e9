//! What `nova-config` prints is what Nova takes: its own parsers accept it, and what Nova then reports is what the
//! GPUs can give, GPU by GPU.

use std::path::Path;
use std::process::{Command, Output};

use nvidia_ml::testing::SimulatedHost;
use serde_json::{Value, json};

use crate::api::Api;
use crate::compute::Compute;
use crate::pci::parsed;

/// The command on that host, with nothing of this machine.
fn nova_config(host: &SimulatedHost, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nvidia-placement-agent"));
    command
        .env_clear()
        .env("NPA__HARDWARE__NVML_LIBRARY", host.library())
        .env("NPA__HARDWARE__SYSFS", host.sysfs())
        .env("NPA__NOVA__CONFIG_FILES", folder.join("nova.conf"))
        .args(["--config", "/dev/null", "nova-config"])
        .args(arguments);
    command.output().unwrap()
}

/// The file that it prints for a host whose Nova is told `before`, and its document.
fn printed(host: &SimulatedHost, before: &str, arguments: &[&str]) -> (String, Value) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("nova.conf"), before).unwrap();
    let text = nova_config(host, folder.path(), arguments);
    let said = String::from_utf8_lossy(&text.stderr).into_owned();
    assert!(text.status.success(), "{said}");
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
    let document = nova_config(host, folder.path(), &arguments).stdout;
    let document: Value = serde_json::from_slice(&document).unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert_eq!(document["config"], text.as_str());
    (text, document)
}

fn one(file: &str) -> Value {
    let answer = parsed(&[file]).remove(0);
    assert!(answer.get("ok").is_some(), "{file}\n{answer}");
    answer["ok"].clone()
}

/// A function's name, as libvirt has it.
fn libvirt(function: &str) -> String {
    format!("pci_{}", function.replace([':', '.'], "_"))
}

/// Every function of these GPUs, idle: all say that they could make any of these types.
fn idle(compute: &mut Compute, buses: &[(&str, u32)], types: &[&str]) {
    let available: Value =
        types.iter().map(|name| ((*name).to_owned(), json!(1))).collect::<serde_json::Map<_, _>>().into();
    let mut parents = serde_json::Map::new();
    for (bus, count) in buses {
        for number in 4..4 + count {
            let function = format!("0000:{bus}:{:02x}.{:x}", number / 8, number % 8);
            parents.insert(libvirt(&function), available.clone());
        }
    }
    compute.does("devices", json!({ "parents": parents }));
}

/// Of what Nova makes of the node devices, how many vGPUs on each GPU.
fn by_gpu(inventories: &Value) -> Value {
    let mut counts = serde_json::Map::new();
    for (name, total) in inventories.as_object().unwrap() {
        let bus = name.split('_').nth(2).unwrap().to_owned();
        let sum = counts.get(&bus).and_then(Value::as_u64).unwrap_or(0) + total.as_u64().unwrap();
        counts.insert(bus, json!(sum));
    }
    counts.into()
}

const MEDIATED: &str = r#"privileged = true
[[gpu]]
address = "0000:41:00.0"
model = "A100-40GB"
mig = "on"
compute_instances = false
instances = ["3g.20gb", "2x 1g.5gb"]
sriov = { total = 16, layout = "mdev" }
vgpu = { mode = "sriov" }
[[gpu]]
address = "0000:81:00.0"
model = "A100-40GB"
mig = "on"
compute_instances = false
instances = ["7x 1g.5gb"]
sriov = { total = 16, layout = "mdev" }
vgpu = { mode = "sriov" }
[[gpu]]
address = "0000:c1:00.0"
model = "A40"
sriov = { total = 32, layout = "mdev" }
vgpu = { mode = "sriov" }
"#;

/// Without addresses, Nova would offer all functions, and with `max_instances` all on one GPU:
/// `mdev::max_instances_bounds_the_host_and_not_each_gpu`.
#[test]
fn mediated_devices_are_reported_as_each_gpu_has_them() {
    let host = SimulatedHost::new(MEDIATED);
    let (file, document) = printed(&host, "", &["--type", "NVIDIA A40-8Q"]);
    let understood = one(&file);
    assert_eq!(understood["default"], Value::Null, "no type is for whatever is there");
    assert_eq!(understood["most"], json!({}));
    let sliced =
        document["gpus"].as_array().unwrap().iter().find(|gpu| gpu["address"] == "0000:c1:00.0").unwrap();
    let sliced = format!("nvidia-{}", sliced["type_id"]);
    assert_eq!(understood["types"].as_array().unwrap().len(), 3, "{understood}");

    // Sixteen and thirty-two functions say that they could make one each, as the driver tells Nova.
    let mut compute = Compute::libvirt(&file);
    idle(&mut compute, &[("41", 16), ("81", 16), ("c1", 32)], &["nvidia-474", "nvidia-476", &sliced]);
    let inventories = compute.does("inventories", Value::Null);
    assert_eq!(by_gpu(&inventories), json!({ "41": 3, "81": 7, "c1": 6 }), "{inventories}");
    for gpu in document["gpus"].as_array().unwrap() {
        for function in gpu["functions"].as_array().unwrap() {
            assert_eq!(inventories[libvirt(function.as_str().unwrap())], 1, "{function}");
        }
    }
}

/// What it prints is what it prints again when Nova is told that.
#[test]
fn it_is_stable() {
    let host = SimulatedHost::new(MEDIATED);
    let (first, _) = printed(&host, "", &["--type", "NVIDIA A40-8Q"]);
    let (second, document) = printed(&host, &first, &[]);
    let plain = |text: &str| {
        text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(plain(&first), plain(&second));
    assert_eq!(document["gpus"][3]["chosen_by"], "nova");
}

const PASSED: &str = r#"privileged = true
[[gpu]]
address = "0000:41:00.0"
model = "A100-40GB"
mig = "on"
compute_instances = false
instances = ["4x 1g.5gb"]
sriov = { total = 16, functions = [{ index = 0, count = 4, current = "GRID A100-1-5C" }] }
vgpu = { mode = "sriov" }
[[gpu]]
address = "0000:81:00.0"
model = "L40S"
sriov = { total = 32 }
vgpu = { mode = "sriov" }
"#;

fn vfs(bus: &str, product: &str, count: u32) -> Vec<Value> {
    let vf = |number: u32| {
        json!({ "address": format!("0000:{bus}:{:02x}.{:x}", number / 8, number % 8),
            "parent_addr": format!("0000:{bus}:00.0"), "vendor_id": "10de", "product_id": product,
            "dev_type": "type-VF" })
    };
    (4..4 + count).map(vf).collect()
}

#[tokio::test]
async fn passed_functions_are_reported_with_a_class_of_their_own_and_their_traits() {
    let placement = Api::placement().await;
    let host = SimulatedHost::new(PASSED);
    let (file, document) = printed(&host, "", &["--type", "NVIDIA L40S-8Q"]);
    assert_eq!(document["gpus"][1]["untyped"].as_array().unwrap().len(), 6);
    let understood = one(&file);
    assert_eq!(understood["device_spec"].as_array().unwrap().len(), 10);
    assert!(understood["device_spec"].as_array().unwrap().iter().all(|spec| spec["managed"] == "false"));
    assert_eq!(understood["alias"], json!(["a100-1-5c", "l40s-8q"]));
    // Where the scheduler goes by Placement, Nova wants an alias to say more.
    one(&format!("{file}[filter_scheduler]\npci_in_placement = true\n"));

    let mut compute = Compute::libvirt(&file);
    // Of every function that is there, Nova takes those that the file names.
    let all: Vec<Value> = vfs("41", "20b0", 16).into_iter().chain(vfs("81", "26b9", 32)).collect();
    compute.does("pci", all.into());
    compute.updates();
    for (end, class, total, traits) in [
        ("0000:41:00.0", "CUSTOM_NVIDIA_VGPU_A100_1_5C", 4, ["CUSTOM_NVIDIA_1G5GB", "CUSTOM_NVIDIA_MIG"]),
        (
            "0000:81:00.0",
            "CUSTOM_NVIDIA_VGPU_L40S_8Q",
            6,
            ["CUSTOM_NVIDIA_VGPU_L40S_8Q", "CUSTOM_NVIDIA_TIME_SLICED"],
        ),
    ] {
        let provider = placement.named(&compute.root, end).await;
        let inventories = placement.inventories(&provider).await;
        assert_eq!(inventories.as_object().unwrap().len(), 1);
        assert_eq!(inventories[class]["total"], total, "{inventories}");
        let has = placement.traits(&provider).await;
        assert!(traits.iter().all(|name| has.contains(&(*name).to_owned())), "{has:?}");
        assert!(!has.contains(&"CUSTOM_NVIDIA_PLACEMENT_AGENT".to_owned()), "{has:?}");
    }
}

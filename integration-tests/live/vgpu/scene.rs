//! A compute node with GPUs, a nova.conf, and the providers that Nova makes.

use std::collections::BTreeSet;
use std::process::Output;
use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::{ProviderUuid, RootUuid};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::command::said;
use crate::direct::{call, done, get, part};
use crate::run::daemon::{Daemon, PATIENCE, Setup};
use crate::support::{client, new_root};

/// Four processors and some memory, as a flavor asks for them, beside what it wants of the GPU.
const REST: &str = "resources=VCPU:4,MEMORY_MB:8192,VGPU:1";

pub(super) struct Scene {
    pub(super) host: SimulatedHost,
    pub(super) root: RootUuid,
    pub(super) name: String,
    pub(super) setup: Setup,
}

impl Scene {
    /// A host under a root with processors and memory, and with `COMPUTE_NODE` where Nova is.
    pub(super) async fn new(host: &str, compute_node: bool, url: &str) -> Scene {
        let host = SimulatedHost::new(host);
        let (root, name) = new_root(&client()).await;
        let inventories = json!({ "VCPU": { "total": 64 }, "MEMORY_MB": { "total": 262_144 } });
        fill(&root.to_string(), &inventories, if compute_node { &["COMPUTE_NODE"] } else { &[] }).await;
        let mut setup = Setup::new(&host, root, url);
        setup.set("nova.config_files", format!("[\"{}\"]", host.folder().join("nova.conf").display()));
        let scene = Scene { host, root, name, setup };
        scene.nova_conf("");
        scene
    }

    /// What nova-compute is told.
    pub(super) fn nova_conf(&self, text: &str) {
        std::fs::write(self.host.folder().join("nova.conf"), text).unwrap();
    }

    /// What Nova's libvirt driver reports of a function that can make mediated devices.
    pub(super) async fn novas(&self, function: &str) -> ProviderUuid {
        let uuid = Uuid::new_v4();
        let device = function.replace([':', '.'], "_");
        let body = json!({ "uuid": uuid.to_string(), "name": format!("{}_pci_{device}", self.name),
            "parent_provider_uuid": self.root.to_string() });
        done("POST", "/resource_providers", Some(&body)).await;
        call("PUT", "/traits/CUSTOM_LIVE_GOLD", None).await;
        let inventories = json!({ "VGPU": { "total": 1, "reserved": 0, "min_unit": 1, "max_unit": 1,
            "step_size": 1, "allocation_ratio": 1.0 } });
        fill(&uuid.to_string(), &inventories, &["CUSTOM_LIVE_GOLD", "HW_GPU_API_VULKAN"]).await;
        ProviderUuid::new(uuid)
    }

    /// A verb that must end like that; what it said.
    pub(super) fn verb(&self, words: &[&str], exit: i32) -> String {
        let output = self.output(words);
        assert_eq!(output.status.code(), Some(exit), "{}", said(&output));
        said(&output)
    }

    /// A verb's document.
    pub(super) fn json(&self, verb: &str) -> Value {
        let output = self.output(&[verb, "--format", "json"]);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)))
    }

    fn output(&self, words: &[&str]) -> Output {
        self.setup.command(words[0]).args(&words[1..]).output().unwrap()
    }

    /// Each GPU's mode as a plan has it.
    pub(super) fn modes(&self) -> Vec<(String, String)> {
        let plan = self.json("plan");
        let devices = plan["devices"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        devices.iter().map(|device| (text(&device["address"]), text(&device["mode"]))).collect()
    }

    /// The providers that a flavor with that trait would get its vGPU from.
    pub(super) async fn givers(&self, name: &str) -> BTreeSet<String> {
        let (status, answer) = self.candidates(name).await;
        // A trait that nobody has made yet.
        if status == 400 {
            return BTreeSet::new();
        }
        let requests = answer["allocation_requests"].as_array().unwrap();
        let allocations = requests.iter().flat_map(|request| request["allocations"].as_object().unwrap());
        let gives = allocations.filter(|(_, from)| from["resources"].get("VGPU").is_some());
        gives.map(|(uuid, _)| uuid.clone()).collect()
    }

    async fn candidates(&self, name: &str) -> (u16, Value) {
        let target = format!("/allocation_candidates?{REST}&required={name}&in_tree={}", self.root);
        call("GET", &target, None).await
    }

    /// Boots such a guest: which provider gives the vGPU, or none where there is no valid host.
    pub(super) async fn boot(&self, name: &str) -> Option<String> {
        let (_, found) = self.candidates(name).await;
        let first = found["allocation_requests"].as_array()?.first()?.clone();
        let body = json!({ "allocations": first["allocations"], "mappings": first["mappings"],
            "project_id": "live", "user_id": "live", "consumer_generation": null });
        done("PUT", &format!("/allocations/{}", Uuid::new_v4()), Some(&body)).await;
        let mut from = first["allocations"].as_object()?.iter();
        from.find(|(_, from)| from["resources"].get("VGPU").is_some()).map(|(uuid, _)| uuid.clone())
    }
}

/// Waits until Placement is as a running agent is to make it.
pub(super) async fn eventually(daemon: &Daemon, what: &str, is: impl AsyncFn() -> bool) {
    let started = Instant::now();
    while !is().await {
        assert!(started.elapsed() < PATIENCE, "never {what}\n{}", daemon.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn fill(uuid: &str, inventories: &Value, traits: &[&str]) {
    let target = format!("/resource_providers/{uuid}");
    let body = json!({ "resource_provider_generation": 0, "inventories": inventories });
    done("PUT", &format!("{target}/inventories"), Some(&body)).await;
    let body = json!({ "resource_provider_generation": 1, "traits": traits });
    done("PUT", &format!("{target}/traits"), Some(&body)).await;
}

/// What belongs to others of a provider: its whole inventory, and its traits outside the agent's grammar.
pub(super) async fn foreign(uuid: ProviderUuid) -> (Value, Vec<String>) {
    let uuid = uuid.to_string();
    let traits: Vec<String> = serde_json::from_value(part(&uuid, "traits").await).unwrap();
    let foreign = traits.into_iter().filter(|name| !name.starts_with("CUSTOM_NVIDIA_")).collect();
    (part(&uuid, "inventories").await, foreign)
}

/// Whether a provider has that trait.
pub(super) async fn carries(uuid: ProviderUuid, name: &str) -> bool {
    part(&uuid.to_string(), "traits").await.as_array().unwrap().contains(&json!(name))
}

/// Units that a provider would still give of `VGPU`; none where it has no such inventory.
pub(super) async fn offered(uuid: &str) -> u64 {
    let vgpu = get(&format!("/resource_providers/{uuid}/inventories")).await["inventories"]["VGPU"].clone();
    vgpu["total"].as_u64().unwrap_or(0) - vgpu["reserved"].as_u64().unwrap_or(0)
}

/// An A100 cut into these, with sixteen functions in that layout.
pub(super) fn a100(address: &str, layout: &str, instances: &str, more: &str) -> String {
    format!(
        "[[gpu]]\naddress = \"{address}\"\nmodel = \"A100-40GB\"\nmig = \"on\"\ncompute_instances = false\n\
         instances = [{instances}]\nsriov = {{ total = 16, layout = \"{layout}\" {more} }}\n\
         vgpu = {{ mode = \"sriov\" }}\n"
    )
}

/// GPUs of a host where the agent is privileged.
pub(super) fn host(gpus: &[String]) -> String {
    format!("privileged = true\n{}", gpus.concat())
}

//! The small whole cloud: who may use it, servers, and its nova-computes. One test at a time, since servers of
//! one would take the place of another's.

mod audit;
mod capacity;
mod deletion;
mod drain;
mod flavors;
mod host;
mod names;
mod purge;
mod restart;

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::agent::{a100, apply, setup};
use crate::api::{Api, variable};
use crate::daemon::Setup;

/// Longer than anything takes here, on a machine that does much else as well.
const PATIENCE: Duration = Duration::from_secs(150);

/// Polls until it is so.
pub(crate) async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !is().await {
        assert!(started.elapsed() < PATIENCE, "not {what} within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

pub(crate) struct Cloud {
    pub(crate) nova: Api,
    pub(crate) placement: Api,
    // Released when it is closed.
    _taken: File,
}

impl Cloud {
    /// Waits for its turn, and begins without a server.
    pub(crate) async fn take() -> Cloud {
        let taken = File::create(directory().join("taken")).unwrap();
        taken.lock().unwrap();
        let (nova, placement) = (Api::nova().await, Api::placement().await);
        let cloud = Cloud { nova, placement, _taken: taken };
        for server in cloud.servers().await {
            cloud.delete(&server).await;
        }
        cloud
    }

    async fn servers(&self) -> Vec<String> {
        let answer = self.nova.get("/servers?all_tenants=1").await;
        let servers = answer["servers"].as_array().unwrap();
        servers.iter().map(|server| server["id"].as_str().unwrap().to_owned()).collect()
    }

    /// The nova-computes that the cloud was started with.
    pub(crate) fn hosts() -> Vec<Host> {
        variable("NPA_TEST_NOVA_HOSTS")
            .split_whitespace()
            .map(|name| Host { name: name.to_owned() })
            .collect()
    }

    /// The root provider of a host.
    pub(crate) async fn root(&self, host: &Host) -> Option<String> {
        let answer = self.placement.get(&format!("/resource_providers?name={}", host.name)).await;
        answer["resource_providers"][0]["uuid"].as_str().map(str::to_owned)
    }

    /// A flavor with these extra specs; its id.
    pub(crate) async fn flavor(&self, specs: Value) -> String {
        let body =
            json!({ "flavor": { "name": Uuid::new_v4().to_string(), "vcpus": 1, "ram": 128, "disk": 1 } });
        let made = self.nova.done(Method::POST, "/flavors", Some(body)).await;
        let id = made["flavor"]["id"].as_str().unwrap().to_owned();
        let path = format!("/flavors/{id}/os-extra_specs");
        self.nova.done(Method::POST, &path, Some(json!({ "extra_specs": specs }))).await;
        id
    }

    /// The flavor that wants one VGPU with a profile's trait; its id.
    pub(crate) async fn flavor_of(&self, profile: &str) -> String {
        let wanted = format!("trait:{profile}");
        self.flavor(json!({ "resources:VGPU": "1", wanted: "required" })).await
    }

    /// A server; it is ACTIVE, or in ERROR for the reason that is given.
    pub(crate) async fn boot(&self, flavor: &str, host: Option<&Host>) -> Result<String, String> {
        let mut server = json!({ "name": format!("web-{}", Uuid::new_v4()), "flavorRef": flavor,
            "imageRef": variable("NPA_TEST_NOVA_IMAGE"), "networks": "none" });
        if let Some(host) = host {
            server["host"] = json!(host.name);
        }
        let made = self.nova.done(Method::POST, "/servers", Some(json!({ "server": server }))).await;
        let id = made["server"]["id"].as_str().unwrap().to_owned();
        let mut shown = Value::Null;
        until("booted or refused", async || {
            shown = self.server(&id).await;
            shown["status"] != "BUILD"
        })
        .await;
        match shown["status"].as_str().unwrap() {
            "ACTIVE" => Ok(id),
            _ => Err(shown["fault"]["message"].as_str().unwrap_or_default().to_owned()),
        }
    }

    pub(crate) async fn server(&self, id: &str) -> Value {
        self.nova.get(&format!("/servers/{id}")).await["server"].clone()
    }

    /// Deletes a server and waits until it has gone.
    pub(crate) async fn delete(&self, id: &str) {
        let path = format!("/servers/{id}");
        self.nova.call(Method::DELETE, &path, None).await;
        until("deleted", async || self.nova.call(Method::GET, &path, None).await.0 == 404).await;
    }

    /// The providers that a server's VGPUs come from.
    pub(crate) async fn givers(&self, server: &str) -> Vec<String> {
        let answer = self.placement.get(&format!("/allocations/{server}")).await;
        let allocations = answer["allocations"].as_object().unwrap();
        let gives = allocations.iter().filter(|(_, given)| given["resources"].get("VGPU").is_some());
        gives.map(|(uuid, _)| uuid.clone()).collect()
    }
}

/// A host of the cloud with a GPU, under whose root the agent has published how that is cut.
pub(crate) struct Scene {
    pub(crate) cloud: Cloud,
    pub(crate) host: Host,
    pub(crate) root: String,
    pub(crate) gpus: SimulatedHost,
    pub(crate) setup: Setup,
}

impl Scene {
    pub(crate) async fn new(instances: &str) -> Scene {
        let cloud = Cloud::take().await;
        let host = Cloud::hosts().remove(0);
        let root = cloud.root(&host).await.unwrap();
        let gpus = SimulatedHost::new(&a100(instances));
        let setup = setup(&gpus, &root);
        apply(&setup);
        Scene { cloud, host, root, gpus, setup }
    }
}

fn directory() -> PathBuf {
    PathBuf::from(variable("NPA_TEST_NOVA_DIR"))
}

/// One nova-compute.
pub(crate) struct Host {
    pub(crate) name: String,
}

impl Host {
    /// Another one than the cloud's own, not started.
    pub(crate) fn new() -> Host {
        Host { name: format!("cmp-{}.example.org", Uuid::new_v4().simple()) }
    }

    fn run(&self, verb: &str) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/integration-tests/stack/nova/compute.sh");
        assert!(Command::new(script).arg(directory()).args([&self.name, verb]).status().unwrap().success());
    }

    pub(crate) fn stop(&self) {
        self.run("stop");
    }

    /// Starts it, or starts it again, and waits until it has updated what Placement knows of it.
    pub(crate) async fn restart(&self) {
        self.run("restart");
        self.updates(1).await;
    }

    /// Its nova.conf.
    pub(crate) fn conf(&self) -> PathBuf {
        directory().join("etc").join(format!("nova-compute-{}", self.name)).join("nova.conf")
    }

    pub(crate) fn log(&self) -> String {
        let file = directory().join("log").join(format!("nova-compute-{}.out", self.name));
        std::fs::read_to_string(file).unwrap_or_default()
    }

    /// How many periodic updates the process that runs now has gone through.
    fn updated(&self) -> usize {
        self.log().lines().filter(|line| line.contains("Final resource view")).count()
    }

    /// Waits for so many whole periodic updates.
    pub(crate) async fn updates(&self, more: usize) {
        // The line is written in the middle of an update, before it reaches Placement.
        let enough = self.updated() + more + 1;
        until("updated", async || self.updated() >= enough).await;
    }

    /// What it logged as an error since it was started.
    pub(crate) fn errors(&self) -> Vec<String> {
        self.log().lines().filter(|line| line.contains(" ERROR ")).map(str::to_owned).collect()
    }
}

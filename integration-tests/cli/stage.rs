//! A GPU host and its compute node, for one test.

use std::path::PathBuf;

use nvidia_ml::testing::SimulatedHost;
use tempfile::TempDir;
use uuid::Uuid;

use crate::agent::{Config, Run, agent};
use crate::cloud::{Cloud, variable};

/// Two GPUs: one cut, one not.
pub(crate) const GPUS: &str = r#"
    privileged = true
    [[gpu]]
    address = "0000:41:00.0"
    model = "A100-40GB"
    mig = "on"
    instances = ["3g.20gb", "2x 1g.5gb"]
    [[gpu]]
    address = "0000:81:00.0"
    model = "L40S"
    mig = "unsupported"
"#;

/// Everything that one test has to itself.
pub(crate) struct Stage {
    pub(crate) cloud: Cloud,
    pub(crate) root: String,
    pub(crate) name: String,
    pub(crate) gpus: SimulatedHost,
    pub(crate) config: Config,
    folder: TempDir,
}

impl Stage {
    /// A root provider, and nothing under it yet.
    pub(crate) fn new() -> Stage {
        let stage = Stage::in_cloud(Cloud::noauth(), &unique(""));
        let endpoint = stage.cloud.url.clone();
        stage.with(|config| {
            config.set("placement.auth", "noauth").set("placement.endpoint", endpoint);
        })
    }

    /// The same with a name of one's own.
    pub(crate) fn named(name: &str) -> Stage {
        let stage = Stage::in_cloud(Cloud::noauth(), name);
        let endpoint = stage.cloud.url.clone();
        stage.with(|config| {
            config.set("placement.auth", "noauth").set("placement.endpoint", endpoint);
        })
    }

    /// The same behind Keystone, as the user that the agent is meant to be given.
    pub(crate) fn behind_keystone() -> Stage {
        Stage::in_cloud(Cloud::keystone(), &unique("")).with(|config| {
            config.set("keystone.auth_url", variable("NPA_TEST_KEYSTONE_URL"));
            config.set("keystone.username", "npa").set("keystone.project_name", "service");
            config.set("keystone.password", variable("NPA_TEST_PASSWORD"));
        })
    }

    fn in_cloud(cloud: Cloud, name: &str) -> Stage {
        let root = cloud.make(None, name, None);
        let gpus = SimulatedHost::new(GPUS);
        let mut config = Config::default();
        // One further try, so that an outage that is meant does not take long.
        config.raw("placement.retries", "1").set("root.uuid", &root);
        config.set("hardware.nvml_library", gpus.library().display());
        config.set("hardware.sysfs", gpus.sysfs().display());
        let folder = tempfile::tempdir().unwrap();
        Stage { cloud, root, name: name.to_owned(), gpus, config, folder }
    }

    fn with(mut self, change: impl FnOnce(&mut Config)) -> Stage {
        change(&mut self.config);
        self
    }

    /// After a first good `apply`.
    pub(crate) fn published(self) -> Stage {
        let run = self.run(&["apply"]).succeeds();
        assert!(self.tree().contains("CUSTOM_NVIDIA_1G5GB"), "{run:?}\n{}", self.tree());
        self
    }

    /// A path in the folder of this test.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file in the folder of this test.
    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.run_with(&self.config, args, &[])
    }

    pub(crate) fn run_with(&self, config: &Config, args: &[&str], environment: &[(&str, &str)]) -> Run {
        let file = self.path("agent.toml");
        config.write(&file);
        let mut command = agent();
        command.args(args).arg("--config").arg(file).envs(environment.iter().copied());
        Run::of(command)
    }

    /// Everything that Placement shows under this root.
    pub(crate) fn tree(&self) -> String {
        self.cloud.tree(&self.root)
    }
}

/// A name that no other test and no other run has.
pub(crate) fn unique(suffix: &str) -> String {
    format!("cli-{}.example.org{suffix}", Uuid::new_v4().simple())
}

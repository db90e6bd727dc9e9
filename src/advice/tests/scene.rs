//! A compute node as `check` finds it, in a line each.

use std::path::PathBuf;

use crate::advice::check::{AgentSeen, Report, Seen, check};
use crate::model::*;
use crate::planner::tests::build::*;

pub(super) const PROFILE: &str = "CUSTOM_NVIDIA_1G5GB";

/// What every edge says; as a test changes it.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) hardware: Result<HostSnapshot, Finding>,
    pub(super) credentials: Result<String, Finding>,
    pub(super) login: Option<Result<String, Finding>>,
    pub(super) root: Option<Result<(RootUuid, &'static str), Finding>>,
    /// What keeps the tree from being read.
    pub(super) refused: Option<Finding>,
    pub(super) agent: AgentSeen,
}

impl Scene {
    /// A host where nothing is wrong with the edges.
    pub(super) fn new(world: World, host: HostSnapshot) -> Scene {
        let root = world.tree.root;
        Scene {
            world,
            hardware: Ok(host),
            credentials: Ok("user npa for project service, from nova.conf [placement]".to_owned()),
            login: Some(Ok("accepted; Placement is at http://placement".to_owned())),
            root: Some(Ok((root, "by Nova's compute_id file"))),
            refused: None,
            agent: answered(),
        }
    }

    pub(super) fn report(&self) -> Report {
        let host = match &self.hardware {
            Ok(host) => host.clone(),
            Err(finding) => HostSnapshot { failed: Some(finding.seen.clone()), ..HostSnapshot::default() },
        };
        let asked =
            self.login.as_ref().is_some_and(Result::is_ok) && self.root.as_ref().is_some_and(Result::is_ok);
        let placement = asked.then(|| match &self.refused {
            Some(finding) => Err(finding.clone()),
            None => {
                let decision = self.world.decide(&host);
                let mut tree = self.world.tree.clone();
                for (uuid, provider) in &mut tree.providers {
                    let used = self.world.usages.get(uuid).copied().unwrap_or(0);
                    provider.usages = Some([(ResourceClass::vgpu(), used)].into());
                }
                Ok((tree, decision))
            }
        });
        check(&Seen {
            credentials: self.credentials.clone(),
            incomplete: Vec::new(),
            login: self.login.clone(),
            versions: self
                .login
                .as_ref()
                .and_then(|login| login.as_ref().ok())
                .map(|_| Ok("1.0 to 1.39".to_owned())),
            root: self.root.clone(),
            placement,
            hardware: self.hardware.clone(),
            nova: &self.world.nova,
            policy: &self.world.policy,
            agent: self.agent.clone(),
        })
    }

    /// The codes of the report, each once, worst first.
    pub(super) fn codes(&self) -> Vec<Code> {
        let mut codes: Vec<Code> = self.report().findings().iter().map(|finding| finding.code).collect();
        codes.sort();
        codes.dedup();
        codes
    }

    /// What is said with that code.
    pub(super) fn said(&self, code: Code) -> String {
        let found = self.report().findings().into_iter().filter(|finding| finding.code == code);
        let said: Vec<String> =
            found.map(|one| format!("{}: {} → {}", one.subject, one.seen, one.remedy)).collect();
        assert!(!said.is_empty(), "{code} is not among {:?}", self.codes());
        said.join("\n")
    }

    /// Runs the agent once.
    pub(super) fn applied(mut self) -> Scene {
        let host = self.hardware.clone().unwrap();
        self.world.cycle(&host);
        self
    }
}

/// An agent that does its work.
pub(super) fn answered() -> AgentSeen {
    AgentSeen::Answered {
        version: "0.1.0".to_owned(),
        cycles: 12,
        failures: 0,
        released: false,
        stuck: None,
        waiting: "for the interval".to_owned(),
        findings: Vec::new(),
    }
}

/// An A100 with that many 1g.5gb and seven functions that can make mediated devices.
pub(super) fn mdev_host(instances: u32) -> HostSnapshot {
    let cut: Vec<(u32, u32)> = (0..instances).map(|slot| (19, slot)).collect();
    host([mdev_gpu(A, &cut)])
}

pub(super) fn mdev_gpu(address: &str, cut: &[(u32, u32)]) -> Gpu {
    let mut gpu = with_vgpus(gpu(address, cut), &A100_TYPES, 7);
    let told = |one: &VgpuType| MdevType {
        name: one.name.clone(),
        available: 1,
        max_instances: one.max_instances,
        framebuffer_mib: one.framebuffer_mib,
    };
    let types: std::collections::BTreeMap<_, _> =
        gpu.vgpu.types.values().filter(|one| one.profile.is_some()).map(|one| (one.id, told(one))).collect();
    for function in gpu.functions.values_mut() {
        function.interface = VgpuInterface::Mdev { types: types.clone() };
        function.driver = Some("nvidia".to_owned());
    }
    gpu
}

/// A nova.conf that was read and says this.
pub(super) fn told(mdev_types: Vec<MdevSetting>) -> NovaView {
    NovaView { files: vec![PathBuf::from("/etc/nova/nova.conf")], mdev_types, ..NovaView::default() }
}

pub(super) fn setting(name: &str, addresses: &[&str], class: &str) -> MdevSetting {
    MdevSetting {
        name: name.to_owned(),
        addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        class: class.to_owned(),
        max_instances: None,
        place: "/etc/nova/nova.conf:2".to_owned(),
    }
}

/// One record of VGPU, as Nova writes it.
pub(super) fn record(total: u32) -> Inventory {
    Inventory {
        total,
        reserved: 0,
        min_unit: 1,
        max_unit: total,
        step_size: 1,
        allocation_ratio: AllocationRatio::ONE,
    }
}

/// A provider of somebody else's with one VGPU.
pub(super) fn offers(world: &mut World, name: &str) -> ProviderUuid {
    let uuid = world.foreign(name, &["OWNER_NOVA"]);
    world.tree.providers.get_mut(&uuid).unwrap().inventories.insert(ResourceClass::vgpu(), record(1));
    uuid
}

/// Nova reports one vGPU on each of the seven functions; nothing is the operator's word.
pub(super) fn decorated(nova: NovaView) -> World {
    let mut world = World::new();
    world.policy = Default::default();
    world.nova = nova;
    for function in 1..=7 {
        offers(&mut world, &format!("cmp1_pci_0000_41_00_{function}"));
    }
    world
}

/// As a careful operator has it: the type on as many functions as there are instances.
pub(super) fn good() -> Scene {
    Scene::new(decorated(told(vec![setting("nvidia-474", &[], "VGPU")])), mdev_host(7)).applied()
}

use std::collections::BTreeMap;

use super::*;
use crate::model::*;

const GPU: &str = "0000:41:00.0";
const FUNCTIONS: [&str; 2] = ["0000:41:00.4", "0000:41:00.5"];

fn at(text: &str) -> PciAddress {
    text.parse().unwrap()
}

fn guest_id(number: u128) -> Uuid {
    Uuid::from_u128(0x6e0d_4e1c_0000_4000_8000_0000_0000_0000 + number)
}

fn mdev(number: u128) -> Uuid {
    Uuid::from_u128(0x4b20_d080_0000_4000_8000_0000_0000_0000 + number)
}

fn vgpu_type(id: u32, name: &str, profile: u32) -> (VgpuTypeId, VgpuType) {
    let one = VgpuType {
        id: VgpuTypeId::new(id),
        name: name.to_owned(),
        class: None,
        framebuffer_mib: None,
        max_instances: None,
        max_per_gpu_instance: None,
        max_per_vm: None,
        profile: Some(ProfileId::new(profile)),
    };
    (one.id, one)
}

/// A host with an A100 of two functions, and everything that can be said of its guests.
struct Scene {
    snapshot: HostSnapshot,
    tree: ObservedTree,
    holders: Holders,
    domains: Domains,
    told: NovaTold,
    used: u32,
}

impl Scene {
    fn new() -> Scene {
        let mut gpu = Gpu::unread(at(GPU), "20b0".parse().unwrap());
        gpu.vgpu.host_mode = Some(HostVgpuMode::Sriov);
        gpu.vgpu.types = [vgpu_type(474, "GRID A100-1-5C", 19), vgpu_type(475, "GRID A100-2-10C", 14)].into();
        gpu.functions = FUNCTIONS
            .iter()
            .enumerate()
            .map(|(index, address)| {
                let (address, interface) = (at(address), VgpuInterface::Mdev { types: BTreeMap::new() });
                let index = u32::try_from(index).unwrap();
                (address, VirtualFunction { address, index, numa_node: None, driver: None, interface })
            })
            .collect();
        let root: RootUuid = "5f3a9c1e-2b4d-4e6f-8a7b-9c0d1e2f3a4b".parse().unwrap();
        let tree = ObservedTree { root, providers: BTreeMap::new(), asked_traits: BTreeMap::new() };
        let mut scene = Scene {
            snapshot: HostSnapshot { gpus: [(at(GPU), gpu)].into(), ..HostSnapshot::default() },
            tree,
            holders: Holders::new(),
            domains: Domains { known: true, ..Domains::default() },
            told: NovaTold { node: Some(true), ..NovaTold::default() },
            used: 0,
        };
        scene.provider(root.provider(), "cmp1", None, &["COMPUTE_NODE"]);
        scene
    }

    fn provider(&mut self, uuid: ProviderUuid, name: &str, parent: Option<ProviderUuid>, traits: &[&str]) {
        let record = Inventory {
            total: 2,
            reserved: 0,
            min_unit: 1,
            max_unit: 1,
            step_size: 1,
            allocation_ratio: AllocationRatio::ONE,
        };
        let provider = ObservedProvider {
            uuid,
            name: name.to_owned(),
            parent,
            named: Named::of(self.tree.root, "cmp1", uuid, name, parent),
            generation: Generation::new(1),
            traits: traits.iter().map(|name| name.parse().unwrap()).collect(),
            inventories: [(ResourceClass::vgpu(), record)].into(),
            usages: None,
        };
        self.tree.providers.insert(uuid, provider);
    }

    /// Ours of that kind.
    fn ours(&mut self, kind: &str) -> ProviderUuid {
        let identity =
            Identity { address: at(GPU), board: "20b0".parse().unwrap(), kind: kind.parse().unwrap() };
        let (uuid, root) = (identity.uuid(self.tree.root), self.tree.root.provider());
        self.provider(uuid, identity.name("cmp1").unwrap().as_str(), Some(root), &["CUSTOM_NVIDIA_1G5GB"]);
        uuid
    }

    /// Nova's of a function, tagged for an `A100-1-5C` in a `1g.5gb`.
    fn novas(&mut self, function: &str) -> ProviderUuid {
        let uuid = ProviderUuid::new(Uuid::new_v5(&Uuid::NAMESPACE_DNS, function.as_bytes()));
        let (name, root) =
            (format!("cmp1_pci_{}", function.replace([':', '.'], "_")), self.tree.root.provider());
        self.provider(
            uuid,
            &name,
            Some(root),
            &["CUSTOM_NVIDIA_VGPU_A100_1_5C", "CUSTOM_NVIDIA_1G5GB", "OWNER_NOVA"],
        );
        uuid
    }

    fn allocate(&mut self, provider: ProviderUuid, consumer: Uuid, units: u32) {
        self.holders.entry(provider).or_default().insert(consumer, units);
    }

    /// A mediated device of a type on a function.
    fn device(&mut self, number: u128, function: &str, id: u32) -> Uuid {
        let (uuid, parent) = (mdev(number), at(function));
        let device = MediatedDevice { uuid, parent, vgpu_type: VgpuTypeId::new(id) };
        self.gpu().mediated.insert(uuid, device);
        uuid
    }

    fn gpu(&mut self) -> &mut Gpu {
        self.snapshot.gpus.get_mut(&at(GPU)).unwrap()
    }

    fn domain(&mut self, uuid: Uuid, running: bool, mediated: &[Uuid]) -> &mut Domain {
        let domain = Domain {
            uuid,
            name: "instance-00000001".to_owned(),
            server: Some(format!("web-{}", uuid.as_u128() & 0xff)),
            running,
            mediated: mediated.iter().copied().collect(),
            functions: BTreeSet::new(),
        };
        self.domains.all.insert(uuid, domain);
        self.domains.all.get_mut(&uuid).unwrap()
    }

    /// NVML runs a vGPU for it.
    fn runs(&mut self, vm: Option<Uuid>, mdev: Option<Uuid>, id: u32) {
        self.used += 1;
        let vgpu = ActiveVgpu {
            id: VgpuInstanceId::new(self.used),
            uuid: format!("vgpu-{}", self.used),
            vgpu_type: VgpuTypeId::new(id),
            vm: vm.map(|vm| vm.to_string()),
            instance: None,
            mdev,
        };
        self.gpu().vgpu.active.insert(vgpu.id, vgpu);
    }

    fn audit(&self) -> Audit {
        let Scene { snapshot, tree, holders, domains, told, .. } = self;
        audit(AuditFacts { snapshot, tree, holders, domains, told })
    }

    /// The verdict on the only guest, and the code of the only finding.
    fn verdict(&self) -> (Verdict, Option<Code>) {
        let audit = self.audit();
        assert!(audit.findings.len() <= 1 && audit.guests.len() == 1, "{audit:#?}");
        (audit.guests[0].verdict, audit.findings.first().map(|finding| finding.code))
    }

    /// A server as Nova tells of it.
    fn server(&mut self, id: Uuid, status: &str, host: &str) {
        let server = GuestServer {
            name: "web".to_owned(),
            project: "p".to_owned(),
            status: status.to_owned(),
            host: Some(host.to_owned()),
        };
        self.told.consumers.insert(id, Consumer::Server(server));
    }
}

/// A guest of Nova's whose device is as it should be.
fn good() -> (Scene, ProviderUuid, Uuid) {
    let mut scene = Scene::new();
    let provider = scene.novas(FUNCTIONS[0]);
    let device = scene.device(1, FUNCTIONS[0], 474);
    scene.allocate(provider, guest_id(1), 1);
    scene.domain(guest_id(1), true, &[device]);
    scene.runs(Some(guest_id(1)), Some(device), 474);
    (scene, provider, device)
}

#[test]
fn who_was_allocated_given_and_runs_the_same_is_good() {
    let (scene, provider, _) = good();
    assert_eq!(scene.verdict(), (Verdict::Good, None));
    assert_eq!(gpu_providers(&scene.snapshot, &scene.tree), [provider].into());
    let guest = &scene.audit().guests[0];
    assert_eq!((guest.name.as_deref(), guest.domain), (Some("web-1"), DomainState::Running));
    assert_eq!(guest.allocated[0].function, Some(at(FUNCTIONS[0])));
    assert_eq!(guest.attached[0].plain.as_deref(), Some("GRID A100-1-5C"));
}

#[test]
fn a_guest_that_runs_without_what_it_was_allocated_is_an_error() {
    let (mut scene, _, _) = good();
    let ours = scene.ours("vgpu-474");
    scene.allocate(ours, guest_id(1), 1);
    let audit = scene.audit();
    assert_eq!(audit.findings[0].code, Code::GuestWithoutGpu);
    assert!(
        audit.findings[0].seen.starts_with("it runs with 1 of the 2 that were allocated"),
        "{:?}",
        audit.findings
    );

    let mut scene = Scene::new();
    let ours = scene.ours("mig-19");
    scene.allocate(ours, guest_id(1), 1);
    scene.domain(guest_id(1), true, &[]);
    assert_eq!(scene.verdict(), (Verdict::WithoutGpu, Some(Code::GuestWithoutGpu)));
    let seen = scene.audit().findings[0].seen.clone();
    assert_eq!(
        seen,
        "it runs without what was allocated to it: 1g.5gb at 0000:41:00.0 (this agent's provider)"
    );
    // The GPU runs one for it, whatever the file says.
    scene.runs(Some(guest_id(1)), None, 474);
    assert_eq!(scene.verdict(), (Verdict::Good, None));
}

#[test]
fn another_function_type_or_gpu_than_was_allocated_is_an_error() {
    let another = (Verdict::AnotherGpu, Some(Code::GuestOnAnother));
    for (function, id, words) in
        [(FUNCTIONS[1], 474, "function 0000:41:00.5"), (FUNCTIONS[0], 475, "it is a GRID A100-2-10C")]
    {
        let mut scene = Scene::new();
        let provider = scene.novas(FUNCTIONS[0]);
        let device = scene.device(1, function, id);
        scene.allocate(provider, guest_id(1), 1);
        scene.domain(guest_id(1), true, &[device]);
        scene.runs(Some(guest_id(1)), Some(device), id);
        assert_eq!(scene.verdict(), another, "{function} {id}");
        assert!(scene.audit().findings[0].seen.contains(words), "{:?}", scene.audit().findings);
    }
    for (kind, id, expected) in [
        ("vgpu-474", 474, (Verdict::Good, None)),
        ("vgpu-474", 475, another),
        ("mig-19", 474, (Verdict::Good, None)),
        ("mig-19", 475, another),
        // A type that the driver does not describe may be anything.
        ("mig-19", 999, (Verdict::Good, None)),
    ] {
        let mut scene = Scene::new();
        let provider = scene.ours(kind);
        let device = scene.device(1, FUNCTIONS[1], id);
        scene.allocate(provider, guest_id(1), 1);
        scene.domain(guest_id(1), true, &[device]);
        scene.runs(Some(guest_id(1)), Some(device), id);
        assert_eq!(scene.verdict(), expected, "{kind} {id}");
    }
    let (mut scene, _, device) = good();
    let other = Gpu { address: at("0000:81:00.0"), ..scene.gpu().clone() };
    let mut moved = scene.gpu().mediated.remove(&device).unwrap();
    scene.gpu().vgpu.active.clear();
    moved.parent = at("0000:81:00.4");
    let other = Gpu { mediated: [(device, moved)].into(), ..other };
    scene.snapshot.gpus.insert(other.address, other);
    assert_eq!(scene.verdict(), another);
}

#[test]
fn two_gpus_of_one_guest_are_matched_whatever_their_order() {
    let mut scene = Scene::new();
    for (number, function) in [(2, FUNCTIONS[0]), (1, FUNCTIONS[1])] {
        let provider = scene.novas(function);
        scene.allocate(provider, guest_id(1), 1);
        let device = scene.device(number, function, 474);
        scene.runs(Some(guest_id(1)), Some(device), 474);
    }
    scene.domain(guest_id(1), true, &[mdev(1), mdev(2)]);
    assert_eq!(scene.verdict(), (Verdict::Good, None));
}

#[test]
fn a_vgpu_that_is_attached_and_does_not_run_is_a_warning_where_the_gpu_tells() {
    let (mut scene, _, _) = good();
    scene.gpu().vgpu.active.clear();
    assert_eq!(scene.verdict(), (Verdict::NotRun, Some(Code::VgpuNotRun)));
    // NVML may name the guest by what it knows only itself: then the mediated device tells.
    scene.runs(None, Some(mdev(1)), 474);
    assert_eq!(scene.verdict(), (Verdict::Good, None));
    scene.gpu().vgpu.active.clear();
    scene.gpu().vgpu.host_mode = None;
    assert_eq!(scene.verdict(), (Verdict::Good, None), "it cannot tell");
}

#[test]
fn a_function_that_is_passed_through_is_a_device_too() {
    let mut scene = Scene::new();
    let pf = ProviderUuid::new(guest_id(99));
    let root = scene.tree.root.provider();
    scene.provider(pf, "cmp1_0000:41:00.0", Some(root), &["OWNER_NOVA"]);
    let current = Some(VgpuTypeId::new(474));
    scene.gpu().functions.get_mut(&at(FUNCTIONS[0])).unwrap().interface =
        VgpuInterface::Vendor { current, creatable: BTreeMap::new(), instance: None, placement: None };
    scene.allocate(pf, guest_id(1), 1);
    // A network card is nobody's GPU.
    scene.domain(guest_id(1), true, &[]).functions = [at(FUNCTIONS[0]), at("0000:5e:02.1")].into();
    scene.runs(Some(guest_id(1)), None, 474);
    assert_eq!(scene.verdict(), (Verdict::Good, None));
    assert_eq!(scene.audit().guests[0].attached.len(), 1);
    // The whole GPU, which NVML does not show then.
    let gpu = scene.snapshot.gpus.remove(&at(GPU)).unwrap();
    scene.snapshot.hidden.insert(gpu.address, HiddenGpu { board: None, driver: Some("vfio-pci".to_owned()) });
    scene.domain(guest_id(1), true, &[]).functions = [at(GPU)].into();
    assert_eq!(scene.verdict(), (Verdict::Good, None));
}

#[test]
fn a_stopped_guest_keeps_its_allocation_and_is_no_finding() {
    let (mut scene, _, device) = good();
    scene.gpu().vgpu.active.clear();
    scene.domain(guest_id(1), false, &[device]);
    assert_eq!(scene.verdict(), (Verdict::Stopped, None));
    // After a reboot its device is not there.
    scene.gpu().mediated.clear();
    assert_eq!(scene.verdict(), (Verdict::Stopped, None));
}

#[test]
fn an_allocation_without_a_domain_is_what_nova_says_it_is() {
    let mut scene = Scene::new();
    let provider = scene.ours("mig-19");
    let id = guest_id(1);
    scene.allocate(provider, id, 1);
    assert_eq!(scene.verdict(), (Verdict::NoDomain, Some(Code::NoDomain)), "Nova does not tell");
    scene.told.consumers.insert(id, Consumer::Nobody);
    assert_eq!(scene.verdict(), (Verdict::Leaked, Some(Code::Leaked)));
    let moving = |status: &str| Consumer::Migration { server: guest_id(2), status: status.to_owned() };
    scene.told.consumers.insert(id, moving("running"));
    assert_eq!(scene.verdict(), (Verdict::Moving, None));
    scene.told.consumers.insert(id, moving("completed"));
    assert_eq!(scene.verdict(), (Verdict::Leaked, Some(Code::Leaked)));
    scene.server(id, "BUILD", "cmp1");
    assert_eq!(scene.verdict(), (Verdict::Moving, None));
    scene.server(id, "ACTIVE", "cmp2");
    assert_eq!(scene.verdict(), (Verdict::Elsewhere, Some(Code::GuestElsewhere)), "evacuated");
    scene.server(id, "ACTIVE", "cmp1");
    assert_eq!(scene.verdict(), (Verdict::NoDomain, Some(Code::NoDomain)));
}

#[test]
fn a_gpu_that_is_used_without_an_allocation_is_a_warning_unless_it_moves_or_nobody_reports_it() {
    let (mut scene, _, device) = good();
    scene.holders.clear();
    assert_eq!(scene.verdict(), (Verdict::Unallocated, Some(Code::GuestUnallocated)));
    let moves = Consumer::Migration { server: guest_id(1), status: "running".to_owned() };
    scene.told.consumers.insert(guest_id(7), moves);
    assert_eq!(scene.verdict(), (Verdict::Moving, None));
    scene.told.consumers.clear();
    scene.tree.providers.retain(|_, provider| provider.parent.is_none());
    assert_eq!(scene.verdict(), (Verdict::Unreported, None));
    // Something runs there of which libvirt knows nothing.
    let (mut scene, ..) = good();
    scene.holders.clear();
    scene.domains.all.clear();
    scene.gpu().mediated.remove(&device);
    assert_eq!(scene.verdict(), (Verdict::Unallocated, Some(Code::GuestUnallocated)));
}

#[test]
fn a_mediated_device_that_nobody_has_is_told() {
    let (mut scene, ..) = good();
    scene.device(5, FUNCTIONS[1], 474);
    let audit = scene.audit();
    assert_eq!((audit.unused.len(), audit.findings[0].code), (1, Code::DeviceUnused));
    assert_eq!(audit.guests[0].verdict, Verdict::Good);
}

#[test]
fn without_libvirts_files_nobody_is_accused() {
    let (mut scene, ..) = good();
    let problem = Finding::new(Code::DomainsUnreadable, "/etc/libvirt/qemu", "denied", "run it as root");
    scene.domains = Domains { known: false, all: BTreeMap::new(), problems: vec![problem.clone()] };
    scene.told.consumers.insert(guest_id(1), Consumer::Nobody);
    let audit = scene.audit();
    assert_eq!((audit.guests[0].verdict, audit.findings), (Verdict::Unclear, vec![problem]));
}

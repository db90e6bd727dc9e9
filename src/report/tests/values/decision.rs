//! A decision with every state that a provider can be in, and every reason beside it.

use super::{ROOT_NAME, address, host, identity, root, trait_name, vgpu};
use crate::model::{
    Action, Claim, Code, Decision, DeviceDecision, Finding, Generation, Group, Inventory, MigMode, Mode,
    NovaProviderDecision, Plan, ProviderDecision, ProviderState, ProviderUuid, Reason, Step, marker,
};
use crate::planner::{Policy, hardware_findings};

/// One provider of the decision: GPU, profile id and name, state and reason, record before and after.
type Row = (&'static str, u32, &'static str, ProviderState, Reason, Option<Inventory>, Option<Inventory>);

fn rows() -> Vec<Row> {
    use ProviderState::{Blocked, Drain, Hold, Park, Serve};
    let cut = |units, plain: &str| Reason::Cut { units, plain: plain.to_owned() };
    let taken = Reason::Taken {
        by:
            "provider cmp9.example.org:nvidia:0000:41:00.0:20b0:mig-15 (0b1c2d3e-0000-4000-8000-000000000009)"
                .to_owned(),
    };
    let blind = Reason::Blind { problem: "the GPU is lost (nvmlDeviceGetMigMode)".to_owned() };
    let some = |total, reserved| Some(vgpu(total, reserved));
    vec![
        ("0000:41:00.0", 9, "3g.20gb", Serve, cut(1, "3g.20gb"), None, some(1, 0)),
        (
            "0000:41:00.0",
            19,
            "1g.5gb",
            Serve,
            Reason::Withheld { units: 2, allowed: 1 },
            some(2, 0),
            some(2, 1),
        ),
        ("0000:41:00.0", 14, "2g.10gb", Serve, cut(1, "2g.10gb"), some(1, 0), some(1, 0)),
        (
            "0000:41:00.0",
            20,
            "1g.5gb+me",
            Serve,
            Reason::OverPromised { used: 2, units: 1 },
            some(2, 0),
            some(2, 1),
        ),
        ("0000:41:00.0", 5, "4g.20gb", Drain, Reason::NotCut { used: 1 }, some(1, 0), some(1, 1)),
        ("0000:41:00.0", 0, "7g.40gb", Park, Reason::NotCut { used: 0 }, some(1, 0), None),
        ("0000:41:00.0", 15, "1g.10gb", Blocked, taken, None, None),
        ("0000:42:00.0", 19, "1g.5gb", Hold, blind, some(7, 0), some(7, 0)),
        ("0000:43:00.0", 19, "1g.5gb", Serve, Reason::NotAttachable, None, some(7, 7)),
        ("0000:61:00.0", 19, "1g.5gb", Park, Reason::Absent, None, None),
        ("0000:82:00.0", 9, "3g.20gb", Drain, Reason::MigEnding, some(2, 0), some(2, 2)),
    ]
}

pub(in crate::report::tests) fn decision() -> Decision {
    let device = |at, mode, reason| (address(at), DeviceDecision { mode, reason, offers: Vec::new() });
    let elsewhere =
        Reason::ReportedElsewhere { by: "Nova", provider: "cmp1.example.org_pci_0000_81_00_4".to_owned() };
    let blind = Reason::Blind { problem: "the GPU is lost (nvmlDeviceGetMigMode)".to_owned() };
    let devices = [
        device("0000:41:00.0", Mode::Own, Reason::NobodyElse),
        device("0000:42:00.0", Mode::Hold, blind),
        device("0000:43:00.0", Mode::Own, Reason::NobodyElse),
        device("0000:61:00.0", Mode::Gone, Reason::Absent),
        device("0000:81:00.0", Mode::Ignore, elsewhere),
        device(
            "0000:85:00.0",
            Mode::Decorate,
            Reason::NovaMdev { by: "provider cmp1_pci_0000_85_00_1".to_owned() },
        ),
        device("0000:82:00.0", Mode::Own, Reason::MigEnding),
        device("0000:83:00.0", Mode::Ignore, Reason::Policy),
        device("0000:84:00.0", Mode::Own, Reason::NotMig(MigMode::Unsupported)),
    ];
    let plan = plan();
    let steps: Vec<&Step> = plan.groups.iter().flat_map(|group| &group.steps).collect();
    let providers = rows().into_iter().map(|row| provider(row, &steps)).collect();
    Decision {
        devices: devices.into_iter().collect(),
        providers,
        nova_providers: (1..=4).map(nova_provider).collect(),
        findings: findings(),
        plan,
        next: None,
    }
}

/// Two that carry a type, one of them in use, and two beyond what the GPU can give.
fn nova_provider(function: u32) -> NovaProviderDecision {
    let plain = "GRID A100-1-5C".to_owned();
    let carries = function <= 2;
    let claims = if carries { [Claim::trait_of_name(&plain), marker()].into() } else { [marker()].into() };
    let reason = if carries {
        Reason::Carries { plain: plain.clone() }
    } else {
        Reason::BeyondBudget { plain: plain.clone() }
    };
    NovaProviderDecision {
        uuid: ProviderUuid::new(uuid::Uuid::from_u128(u128::from(function))),
        name: format!("{ROOT_NAME}_pci_0000_85_00_{function}"),
        device: address("0000:85:00.0"),
        function: address(&format!("0000:85:00.{function}")),
        plain: Some(plain),
        in_use: function == 1,
        fault: None,
        claims,
        reason,
        writes: usize::from(function == 2),
    }
}

fn provider(row: Row, steps: &[&Step]) -> ProviderDecision {
    let (at, profile, plain, state, reason, from, to) = row;
    let identity = identity(at, profile);
    let uuid = identity.uuid(root());
    let used = match &reason {
        Reason::NotCut { used } | Reason::OverPromised { used, .. } => Some(*used),
        _ => from.as_ref().map(|_| 0),
    };
    ProviderDecision {
        uuid,
        name: identity.name(ROOT_NAME).unwrap().to_string(),
        identity,
        plain: plain.to_owned(),
        exists: from.is_some() || state == ProviderState::Park,
        state,
        reason,
        from,
        to,
        account: None,
        claims: Default::default(),
        used,
        writes: steps.iter().filter(|step| step.provider == uuid).count(),
    }
}

fn findings() -> Vec<Finding> {
    let mut all = hardware_findings(&host(), &Policy::default());
    let name = identity("0000:41:00.0", 20).name(ROOT_NAME).unwrap();
    let over = Reason::OverPromised { used: 2, units: 1 };
    all.push(Finding::new(Code::OverPromised, name, over, "cut the instances again, or move the guests"));
    let name = identity("0000:41:00.0", 5).name(ROOT_NAME).unwrap();
    all.push(Finding::new(Code::Draining, name, Reason::NotCut { used: 1 }, "nothing"));
    all
}

/// Every kind of write.
pub(super) fn plan() -> Plan {
    let step = |at, profile, generation: Option<u64>, reason, action| {
        let identity = identity(at, profile);
        Step {
            provider: identity.uuid(root()),
            name: identity.name(ROOT_NAME).unwrap().to_string(),
            plain: if profile == 19 { "1g.5gb" } else { "3g.20gb" }.to_owned(),
            generation: generation.map(Generation::new),
            action,
            reason,
        }
    };
    let inventories = |from, to| Action::SetInventories { from, to, others: Default::default() };
    let traits = |added: &[&str], removed: &[&str]| {
        let set = |names: &[&str]| names.iter().map(|name| trait_name(name)).collect();
        Action::SetTraits { to: set(added), added: set(added), removed: set(removed) }
    };
    let cut = || Reason::Cut { units: 1, plain: "3g.20gb".to_owned() };
    let (drained, parked) = (Reason::NotCut { used: 1 }, Reason::NotCut { used: 0 });
    let name = |at, profile| identity(at, profile).name(ROOT_NAME).unwrap();
    let create = |at, profile| Action::Create { name: name(at, profile), parent: root().provider() };
    let rename = Action::Rename { to: name("0000:43:00.0", 19), parent: root().provider() };
    let (first, third) = ("0000:41:00.0", "0000:43:00.0");
    let withheld = Reason::Withheld { units: 2, allowed: 1 };
    let over = Reason::OverPromised { used: 2, units: 1 };
    let one = vec![
        step(first, 19, Some(7), withheld, inventories(Some(vgpu(2, 0)), Some(vgpu(2, 1)))),
        step(first, 20, Some(5), over, inventories(Some(vgpu(2, 0)), Some(vgpu(2, 1)))),
        step(first, 5, Some(3), drained, inventories(Some(vgpu(1, 0)), Some(vgpu(1, 1)))),
        step(first, 0, Some(4), parked.clone(), inventories(Some(vgpu(1, 0)), None)),
        step(first, 0, Some(4), parked, traits(&[], &["CUSTOM_NVIDIA_7G40GB", "CUSTOM_NVIDIA_MIG"])),
        step(first, 9, None, cut(), create(first, 9)),
        step(first, 9, None, cut(), traits(&["CUSTOM_NVIDIA_3G20GB", "CUSTOM_NVIDIA_MIG"], &[])),
        step(first, 9, None, cut(), inventories(None, Some(vgpu(1, 0)))),
    ];
    let two = vec![
        step(third, 19, Some(1), Reason::RootRenamed, rename),
        step(third, 19, Some(1), Reason::NotAttachable, inventories(None, Some(vgpu(7, 7)))),
    ];
    let ending = inventories(Some(vgpu(2, 0)), Some(vgpu(2, 2)));
    let three = vec![step("0000:82:00.0", 9, Some(2), Reason::MigEnding, ending)];
    Plan {
        traits: [trait_name("CUSTOM_NVIDIA_3G20GB")].into(),
        groups: vec![
            Group { device: address(first), steps: one },
            Group { device: address(third), steps: two },
            Group { device: address("0000:82:00.0"), steps: three },
        ],
    }
}

/// The same host when everything is as it should be.
pub(in crate::report::tests) fn nothing_to_do() -> Decision {
    let mut decision = decision();
    decision.plan = Plan::default();
    decision.findings.clear();
    decision.devices.retain(|at, _| *at == address("0000:41:00.0"));
    decision.providers.retain(|provider| provider.from.is_some() && provider.from == provider.to);
    decision.providers.retain(|provider| provider.state == ProviderState::Serve);
    decision.providers.iter_mut().for_each(|provider| provider.writes = 0);
    decision
}

//! Guests in every state that an audit can find them in.

use super::address;
use crate::model::{
    Allocated, Audit, AuditedGuest, Code, DomainState, Finding, GpuPart, Kind, MediatedDevice, ProfileId,
    Verdict, VgpuTypeId,
};

fn guest(
    number: u32,
    name: Option<&str>,
    status: Option<&str>,
    domain: DomainState,
    verdict: Verdict,
) -> AuditedGuest {
    AuditedGuest {
        id: format!("6e0d4e1c-1111-4000-8000-{number:012}").parse().unwrap(),
        name: name.map(str::to_owned),
        status: status.map(str::to_owned),
        domain,
        allocated: vec![ours()],
        attached: Vec::new(),
        runs: Vec::new(),
        verdict,
    }
}

fn ours() -> Allocated {
    Allocated {
        provider: "cmp1.example.org:nvidia:0000:17:00.0:20b0:mig-19".to_owned(),
        units: 1,
        gpu: address("0000:17:00.0"),
        function: None,
        kind: Some(Kind::Mig(ProfileId::new(19))),
        plain: Some("1g.5gb".to_owned()),
    }
}

fn novas() -> Allocated {
    Allocated {
        provider: "cmp1.example.org_pci_0000_41_00_4".to_owned(),
        gpu: address("0000:41:00.0"),
        function: Some(address("0000:41:00.4")),
        kind: None,
        plain: Some("A100-1-5C".to_owned()),
        ..ours()
    }
}

fn part(device: &str, function: Option<&str>) -> GpuPart {
    GpuPart {
        device: device.to_owned(),
        gpu: function.map(|_| address("0000:41:00.0")),
        function: function.map(address),
        vgpu_type: function.map(|_| VgpuTypeId::new(474)),
        plain: function.map(|_| "GRID A100-1-5C".to_owned()),
    }
}

pub(in crate::report::tests) fn audit() -> Audit {
    use DomainState::{Absent, Running, Stopped};
    const MDEV: &str = "mdev 4b20d080-1b54-4048-85b3-a6a62d165c01";
    let function = Some("0000:41:00.4");
    let good = AuditedGuest {
        allocated: vec![novas(), Allocated { units: 2, ..ours() }],
        attached: vec![part(MDEV, function)],
        runs: vec![part("vGPU 1", function)],
        ..guest(1, Some("web-1"), Some("ACTIVE"), Running, Verdict::Good)
    };
    let stopped = AuditedGuest {
        attached: vec![part(MDEV, None)],
        ..guest(3, Some("night-2"), Some("SHUTOFF"), Stopped, Verdict::Stopped)
    };
    let without = Finding::new(
        Code::GuestWithoutGpu,
        "guest batch-7 (6e0d4e1c-1111-4000-8000-000000000002)",
        "it runs without what was allocated to it: 1g.5gb at 0000:17:00.0 (this agent's provider)",
        "unless something else attaches it, own.attachable must not be \"yes\" here",
    );
    Audit {
        guests: vec![
            guest(4, None, None, Absent, Verdict::Leaked),
            guest(2, Some("batch-7"), Some("ACTIVE"), Running, Verdict::WithoutGpu),
            stopped,
            good,
        ],
        unused: vec![MediatedDevice {
            uuid: "4b20d080-1b54-4048-85b3-a6a62d165c09".parse().unwrap(),
            parent: address("0000:41:00.7"),
            vgpu_type: VgpuTypeId::new(474),
        }],
        findings: vec![without],
    }
}

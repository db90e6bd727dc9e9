//! What `check` and `explain` make of that host.

use super::{decision, host, tree};
use crate::advice::check::{self, AgentSeen, Report, Seen};
use crate::advice::explain::{Explanation, Known, explain};
use crate::model::{Account, Code, Finding, NovaView, marker};
use crate::planner::Policy;

pub(in crate::report::tests) fn report() -> Report {
    let nova = NovaView { files: vec!["/etc/nova/nova.conf".into()], ..NovaView::default() };
    let tree = tree();
    let root = tree.root;
    let findings =
        vec![Finding::new(Code::Contested, "cmp1.example.org_pci_0000_85_00_3", "undone", "find who")];
    let agent = AgentSeen::Answered {
        version: "0.1.0".to_owned(),
        cycles: 7,
        failures: 0,
        released: false,
        stuck: None,
        waiting: "for the interval".to_owned(),
        findings,
    };
    check::check(&Seen {
        credentials: Ok(
            "user npa (domain Default) for project service, from nova.conf [placement]".to_owned()
        ),
        incomplete: vec!["environment: OS_PASSWORD is not set".to_owned()],
        login: Some(Ok("accepted; Placement is at https://cloud.example.org/placement".to_owned())),
        versions: Some(Ok("speaks the microversions 1.0 to 1.39".to_owned())),
        root: Some(Ok((root, "by Nova's compute_id file"))),
        placement: Some(Ok((tree, decision()))),
        hardware: Ok(host()),
        nova: &nova,
        policy: &Policy::default(),
        agent,
    })
}

/// Nobody answers, and there is no driver.
pub(in crate::report::tests) fn report_of_nothing() -> Report {
    let refused =
        Finding::new(Code::Unauthorized, "Keystone", "it does not accept the credentials", "correct them");
    let none = Finding::new(Code::LibraryMissing, "NVML", "there is no NVML library", "install the driver");
    check::check(&Seen {
        credentials: Ok(
            "user npa (domain Default) for project service, from agent.toml [keystone]".to_owned()
        ),
        incomplete: Vec::new(),
        login: Some(Err(refused)),
        versions: None,
        root: None,
        placement: None,
        hardware: Err(none),
        nova: &NovaView::default(),
        policy: &Policy::default(),
        agent: AgentSeen::Silent("no agent listens on /run/nvidia-placement-agent/agent.sock".to_owned()),
    })
}

pub(in crate::report::tests) fn explanation() -> Explanation {
    let (host, tree, nova) = (host(), tree(), NovaView::default());
    let mut decision = decision();
    // What the planner tells with it.
    let one = decision.providers.iter_mut().find(|one| one.plain == "1g.5gb").unwrap();
    one.account = Some(Account { exist: 2, used: 0, allowed: 1, ill: 0, attachable: true });
    one.claims = [marker(), super::trait_name("CUSTOM_NVIDIA_1G5GB")].into();
    let known = Known {
        hardware: Ok(&host),
        nova: &nova,
        policy: &Policy::default(),
        placement: Ok((&tree, &decision)),
    };
    explain(known, "0000:41:00.0").unwrap()
}

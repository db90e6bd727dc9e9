//! What the running agent shows of the host in bad shape, and of any other.

use std::sync::Arc;
use std::time::Duration;

use super::{cycle, host, tree};
use crate::model::{
    Code, Cycle, CycleNote, Finding, Hardware, HostSnapshot, Moment, NovaView, Outcome, Status, Wake,
};
use crate::planner::{Policy, hardware_findings, prospects};

pub(in crate::report::tests) fn at(seconds: u64) -> Moment {
    Moment::new(Duration::from_secs(seconds))
}

/// Of any host: one quiet cycle.
pub(in crate::report::tests) fn running(host: HostSnapshot) -> Status {
    let policy = Policy::default();
    let hardware = Hardware {
        prospects: prospects(&host, &NovaView::default(), &policy),
        findings: hardware_findings(&host, &policy),
        snapshot: host,
    };
    Status {
        cycles: 1,
        ended: Some((at(100), Duration::from_millis(80))),
        succeeded: Some(at(100)),
        wake: Some(Wake::Start),
        waiting: "30 s, or a change of the hardware".to_owned(),
        fresh_for: Duration::from_secs(120),
        hardware: Some(Arc::new(hardware)),
        ..Status::default()
    }
}

/// A cycle with every outcome that a step can have, a tree of which not all is known, and an address that is taken.
pub(in crate::report::tests) fn status() -> Status {
    let mut tree = tree();
    for provider in tree.providers.values_mut().filter(|provider| provider.name.contains("mig-9")) {
        provider.usages = None;
    }
    let mut status = Status {
        cycles: 30,
        failures: 2,
        cycle: cycle(),
        listener: Some(Finding::new(Code::NoListener, "127.0.0.1:9770", "it is taken", "free it")),
        tree: Some(Arc::new(tree)),
        ..running(host())
    };
    for (ended, cycle) in [(60, Cycle::default()), (100, cycle())] {
        let (steps, steps_left_out) = CycleNote::steps(&cycle);
        status.note(CycleNote {
            ended: at(ended),
            wake: Wake::Hardware,
            took: Duration::from_millis(80),
            written: cycle.written(),
            outcome: Outcome::of(&cycle, &[]),
            stopped_by: cycle.stopped_by,
            steps,
            steps_left_out,
        });
    }
    status
}

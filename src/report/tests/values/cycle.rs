//! A cycle with every outcome that a step can have.

use super::decision::{decision, plan};
use crate::model::{Code, Cycle, Finding, Round, StepOutcome, StepRecord, TraitName};

pub(in crate::report::tests) fn cycle() -> Cycle {
    let plan = plan();
    let refused = Finding::new(
        Code::Taken,
        "cmp1.example.org:nvidia:0000:41:00.0:20b0:mig-9",
        "Placement says that the name or the UUID is taken: provider x (0b1c2d3e-0000-4000-8000-000000000009)",
        "see `openstack resource provider show <uuid>`: rename or delete it if nobody needs it",
    );
    let conflict =
        "somebody else wrote at the same time: PUT /resource_providers/…/inventories: generation conflict";
    let mut outcomes = [
        StepOutcome::Done,
        StepOutcome::Done,
        StepOutcome::Done,
        StepOutcome::Done,
        StepOutcome::Done,
        StepOutcome::Failed(refused),
        StepOutcome::Skipped,
        StepOutcome::Skipped,
        StepOutcome::Replan(conflict.to_owned()),
        StepOutcome::Skipped,
        StepOutcome::Done,
    ]
    .into_iter();
    let mut steps = Vec::new();
    for group in &plan.groups {
        for step in &group.steps {
            let outcome = outcomes.next().unwrap();
            steps.push(StepRecord { device: group.device, step: step.clone(), outcome });
        }
    }
    let traits_created: Vec<TraitName> = plan.traits.iter().cloned().collect();
    Cycle {
        rounds: vec![Round { traits_created, steps, ..Round::decided(decision()) }],
        stopped_by: Some(conflicts()),
        retry_after: None,
    }
}

fn conflicts() -> Finding {
    Finding::new(
        Code::Conflict,
        "5f3a9c1e-2b4d-4e6f-8a7b-9c0d1e2f3a4b",
        "somebody else kept writing: 4 attempts met conflicts",
        "run it again; if it stays, find the other writer in Placement's log by the request ids in ours",
    )
}

/// One that could not even read Placement.
pub(in crate::report::tests) fn cycle_without_rounds() -> Cycle {
    Cycle { stopped_by: Some(conflicts()), ..Cycle::default() }
}

//! A decision that need not be made again.

use crate::model::{Decision, HostSnapshot, Moment, NovaView, ObservedTree};

use super::{Facts, Memory, Patience, Policy};

/// A decision with all that it rested on.
///
/// [`super::decide`] gives equal decisions for equal facts, and time alone changes none before its
/// [`Decision::next`]. On a host where nothing happens, that is nearly every cycle.
#[derive(Debug)]
pub struct Kept {
    snapshot: HostSnapshot,
    tree: ObservedTree,
    nova: NovaView,
    policy: Policy,
    patience: Option<(Memory, Moment)>,
    decision: Decision,
}

impl Kept {
    /// Of a decision for which nothing more had to be read.
    pub fn new(facts: Facts<'_>, decision: Decision) -> Self {
        let patience = match facts.patience {
            Patience::AtOnce => None,
            Patience::Settling { memory, now } => Some((memory.clone(), now)),
        };
        Kept {
            snapshot: facts.snapshot.clone(),
            tree: facts.tree.clone(),
            nova: facts.nova.clone(),
            policy: facts.policy.clone(),
            patience,
            decision,
        }
    }

    /// The decision, if it would be the same on these facts.
    pub fn on(&self, facts: Facts<'_>) -> Option<&Decision> {
        let same = self.waits_alike(facts.patience)
            && self.tree == *facts.tree
            && self.snapshot == *facts.snapshot
            && self.nova == *facts.nova
            && self.policy == *facts.policy;
        same.then_some(&self.decision)
    }

    fn waits_alike(&self, patience: Patience<'_>) -> bool {
        match (&self.patience, patience) {
            (None, Patience::AtOnce) => true,
            (Some((memory, since)), Patience::Settling { memory: this, now }) => {
                *since <= now && self.decision.next.is_none_or(|next| now < next) && memory == this
            }
            _ => false,
        }
    }
}

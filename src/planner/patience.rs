//! What waits, and for how long: less is believed at once, more only when it has lasted.

use std::time::Duration;

use crate::model::{Inventory, Moment, ProviderState, Reason};

use super::desired::Desired;
use super::{Memory, Timing};

/// What the loop remembers of a GPU, now.
#[derive(Clone, Copy)]
pub(super) struct Settling<'a> {
    pub(super) memory: &'a Memory,
    pub(super) timing: &'a Timing,
    pub(super) now: Moment,
    /// Whether any provider of the GPU has an inventory: then one that gets its first is of another kind.
    pub(super) offering: bool,
}

/// Holds back what has to settle first. Gives the moments at which that changes.
pub(super) fn temper(settling: Settling<'_>, desired: &mut Desired<'_>) -> Option<Moment> {
    let Settling { memory, now, .. } = settling;
    if let Some(contest) = memory.contest(desired.uuid)
        && let Some(until) = contest.paused_until(now)
        && desired.state != ProviderState::Blocked
    {
        let pause = contest.pause().unwrap_or_default();
        desired.hold(Reason::Contested { times: contest.undone, pause });
        return Some(until);
    }
    match desired.state {
        ProviderState::Serve => grow(settling, desired),
        ProviderState::Park => leave(settling, desired),
        _ => None,
    }
}

/// More than Placement offers now waits, and so does a provider that is not there yet.
fn grow(settling: Settling<'_>, desired: &mut Desired<'_>) -> Option<Moment> {
    let Settling { memory, timing, now, offering } = settling;
    if desired.existing.is_none()
        && let Some(until) = memory.tree_settles(now)
    {
        desired.hold(Reason::TreeLeaving);
        return Some(until);
    }
    let offered = desired.inventory().map_or(0, Inventory::offered);
    let wanted = desired.to.as_ref().map_or(0, Inventory::offered);
    let fresh = desired.inventory().is_none();
    if wanted <= offered && !fresh {
        return None;
    }
    let span = if fresh && offering { timing.other_kind } else { timing.growth };
    let until = memory.settles(desired.identity.address, span, now)?;
    hold_back(desired, offered, span);
    Some(until)
}

fn hold_back(desired: &mut Desired<'_>, offered: u32, span: Duration) {
    let reason = Reason::Settling { span };
    let (Some(from), Some(to)) = (desired.inventory(), &desired.to) else {
        desired.hold(reason);
        return;
    };
    // What may be allocated stays, and so does the total: a re-slice in steps must not be a write each.
    let total = from.total.max(desired.used());
    let reserved = total.saturating_sub(offered);
    desired.to = Some(Inventory { total, reserved, ..to.clone() });
    desired.reason = reason;
}

/// What is gone is reserved at once; its provider is emptied when it has stayed away.
fn leave(settling: Settling<'_>, desired: &mut Desired<'_>) -> Option<Moment> {
    desired.inventory()?;
    let span = settling.timing.other_kind;
    let until = settling.memory.settles(desired.identity.address, span, settling.now)?;
    desired.reserve();
    desired.reason = Reason::Leaving { span };
    Some(until)
}

//! How much of what exists may be allocated while guests of an earlier cut still hold slots.

use super::packing::{Arrangements, Shape};

/// One kind of capacity of a GPU: what exists of it, and what guests hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// Its shape; none when the driver describes it no longer (another board in the slot, say).
    pub shape: Option<Shape>,
    /// Instances that exist.
    pub exist: u32,
    /// Units allocated. More than `exist` when instances were destroyed under their guests' allocations.
    pub used: u32,
}

/// For each demand, how many units may be allocated altogether, so that allocations of all kinds together
/// fit on the GPU: counted by slots and placements, never by units.
///
/// What is used counts whole, whatever it is. Beyond that, the larger kinds come first, and of each as many
/// as still fit, never more than exist. What does not fit even as it is (more is allocated than the
/// hardware has) allows nothing further.
pub fn permit(demands: &[Demand]) -> Vec<u32> {
    let held = |demand: &Demand| demand.used.min(demand.exist);
    let mut allowed: Vec<u32> = demands.iter().map(held).collect();
    let Some(mut arrangements) = occupied(demands) else { return allowed };

    let mut order: Vec<usize> = (0..demands.len()).collect();
    let size = |index: &usize| demands.get(*index).and_then(|d| d.shape.as_ref()).map(|s| s.size());
    order.sort_by_key(|index| std::cmp::Reverse(size(index)));
    for index in order {
        let (Some(demand), Some(units)) = (demands.get(index), allowed.get_mut(index)) else { continue };
        let Some(shape) = &demand.shape else { continue };
        while demand.used <= *units && *units < demand.exist.min(shape.max_instances) {
            let Some(next) = arrangements.with(shape) else { break };
            arrangements = next;
            *units += 1;
        }
    }
    allowed
}

/// The arrangements that hold everything that is used. `None` when there is none, or when a kind in use
/// has no shape: then nobody can say how much of the GPU it takes.
fn occupied(demands: &[Demand]) -> Option<Arrangements> {
    let start = Some(Arrangements::empty());
    demands
        .iter()
        .filter(|demand| demand.used > 0)
        .fold(start, |all, demand| all?.with_many(demand.shape.as_ref()?, demand.used))
}

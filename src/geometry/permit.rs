//! How much of what exists may be allocated while guests of an earlier cut still hold some of the GPU, and while
//! kinds compete for the same room.

use super::Board;
use super::packing::{Arrangements, Shape};

/// What units are taken from: the GPU instances of one profile, or the GPU as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// The shape of one instance.
    pub shape: Shape,
    /// How many of them exist.
    pub exist: u32,
    /// Whether units of different kinds can be in one instance at once. Where they cannot, each instance with a
    /// guest is of that guest's kind.
    pub mixed: bool,
}

/// One kind of capacity of a GPU: what exists of it, and what guests hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The index of its pool; none when the driver describes it no longer (another board in the slot, say).
    pub pool: Option<usize>,
    /// What one unit takes of an instance, in parts of `whole`.
    pub unit: u64,
    /// The parts that an instance has: the same for all kinds of a pool that is mixed.
    pub whole: u64,
    /// Units that exist.
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
pub fn permit(board: Board, pools: &[Pool], demands: &[Demand]) -> Vec<u32> {
    let held: Vec<u32> = demands.iter().map(|demand| demand.used.min(demand.exist)).collect();
    let Some(mut gpu) = Gpu::occupied(board, pools, demands) else { return held };

    let mut order: Vec<usize> = (0..demands.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(gpu.size(*index)));
    for index in order {
        gpu.fill(index);
    }
    let allowed = demands.iter().zip(&gpu.units).zip(held);
    allowed.map(|((demand, units), held)| (*units).min(demand.exist).max(held)).collect()
}

/// A GPU with units on it.
struct Gpu<'a> {
    pools: &'a [Pool],
    demands: &'a [Demand],
    /// Of each demand.
    units: Vec<u32>,
    arrangements: Arrangements,
}

impl<'a> Gpu<'a> {
    /// With everything that is used. `None` when that does not fit, or when a kind in use has no pool: then
    /// nobody can say how much of the GPU it takes.
    fn occupied(board: Board, pools: &'a [Pool], demands: &'a [Demand]) -> Option<Self> {
        let known = |demand: &Demand| demand.used == 0 || demand.pool.is_some();
        let units = demands.iter().map(|demand| demand.used).collect();
        let arrangements = Arrangements::empty(board);
        let mut gpu = demands.iter().all(known).then_some(Gpu { pools, demands, units, arrangements })?;
        for (index, pool) in pools.iter().enumerate() {
            gpu.arrangements = gpu.arrangements.with_many(&pool.shape, gpu.instances(index)?)?;
        }
        Some(gpu)
    }

    /// For the order: the slots of an instance, then the share of it.
    fn size(&self, index: usize) -> Option<(u32, u64)> {
        let demand = self.demands.get(index)?;
        let pool = self.pools.get(demand.pool?)?;
        Some((pool.shape.size().get(), demand.unit.saturating_mul(1 << 20) / demand.whole.max(1)))
    }

    fn of_pool(&self, pool: usize) -> impl Iterator<Item = (&Demand, u32)> {
        let all = self.demands.iter().zip(self.units.iter().copied());
        all.filter(move |(demand, _)| demand.pool == Some(pool))
    }

    /// How many instances of a pool the units on it need. `None` where none is large enough for one.
    fn instances(&self, index: usize) -> Option<u32> {
        let mixed = self.pools.get(index)?.mixed;
        let taken = |(demand, units): (&Demand, u32)| u64::from(units).saturating_mul(demand.unit);
        if mixed {
            let whole = self.of_pool(index).map(|(demand, _)| demand.whole).min().unwrap_or(0);
            let parts = self.of_pool(index).map(taken).fold(0, u64::saturating_add);
            return if parts == 0 { Some(0) } else { count(parts, whole) };
        }
        self.of_pool(index).filter(|(_, units)| *units > 0).try_fold(0_u32, |sum, (demand, units)| {
            sum.checked_add(count(units.into(), demand.whole / demand.unit.max(1))?)
        })
    }

    /// As many units more of one kind as fit, never more than exist.
    fn fill(&mut self, index: usize) -> Option<()> {
        let demand = self.demands.get(index)?;
        let number = demand.pool?;
        let pool = self.pools.get(number)?;
        let mut have = self.instances(number)?;
        if have > pool.exist || demand.unit > demand.whole {
            return None;
        }
        while *self.units.get(index)? < demand.exist {
            if self.add(index, have, number) {
                continue;
            }
            if have >= pool.exist.min(pool.shape.max_instances) {
                return None;
            }
            self.arrangements = self.arrangements.with(&pool.shape)?;
            have += 1;
        }
        Some(())
    }

    /// Adds what fits into that many instances. Whether that was anything.
    fn add(&mut self, index: usize, instances: u32, pool: usize) -> bool {
        let Some(exist) = self.demands.get(index).map(|demand| demand.exist) else { return false };
        let before = self.units.get(index).copied().unwrap_or(0);
        // The most units with which no further instance is needed, between these two.
        let (mut fits, mut above) = (before, exist.saturating_add(1));
        while above - fits > 1 {
            let middle = fits + (above - fits) / 2;
            self.set(index, middle);
            if self.instances(pool).is_some_and(|needed| needed <= instances) {
                fits = middle;
            } else {
                above = middle;
            }
        }
        self.set(index, fits);
        fits > before
    }

    fn set(&mut self, index: usize, units: u32) {
        if let Some(slot) = self.units.get_mut(index) {
            *slot = units;
        }
    }
}

/// How many wholes so many parts need.
fn count(parts: u64, whole: u64) -> Option<u32> {
    if whole == 0 { None } else { u32::try_from(parts.div_ceil(whole)).ok() }
}

//! What can still be cut beside what is cut: how many of each profile alone, and the best and the worst way to
//! go on.

use std::collections::BTreeMap;

use crate::model::{Gpu, GpuInstanceProfile, ProfileId, Slots};

use super::board::{Board, compute_in_use};
use super::packing::{Arrangements, Shape, mask};

/// Most arrangements that are looked at for the best and the worst one. No table there is needs a tenth of it; a
/// driver that tells nonsense gets no answer instead of a long one.
const MOST_LOOKED_AT: u32 = 1 << 16;

/// What a GPU could still be cut into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// How many more of each profile fit, if nothing else is added.
    pub fits: BTreeMap<ProfileId, u32>,
    /// Of all ways to go on until nothing more fits, the one with the most instances.
    pub most: Option<Cut>,
    /// The one that uses the most slots.
    pub fullest: Option<Cut>,
    /// The one that uses the fewest: how badly the GPU can be fragmented.
    pub worst: Option<Cut>,
}

/// One way to go on: nothing more fits beside it and what exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The instances that it adds, by profile.
    pub instances: BTreeMap<ProfileId, u32>,
    /// Slots in use then, those of what exists included.
    pub slots: Slots,
    /// Compute slices in use then.
    pub compute_slices: u32,
}

impl Cut {
    fn count(&self) -> u32 {
        self.instances.values().sum()
    }
}

/// What fits beside the instances that exist, where they are, as far as the driver would make it.
pub fn outlook(gpu: &Gpu) -> Outlook {
    let (profiles, board) = (&gpu.profiles, Board::of_gpu(gpu));
    let (mut taken, compute, mut counts) = (0, compute_in_use(gpu), BTreeMap::<_, u32>::new());
    for instance in gpu.instances.values() {
        // One that is beyond what can be counted takes everything: less is promised, not more.
        taken |= mask(instance.placement).unwrap_or(u64::MAX);
        *counts.entry(instance.profile).or_default() += 1;
    }
    // What the driver says it would make binds, too: it knows of engines that slots and slices do not tell.
    let left = |profile: &GpuInstanceProfile| {
        let made = counts.get(&profile.id).copied().unwrap_or(0);
        let told = gpu.remaining.get(&profile.id).copied().unwrap_or(u32::MAX);
        profile.max_instances.saturating_sub(made).min(told)
    };
    let start = Arrangements::beside(board, taken, compute);
    let fits = profiles.values().map(|profile| {
        let shape = Shape::from(profile);
        let mut arrangements = start.clone();
        let more = (0..left(profile)).map_while(|_| {
            arrangements = arrangements.with(&shape)?;
            Some(())
        });
        (profile.id, u32::try_from(more.count()).unwrap_or(u32::MAX))
    });
    let fits = fits.collect();
    let mut search = Search::new(board, profiles, &left);
    search.go_on(0, taken, compute);
    let Search { looked_at, best, .. } = search;
    let best = best.filter(|_| looked_at < MOST_LOOKED_AT);
    let (most, fullest, worst) =
        best.map_or((None, None, None), |[most, fullest, worst]| (Some(most), Some(fullest), Some(worst)));
    Outlook { fits, most, fullest, worst }
}

/// One profile at one place.
struct Piece {
    profile: ProfileId,
    mask: u64,
    compute: u32,
}

/// Goes through every set of pieces once: each set in the one order in which its pieces are listed.
struct Search {
    pieces: Vec<Piece>,
    compute_slices: u32,
    left: BTreeMap<ProfileId, u32>,
    added: BTreeMap<ProfileId, u32>,
    looked_at: u32,
    /// Most instances, most slots, fewest slots.
    best: Option<[Cut; 3]>,
}

impl Search {
    fn new(
        board: Board,
        profiles: &BTreeMap<ProfileId, GpuInstanceProfile>,
        left: &dyn Fn(&GpuInstanceProfile) -> u32,
    ) -> Self {
        let pieces = profiles.values().flat_map(|profile| {
            let masks = profile.placements.iter().filter_map(|placement| mask(*placement));
            masks.map(|mask| Piece { profile: profile.id, mask, compute: profile.compute_slices })
        });
        Search {
            pieces: pieces.collect(),
            compute_slices: board.compute_slices,
            left: profiles.values().map(|profile| (profile.id, left(profile))).collect(),
            added: BTreeMap::new(),
            looked_at: 0,
            best: None,
        }
    }

    fn go_on(&mut self, from: usize, taken: u64, compute: u32) {
        self.looked_at += 1;
        if self.looked_at >= MOST_LOOKED_AT {
            return;
        }
        let mut more = false;
        for index in 0..self.pieces.len() {
            let Some(piece) = self.pieces.get(index) else { return };
            let (profile, mask, slices) = (piece.profile, piece.mask, piece.compute);
            let left = self.left.get(&profile).copied().unwrap_or(0);
            let room = taken & mask == 0 && compute.saturating_add(slices) <= self.compute_slices;
            if !room || left == 0 {
                continue;
            }
            more = true;
            if index < from {
                continue;
            }
            self.count(profile, left - 1, 1);
            self.go_on(index + 1, taken | mask, compute + slices);
            self.count(profile, left, -1);
        }
        if !more {
            self.end(taken, compute);
        }
    }

    fn count(&mut self, profile: ProfileId, left: u32, by: i32) {
        self.left.insert(profile, left);
        let added = self.added.entry(profile).or_default();
        *added = added.saturating_add_signed(by);
        if *added == 0 {
            self.added.remove(&profile);
        }
    }

    /// Nothing more fits: one way to go on. Of equal ones the first found stays.
    fn end(&mut self, taken: u64, compute_slices: u32) {
        let slots = Slots::new(taken.count_ones());
        let cut = Cut { instances: self.added.clone(), slots, compute_slices };
        let Some([most, fullest, worst]) = &mut self.best else {
            self.best = Some([cut.clone(), cut.clone(), cut]);
            return;
        };
        let size = |cut: &Cut| (cut.slots, cut.compute_slices);
        if (cut.count(), size(&cut)) > (most.count(), size(most)) {
            *most = cut.clone();
        }
        let larger = |cut: &Cut| (size(cut), std::cmp::Reverse(cut.count()));
        if larger(&cut) > larger(fullest) {
            *fullest = cut.clone();
        }
        if size(&cut) < size(worst) {
            *worst = cut;
        }
    }
}

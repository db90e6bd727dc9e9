//! Where GPU instances go: what is asked for, checked against the profiles' placements.

use std::collections::BTreeSet;

use super::{Compute, HostError, Instance};
use crate::data::{Model, Profile};

/// An instance as asked for.
pub(super) struct Wish {
    /// As written in the host file, for messages.
    pub(super) text: String,
    pub(super) shape: Shape,
    pub(super) start: Option<u32>,
    pub(super) id: Option<u32>,
    /// Sizes of the compute instances in it. `None`: as the GPU says, one of its full size or none.
    pub(super) compute: Option<Vec<u32>>,
}

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Known(&'static Profile),
    /// A profile that the model's table does not have; it always comes with a start.
    Hidden {
        profile_id: u32,
        size: u32,
    },
}

type Place = (u32, u32);

/// Gives every wish a place and an id. Those with a start take it first; the others follow in order,
/// each at its first placement that leaves room for the rest.
pub(super) fn instances(model: &Model, wishes: &[Wish], full: bool) -> Result<Vec<Instance>, HostError> {
    within_limits(model, wishes)?;
    let mut places: Vec<Option<Place>> = vec![None; wishes.len()];
    for (index, wish) in wishes.iter().enumerate() {
        let Some(start) = wish.start else { continue };
        let place = asked_place(model, wish, start)?;
        if let Some(other) = taken_by(wishes, &places, place) {
            return Err(
                HostError::new(format!("slots {} are already taken by {other}", span(place))).at(&wish.text)
            );
        }
        set(&mut places, index, Some(place));
    }
    let mut stuck = None;
    if !fill(wishes, &mut places, 0, &mut stuck) {
        return Err(stuck.unwrap_or_else(|| HostError::new("the instances do not fit together")));
    }
    with_ids(model, wishes, &places, full)
}

/// No profile more often than it may be, and no more compute slices than there are.
fn within_limits(model: &Model, wishes: &[Wish]) -> Result<(), HostError> {
    let mut slices = 0;
    for (index, wish) in wishes.iter().enumerate() {
        let Shape::Known(profile) = wish.shape else { continue };
        let same =
            |other: &&Wish| matches!(other.shape, Shape::Known(p) if p.profile_id == profile.profile_id);
        let count = wishes.iter().take(index + 1).filter(same).count();
        if count > profile.max_instances as usize {
            let (most, name) = (profile.max_instances, &model.model);
            return Err(HostError::new(format!("{name} takes at most {most} of it")).at(&wish.text));
        }
        slices += profile.compute_slices;
        if slices > model.compute_slices {
            let (most, name) = (model.compute_slices, &model.model);
            return Err(HostError::new(format!(
                "this and those before need {slices} compute slices; {name} has {most}"
            ))
            .at(&wish.text));
        }
    }
    Ok(())
}

fn asked_place(model: &Model, wish: &Wish, start: u32) -> Result<Place, HostError> {
    match wish.shape {
        Shape::Known(profile) => {
            profile.placements.iter().copied().find(|(at, _)| *at == start).ok_or_else(|| {
                HostError::new(format!("it cannot start at {start}; expected {}", starts(profile)))
                    .at(&wish.text)
            })
        }
        Shape::Hidden { size, .. } if size > 0 && start.saturating_add(size) <= model.total_slots => {
            Ok((start, size))
        }
        Shape::Hidden { .. } => Err(HostError::new(format!(
            "start and size must lie within the {} slots of {}",
            model.total_slots, model.model
        ))
        .at(&wish.text)),
    }
}

/// Depth first over the wishes without a place. At most seven of them with at most seven placements
/// each, so trying everything is cheap; the first dead end is what greedy placing would have met, and
/// the one that a person understands.
fn fill(wishes: &[Wish], places: &mut [Option<Place>], from: usize, stuck: &mut Option<HostError>) -> bool {
    let Some((index, wish)) = wishes
        .iter()
        .enumerate()
        .skip(from)
        .find(|(index, _)| places.get(*index).copied().flatten().is_none())
    else {
        return true;
    };
    let Shape::Known(profile) = wish.shape else { return false };
    for place in &profile.placements {
        if taken_by(wishes, places, *place).is_none() {
            set(places, index, Some(*place));
            if fill(wishes, places, index + 1, stuck) {
                return true;
            }
            set(places, index, None);
        }
    }
    stuck.get_or_insert_with(|| {
        let taken: Vec<String> = wishes
            .iter()
            .zip(places.iter())
            .filter_map(|(other, place)| place.map(|place| format!("{} {}", other.text, span(place))))
            .collect();
        HostError::new(format!(
            "no room: it can start at {}, and taken are {}",
            starts(profile),
            if taken.is_empty() { "none".to_owned() } else { taken.join(", ") }
        ))
        .at(&wish.text)
    });
    false
}

/// The ids that the driver would give: instances of a size form one level of a binary tree over the
/// slots (whole GPU 0, halves 1 and 2, …). Unique by construction, the same for the same list.
fn with_ids(
    model: &Model,
    wishes: &[Wish],
    places: &[Option<Place>],
    full: bool,
) -> Result<Vec<Instance>, HostError> {
    let mut used = BTreeSet::new();
    for wish in wishes {
        if let Some(id) = wish.id.filter(|id| !used.insert(*id)) {
            return Err(HostError::new(format!("id {id} is used twice on this GPU")).at(&wish.text));
        }
    }
    let mut instances: Vec<Instance> = Vec::new();
    for (wish, place) in wishes.iter().zip(places) {
        let Some((start, size)) = *place else { continue };
        let natural = (model.total_slots / size).saturating_sub(1) + start / size;
        let id = wish.id.unwrap_or_else(|| (natural..).find(|id| !used.contains(id)).unwrap_or(natural));
        used.insert(id);
        let (profile_id, profile) = match wish.shape {
            Shape::Known(profile) => (profile.profile_id, Some(profile)),
            Shape::Hidden { profile_id, .. } => (profile_id, None),
        };
        let mut instance = Instance { id, profile_id, start, size, profile, compute: Vec::new() };
        instance.compute = compute(&instance, wish, full)?;
        instances.push(instance);
    }
    instances.sort_by_key(|instance| instance.id);
    Ok(instances)
}

/// The compute instances of a GPU instance, each beside the one before.
fn compute(instance: &Instance, wish: &Wish, full: bool) -> Result<Vec<Compute>, HostError> {
    let all = instance.slices();
    let sizes = match &wish.compute {
        Some(sizes) => sizes.clone(),
        None if full => vec![all],
        None => Vec::new(),
    };
    let mut start = 0_u32;
    let mut list = Vec::new();
    for size in sizes {
        if size == 0 || start.saturating_add(size) > all {
            let problem = format!("compute instances of {size} and more do not fit its {all} compute slices");
            return Err(HostError::new(problem).at(&wish.text));
        }
        list.push(Compute { start, size });
        start += size;
    }
    Ok(list)
}

/// How many more of a profile fit beside what is there.
pub(crate) fn remaining(model: &Model, profile: &Profile, there: &[Instance]) -> u32 {
    let same = there.iter().filter(|instance| instance.profile_id == profile.profile_id).count();
    let slices: u32 = there.iter().filter_map(|instance| instance.profile).map(|p| p.compute_slices).sum();
    let by_slices = model.compute_slices.saturating_sub(slices) / profile.compute_slices.max(1);
    let mut taken: Vec<Place> = there.iter().map(|instance| (instance.start, instance.size)).collect();
    let mut free = 0;
    for place in &profile.placements {
        if taken.iter().all(|other| !overlap(*other, *place)) {
            taken.push(*place);
            free += 1;
        }
    }
    let by_count = profile.max_instances.saturating_sub(u32::try_from(same).unwrap_or(u32::MAX));
    by_count.min(free).min(by_slices)
}

fn taken_by(wishes: &[Wish], places: &[Option<Place>], place: Place) -> Option<String> {
    let mut pairs = wishes.iter().zip(places);
    pairs.find_map(|(wish, other)| other.filter(|other| overlap(*other, place)).map(|_| wish.text.clone()))
}

fn overlap((start, size): Place, (other, length): Place) -> bool {
    start < other + length && other < start + size
}

fn set(places: &mut [Option<Place>], index: usize, place: Option<Place>) {
    if let Some(slot) = places.get_mut(index) {
        *slot = place;
    }
}

fn span((start, size): Place) -> String {
    if size == 1 { format!("{start}") } else { format!("{start}-{}", start + size - 1) }
}

fn starts(profile: &Profile) -> String {
    let starts: Vec<String> = profile.placements.iter().map(|(start, _)| start.to_string()).collect();
    starts.join(", ")
}

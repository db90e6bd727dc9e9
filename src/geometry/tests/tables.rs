//! Every model that is known, gone through from end to end.

use std::collections::{BTreeMap, BTreeSet};

use crate::geometry::{Fraction, outlook};
use crate::model::{
    Engines, Gpu, GpuInstance, GpuInstanceId, GpuInstanceProfile, ProfileId, SlicePlacement, Slots,
};

use super::*;

type Profiles = BTreeMap<ProfileId, GpuInstanceProfile>;

struct Model {
    name: String,
    slots: u32,
    compute_slices: u32,
    profiles: Profiles,
}

fn models() -> Vec<Model> {
    let text = include_str!("../../../integration-tests/nvml-sim/data/mig-profiles.json");
    let tables: serde_json::Value = serde_json::from_str(text).unwrap();
    let models = tables["models"].as_array().unwrap();
    models.iter().map(model).collect()
}

fn model(table: &serde_json::Value) -> Model {
    let number = |value: &serde_json::Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    let profile = |row: &serde_json::Value| {
        let placements = row["placements"].as_array().unwrap();
        let id = ProfileId::new(number(&row["profile_id"]));
        let profile = GpuInstanceProfile {
            id,
            name: row["name"].as_str().unwrap().to_owned(),
            compute_slices: number(&row["compute_slices"]),
            multiprocessors: 0,
            memory_mib: 0,
            max_instances: number(&row["max_instances"]),
            engines: Engines::default(),
            placements: placements.iter().map(|p| placement(number(&p[0]), number(&p[1]))).collect(),
        };
        (id, profile)
    };
    Model {
        name: table["model"].as_str().unwrap().to_owned(),
        slots: number(&table["total_slots"]),
        compute_slices: number(&table["compute_slices"]),
        profiles: table["profiles"].as_array().unwrap().iter().map(profile).collect(),
    }
}

fn placement(start: u32, size: u32) -> SlicePlacement {
    SlicePlacement { start: Slots::new(start), size: Slots::new(size) }
}

#[test]
fn slots_and_compute_slices_of_every_model_follow_from_its_profiles() {
    let models = models();
    assert_eq!(models.len(), 15);
    for model in &models {
        let board = Board { slots: Slots::new(model.slots), compute_slices: model.compute_slices };
        assert_eq!(Board::of(model.profiles.values()), board, "{}", model.name);
    }
    let sizes: BTreeSet<u32> = models.iter().map(|model| model.slots).collect();
    assert_eq!(sizes, [4, 8, 12].into());
}

#[test]
fn shares_are_those_that_nvidia_states() {
    let models = models();
    for (model, profile, compute, memory) in [
        ("A100-40GB", "1g.5gb", (1, 7), (1, 8)),
        ("A100-40GB", "3g.20gb", (3, 7), (4, 8)),
        ("A30-24GB", "2g.12gb", (2, 4), (2, 4)),
        ("RTX-PRO-6000-Blackwell-96GB", "1g.24gb", (1, 4), (3, 12)),
    ] {
        let model = models.iter().find(|one| one.name == model).unwrap();
        let profile = model.profiles.values().find(|one| one.name == profile).unwrap();
        let board = Board::of(model.profiles.values());
        let fraction = |(part, whole)| Fraction { part, whole };
        assert_eq!(board.compute(profile), fraction(compute));
        assert_eq!(board.memory(profile), Some(fraction(memory)));
    }
}

/// A set of instances, as the oracle goes through them: slots one by one, no masks.
#[derive(Clone, Default)]
struct State {
    placed: Vec<(ProfileId, SlicePlacement)>,
}

impl State {
    fn takes(&self, slot: u32) -> bool {
        self.placed.iter().any(|(_, at)| (at.start.get()..at.start.get() + at.size.get()).contains(&slot))
    }

    fn has_room(&self, model: &Model, profile: &GpuInstanceProfile, at: SlicePlacement) -> bool {
        let same = self.placed.iter().filter(|(id, _)| *id == profile.id).count();
        let slices: u32 = self.placed.iter().map(|(id, _)| model.profiles[id].compute_slices).sum();
        same < profile.max_instances as usize
            && slices + profile.compute_slices <= model.compute_slices
            && (at.start.get()..at.start.get() + at.size.get()).all(|slot| !self.takes(slot))
    }

    fn gpu(&self, model: &Model) -> Gpu {
        let instance = |(n, (profile, placement)): (usize, &(ProfileId, SlicePlacement))| GpuInstance {
            id: GpuInstanceId::new(u32::try_from(n).unwrap()),
            profile: *profile,
            placement: *placement,
            compute: BTreeSet::new(),
        };
        let instances = self.placed.iter().enumerate().map(instance);
        Gpu {
            profiles: model.profiles.clone(),
            instances: instances.map(|instance| (instance.id, instance)).collect(),
            ..Gpu::unread("0000:41:00.0".parse().unwrap(), "20b0".parse().unwrap())
        }
    }

    fn key(&self) -> BTreeSet<(ProfileId, SlicePlacement)> {
        self.placed.iter().copied().collect()
    }
}

/// Every set of instances that the model can hold.
fn every_state(model: &Model) -> Vec<State> {
    let (mut all, mut seen) = (vec![State::default()], BTreeSet::new());
    let mut next = 0;
    while let Some(state) = all.get(next).cloned() {
        next += 1;
        for profile in model.profiles.values() {
            for at in profile.placements.iter().filter(|at| state.has_room(model, profile, **at)) {
                let mut more = state.clone();
                more.placed.push((profile.id, *at));
                if seen.insert(more.key()) {
                    all.push(more);
                }
            }
        }
    }
    all
}

/// How many more of one profile fit, by trying.
fn most_of(model: &Model, state: &State, profile: &GpuInstanceProfile) -> u32 {
    let places = profile.placements.iter().filter(|at| state.has_room(model, profile, **at));
    let one_more = places.map(|at| {
        let mut more = state.clone();
        more.placed.push((profile.id, *at));
        1 + most_of(model, &more, profile)
    });
    one_more.max().unwrap_or(0)
}

fn slots(state: &State) -> u32 {
    state.placed.iter().map(|(_, at)| at.size.get()).sum()
}

/// For every model, every set of instances that it can hold, however they were made: what still fits is what
/// trying finds. Each size class of GPU has a model of its own; models whose tables differ in names alone are
/// gone through once.
#[test]
fn what_still_fits_is_exact_on_every_model_in_every_state() {
    let mut done = BTreeSet::new();
    let mut states = 0;
    for model in models() {
        let table: Vec<_> = model
            .profiles
            .values()
            .map(|p| (p.id, p.compute_slices, p.max_instances, p.placements.clone()))
            .collect();
        if !done.insert((model.slots, table)) {
            continue;
        }
        let every = every_state(&model);
        states += every.len();
        let maximal: Vec<&State> = every
            .iter()
            .filter(|state| {
                let mut pieces =
                    model.profiles.values().flat_map(|p| p.placements.iter().map(move |at| (p, at)));
                !pieces.any(|(profile, at)| state.has_room(&model, profile, *at))
            })
            .collect();
        // Ways to go on from every state with two instances at most, the empty one first.
        for state in every.iter().take_while(|state| state.placed.len() <= 2) {
            let ways: Vec<&&State> = maximal.iter().filter(|all| state.key().is_subset(&all.key())).collect();
            let outlook = outlook(&state.gpu(&model));
            let added: u32 = outlook.most.unwrap().instances.values().sum();
            let placed = |state: &State| u32::try_from(state.placed.len()).unwrap();
            let most = ways.iter().map(|all| placed(all) - placed(state)).max();
            assert_eq!(Some(added), most, "{} {:?}", model.name, state.placed);
            let sizes: BTreeSet<u32> = ways.iter().map(|all| slots(all)).collect();
            assert_eq!(Some(outlook.fullest.unwrap().slots.get()), sizes.last().copied(), "{}", model.name);
            assert_eq!(Some(outlook.worst.unwrap().slots.get()), sizes.first().copied(), "{}", model.name);
        }
        for state in &every {
            let outlook = outlook(&state.gpu(&model));
            for profile in model.profiles.values() {
                let expected = most_of(&model, state, profile);
                assert_eq!(outlook.fits[&profile.id], expected, "{} {:?}", model.name, state.placed);
            }
        }
    }
    // Tables differ in names more than in shape. None may have been forgotten.
    assert!(states >= 3_652 && done.len() >= 3, "{states} states of {} tables", done.len());
}

#[test]
fn what_the_driver_would_not_make_does_not_fit() {
    let model = models().into_iter().find(|one| one.slots == 12).unwrap();
    let all_media = ProfileId::new(65);
    let mut gpu = State { placed: vec![(all_media, placement(9, 3))] }.gpu(&model);
    let with_media = ProfileId::new(21);
    assert_eq!(outlook(&gpu).fits[&with_media], 1);
    gpu.remaining.insert(with_media, 0);
    let outlook = outlook(&gpu);
    assert_eq!(outlook.fits[&with_media], 0);
    assert!(!outlook.most.unwrap().instances.contains_key(&with_media));
}

#[test]
fn instances_prove_the_compute_slices_that_the_profiles_leave_out() {
    let model = models().into_iter().find(|one| one.name == "A100-40GB").unwrap();
    let (three, four) = (ProfileId::new(9), ProfileId::new(5));
    let state = State { placed: vec![(four, placement(0, 4)), (three, placement(4, 4))] };
    let mut gpu = state.gpu(&model);
    gpu.profiles.remove(&ProfileId::new(0));
    assert_eq!(Board::of(gpu.profiles.values()).compute_slices, 4);
    assert_eq!(Board::of_gpu(&gpu).compute_slices, 7);
}

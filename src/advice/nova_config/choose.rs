//! Which vGPU types a GPU is to give.

use std::collections::{BTreeMap, BTreeSet};

use super::Way;
use super::said::Asked;
use crate::model::{Gpu, MigMode, MigState, NovaView, ProfileId, VgpuInterface, VgpuType, VgpuTypeId};
use crate::planner::{Policy, VgpuRule};

/// Who chose a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// `--type`.
    CommandLine,
    /// Functions of the GPU have it.
    Functions,
    /// Nova's configuration names it.
    Nova,
    /// `devices.vgpu_types` names it.
    Policy,
    /// There is no other.
    Only,
}

/// The types of one GPU, and what is still to be chosen.
#[derive(Debug, Default)]
pub(super) struct Choice<'a> {
    pub(super) types: Vec<(&'a VgpuType, By)>,
    pub(super) asked: Vec<Asked>,
}

impl<'a> Choice<'a> {
    pub(super) fn of(gpu: &'a Gpu, nova: &NovaView, policy: &Policy, typed: &[VgpuRule], way: Way) -> Self {
        let mut choice = Choice::default();
        for profile in profiles(gpu) {
            match chosen(gpu, nova, policy, typed, profile) {
                Ok(types) => choice.types.extend(types),
                Err(asked) => choice.asked.push(asked),
            }
        }
        if way == Way::Passed && choice.types.len() > 1 {
            choice.one_alone(gpu);
        }
        choice
    }

    /// All functions of one GPU are one provider of Nova's, with one class and one set of traits.
    fn one_alone(&mut self, gpu: &Gpu) {
        let said = self.types.iter().filter(|(_, by)| *by == By::CommandLine);
        let said: BTreeSet<VgpuTypeId> = said.map(|(one, _)| one.id).collect();
        if said.len() == 1 {
            self.types.retain(|(one, _)| said.contains(&one.id));
            return;
        }
        let names = self.types.iter().map(|(one, _)| gpu.type_name(one.id)).collect();
        self.asked = vec![Asked::OneOf(names)];
        self.types.clear();
    }
}

/// The profiles that GPU instances have; `None`: the whole GPU.
fn profiles(gpu: &Gpu) -> BTreeSet<Option<ProfileId>> {
    match gpu.mig {
        MigMode::Supported { current: MigState::On, .. } => {
            let described = gpu.instances.values().map(|instance| instance.profile);
            described.filter(|id| gpu.profiles.contains_key(id)).map(Some).collect()
        }
        MigMode::Supported { current: MigState::Off, .. } | MigMode::Unsupported => [None].into(),
        MigMode::Unknown => BTreeSet::new(),
    }
}

fn chosen<'a>(
    gpu: &'a Gpu,
    nova: &NovaView,
    policy: &Policy,
    typed: &[VgpuRule],
    profile: Option<ProfileId>,
) -> Result<Vec<(&'a VgpuType, By)>, Asked> {
    let choices: BTreeMap<VgpuTypeId, &VgpuType> =
        gpu.vgpu.types.values().filter(|one| one.profile == profile).map(|one| (one.id, one)).collect();
    let by = |by: By, ids: BTreeSet<VgpuTypeId>| {
        let types: Vec<_> = ids.iter().filter_map(|id| choices.get(id)).map(|one| (*one, by)).collect();
        Some(types).filter(|types| !types.is_empty())
    };
    let rule =
        |rules: &[VgpuRule]| VgpuRule::choose(rules, gpu, profile).map(|one| one.id).into_iter().collect();
    let only = || if choices.len() == 1 { choices.keys().copied().collect() } else { BTreeSet::new() };
    by(By::CommandLine, rule(typed))
        .or_else(|| by(By::Functions, carried(gpu)))
        .or_else(|| by(By::Nova, configured(gpu, nova)))
        .or_else(|| by(By::Policy, rule(&policy.vgpu_types)))
        .or_else(|| by(By::Only, only()))
        .ok_or_else(|| {
            let home = profile.and_then(|id| gpu.profiles.get(&id)).map(|profile| profile.name.clone());
            let names: Vec<String> = choices.values().map(|one| one.name.clone()).collect();
            if names.is_empty() { Asked::NoType { home } } else { Asked::AnyOf { home, names } }
        })
}

/// The types that functions of the GPU have.
fn carried(gpu: &Gpu) -> BTreeSet<VgpuTypeId> {
    let vendor = gpu.functions.values().filter_map(|function| gpu.type_of(function));
    vendor.chain(gpu.mediated.values().map(|device| device.vgpu_type)).collect()
}

/// The types that Nova is told to make on functions that can make them.
fn configured(gpu: &Gpu, nova: &NovaView) -> BTreeSet<VgpuTypeId> {
    let functions = gpu.functions.values().map(|function| (function.address, &function.interface));
    let told = functions.chain([(gpu.address, &gpu.interface)]).filter_map(|(at, interface)| {
        let VgpuInterface::Mdev { types } = interface else { return None };
        nova.mdev_type_of(at)?.vgpu_type().filter(|id| types.contains_key(id))
    });
    told.collect()
}

//! Which functions of a GPU carry its vGPUs.

use std::collections::BTreeSet;

use super::{By, Way};
use crate::model::{Gpu, PciAddress, VgpuInterface, VgpuTypeId};

/// The functions of one GPU that are not given away yet.
#[derive(Debug)]
pub(super) struct Functions<'a> {
    gpu: &'a Gpu,
    taken: BTreeSet<PciAddress>,
}

/// How well a function suits a type; the best comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It has the type.
    Has,
    /// It is free, and could be given it now.
    Could,
    /// It is one that hands such types out, and something is in the way now.
    Later,
    /// It has another type.
    Other,
}

impl<'a> Functions<'a> {
    pub(super) fn of(gpu: &'a Gpu) -> Self {
        Functions { gpu, taken: BTreeSet::new() }
    }

    /// The functions for vGPUs of a type, at most as many as there can be, and how many vGPUs they are.
    pub(super) fn take(
        &mut self,
        id: VgpuTypeId,
        way: Way,
        by: By,
        most: Option<u32>,
    ) -> (Vec<PciAddress>, u32) {
        if let (Way::Mediated, VgpuInterface::Mdev { types }) = (way, &self.gpu.interface)
            && let Some(told) = types.get(&id)
        {
            let units = most.or(told.max_instances).unwrap_or(told.available);
            let own = if units > 0 { vec![self.gpu.address] } else { Vec::new() };
            return (own, units);
        }
        let mut fitting: Vec<(Fit, PciAddress)> = self.fitting(id);
        fitting.sort_unstable();
        let has = fitting.iter().filter(|(fit, _)| *fit == Fit::Has).count();
        // Functions that an operator gave a type to are what there is to be handed out. A type that nobody tells
        // the maximum of has those alone, too; and of several types of one GPU, each has its own.
        let several =
            self.gpu.functions.values().filter_map(|one| self.gpu.type_of(one)).any(|other| other != id);
        let settled = by == By::Functions && (way == Way::Passed || several && !self.gpu.mig.is_on());
        let most = most.map_or(has, |most| usize::try_from(most).unwrap_or(usize::MAX));
        let most = if settled { most.min(has) } else { most };
        let mut functions: Vec<PciAddress> = fitting.into_iter().take(most).map(|(_, at)| at).collect();
        functions.sort_unstable();
        self.taken.extend(functions.iter().copied());
        let units = u32::try_from(functions.len()).unwrap_or(u32::MAX);
        (functions, units)
    }

    fn fitting(&self, id: VgpuTypeId) -> Vec<(Fit, PciAddress)> {
        let free = self.gpu.functions.values().filter(|function| !self.taken.contains(&function.address));
        let fit = free.filter_map(|function| {
            let has = self.gpu.type_of(function);
            let fit = match (has, &function.interface) {
                (_, VgpuInterface::None) => return None,
                (_, VgpuInterface::Mdev { types }) if !types.contains_key(&id) => return None,
                (Some(has), _) if has == id => Fit::Has,
                (Some(_), _) => Fit::Other,
                (None, VgpuInterface::Mdev { types }) => {
                    if types.get(&id).is_some_and(|told| told.available > 0) {
                        Fit::Could
                    } else {
                        Fit::Later
                    }
                }
                (None, VgpuInterface::Vendor { creatable, .. }) => {
                    if creatable.contains_key(&id) {
                        Fit::Could
                    } else {
                        Fit::Later
                    }
                }
            };
            Some((fit, function.address))
        });
        fit.collect()
    }
}

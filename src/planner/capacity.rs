//! What one GPU can give to guests: its GPU instances, counted by profile id.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Claim, Gpu, Identity, Kind, MigMode, MigState, Offer, ProfileId, Reason, TraitName, marker,
};

/// The offers of a GPU that could be read, and, where there is none, why.
pub(super) fn offers(gpu: &Gpu) -> Result<Vec<Offer>, Reason> {
    match gpu.mig {
        MigMode::Supported { current: MigState::On, pending: MigState::Off } => {
            return Err(Reason::MigEnding);
        }
        MigMode::Supported { current: MigState::On, pending: MigState::On } => {}
        mode @ (MigMode::Supported { .. } | MigMode::Unsupported | MigMode::Unknown) => {
            return Err(Reason::NotMig(mode));
        }
    }
    let mut counts: BTreeMap<ProfileId, u32> = BTreeMap::new();
    for instance in gpu.instances.values() {
        let count = counts.entry(instance.profile).or_default();
        *count = count.saturating_add(1);
    }
    // An instance of a profile that the driver does not describe is a finding, not an offer.
    let offers: Vec<Offer> = counts.into_iter().filter_map(|(id, units)| offer(gpu, id, units)).collect();
    if offers.is_empty() { Err(Reason::NothingCut) } else { Ok(offers) }
}

fn offer(gpu: &Gpu, id: ProfileId, units: u32) -> Option<Offer> {
    let profile = gpu.profiles.get(&id)?;
    Some(Offer {
        identity: Identity { address: gpu.address, board: gpu.board, kind: Kind::Mig(id) },
        plain: profile.name.clone(),
        units,
        claims: claims(gpu, &profile.name),
    })
}

fn claims(gpu: &Gpu, profile: &str) -> BTreeSet<TraitName> {
    let mut claims = BTreeSet::from([Claim::trait_of_name(profile), Claim::trait_of_mig(), marker()]);
    // A board whose name could not be read is not claimed to be anything.
    if !gpu.product.is_empty() {
        claims.insert(Claim::trait_of_board(&gpu.product));
    }
    claims
}

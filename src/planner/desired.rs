//! One provider of ours on its way through the planner.

use std::collections::BTreeSet;

use crate::model::{
    Account, Claim, Identity, Inventory, NameTooLong, ObservedProvider, Offer, ProviderDecision,
    ProviderName, ProviderState, ProviderUuid, Reason, Step, TraitName,
};

/// One provider of ours, existing or to be, and what it should be.
#[derive(Debug)]
pub(super) struct Desired<'a> {
    pub(super) uuid: ProviderUuid,
    pub(super) identity: Identity,
    /// For people: `1g.5gb`; the id where no name is known any more.
    pub(super) plain: String,
    pub(super) name: Result<ProviderName, NameTooLong>,
    pub(super) existing: Option<&'a ObservedProvider>,
    pub(super) offer: Option<Offer>,
    /// Units of the offer that nothing new may be put on, and why.
    pub(super) ill: Option<(u32, String)>,
    pub(super) state: ProviderState,
    pub(super) reason: Reason,
    pub(super) to: Option<Inventory>,
    /// How `to` came about, where it follows the hardware.
    pub(super) account: Option<Account>,
    pub(super) claims: BTreeSet<TraitName>,
}

impl Desired<'_> {
    /// Units that exist.
    pub(super) fn exist(&self) -> u32 {
        self.offer.as_ref().map_or(0, |offer| offer.units)
    }

    pub(super) fn inventory(&self) -> Option<&Inventory> {
        self.existing.and_then(ObservedProvider::vgpu)
    }

    /// Units allocated, none where that was not read.
    pub(super) fn used(&self) -> u32 {
        self.existing.and_then(ObservedProvider::vgpu_used).unwrap_or(0)
    }

    /// Everything reserved, everything else as it is.
    pub(super) fn reserve(&mut self) {
        let used = self.used();
        self.state = ProviderState::Reserve;
        self.to = self.inventory().map(|inventory| {
            let total = inventory.total.max(used);
            Inventory { total, reserved: total, ..inventory.clone() }
        });
        self.claims = self.existing.map(our_claims).unwrap_or_default();
    }

    /// Exactly as it is.
    pub(super) fn hold(&mut self, reason: Reason) {
        self.state = ProviderState::Hold;
        self.reason = reason;
        self.to = self.inventory().cloned();
        self.claims = self.existing.map(our_claims).unwrap_or_default();
    }

    /// Whether it drains, publishes another total than exists, or has the name of an older driver too: then
    /// its usage matters by itself.
    pub(super) fn is_unsettled(&self) -> bool {
        let settled = |inventory: &Inventory| self.exist() > 0 && inventory.total == self.exist();
        let settled = |inventory| settled(inventory) && !self.has_an_older_name();
        self.state != ProviderState::Hold && !self.inventory().is_none_or(settled)
    }

    fn has_an_older_name(&self) -> bool {
        let (Some(existing), Some(offer)) = (self.existing, &self.offer) else { return false };
        let mut others = existing.traits.difference(&offer.claims);
        others.any(|name| Claim::decode(name).is_some_and(|claim| claim.is_offer()))
    }

    /// The provider, if it can have a usage and that was not read.
    pub(super) fn unread_usage(&self) -> Option<ProviderUuid> {
        self.inventory()?;
        self.existing.filter(|provider| provider.usages.is_none()).map(|provider| provider.uuid)
    }

    /// The same for people and reports.
    pub(super) fn decision(&self, steps: &[Step]) -> ProviderDecision {
        ProviderDecision {
            uuid: self.uuid,
            name: self.name.as_ref().map_or_else(|long| long.name.clone(), ToString::to_string),
            identity: self.identity,
            plain: self.plain.clone(),
            exists: self.existing.is_some(),
            state: self.state,
            reason: self.reason.clone(),
            from: self.inventory().cloned(),
            to: self.to.clone(),
            account: self.account.clone(),
            claims: self.claims.clone(),
            used: self.existing.and_then(ObservedProvider::vgpu_used),
            writes: steps.iter().filter(|step| step.provider == self.uuid).count(),
        }
    }
}

/// The traits of a provider that are claims in our grammar.
pub(super) fn our_claims(provider: &ObservedProvider) -> BTreeSet<TraitName> {
    provider.traits.iter().filter(|name| Claim::decode(name).is_some()).cloned().collect()
}

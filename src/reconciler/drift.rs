//! In which fields Placement differs from what was decided, as the steps of a plan show it. Pure.

use std::fmt;

use crate::model::{Action, Inventory};

/// Something of a provider that can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Provider,
    Name,
    TraitMissing,
    TraitStale,
    InventoryMissing,
    InventoryStale,
    Total,
    Reserved,
    MinUnit,
    MaxUnit,
    StepSize,
    AllocationRatio,
}

impl Field {
    pub(super) const ALL: [Field; 12] = [
        Field::Provider,
        Field::Name,
        Field::TraitMissing,
        Field::TraitStale,
        Field::InventoryMissing,
        Field::InventoryStale,
        Field::Total,
        Field::Reserved,
        Field::MinUnit,
        Field::MaxUnit,
        Field::StepSize,
        Field::AllocationRatio,
    ];
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Field::Provider => "provider",
            Field::Name => "name",
            Field::TraitMissing => "trait_missing",
            Field::TraitStale => "trait_stale",
            Field::InventoryMissing => "inventory_missing",
            Field::InventoryStale => "inventory_stale",
            Field::Total => "total",
            Field::Reserved => "reserved",
            Field::MinUnit => "min_unit",
            Field::MaxUnit => "max_unit",
            Field::StepSize => "step_size",
            Field::AllocationRatio => "allocation_ratio",
        })
    }
}

/// The fields that a step is there for; each trait counts.
pub(super) fn differences(action: &Action) -> Vec<Field> {
    match action {
        Action::Create { .. } => vec![Field::Provider],
        Action::Rename { .. } => vec![Field::Name],
        Action::Delete => Vec::new(),
        Action::SetTraits { added, removed, .. } => {
            let missing = added.iter().map(|_| Field::TraitMissing);
            missing.chain(removed.iter().map(|_| Field::TraitStale)).collect()
        }
        Action::SetInventories { from: None, to: Some(_), .. } => vec![Field::InventoryMissing],
        Action::SetInventories { to: None, .. } => vec![Field::InventoryStale],
        Action::SetInventories { from: Some(from), to: Some(to), .. } => records(from, to),
    }
}

fn records(from: &Inventory, to: &Inventory) -> Vec<Field> {
    let fields = [
        (from.total != to.total, Field::Total),
        (from.reserved != to.reserved, Field::Reserved),
        (from.min_unit != to.min_unit, Field::MinUnit),
        (from.max_unit != to.max_unit, Field::MaxUnit),
        (from.step_size != to.step_size, Field::StepSize),
        (from.allocation_ratio != to.allocation_ratio, Field::AllocationRatio),
    ];
    fields.into_iter().filter(|(differs, _)| *differs).map(|(_, field)| field).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::AllocationRatio;

    #[test]
    fn only_what_differs_is_named() {
        let to = Inventory {
            total: 7,
            reserved: 0,
            min_unit: 1,
            max_unit: 1,
            step_size: 1,
            allocation_ratio: AllocationRatio::ONE,
        };
        let set = |from: Option<Inventory>, to: Option<Inventory>| {
            differences(&Action::SetInventories { from, to, others: BTreeMap::new() })
        };
        let drifted = Inventory { reserved: 3, max_unit: 7, ..to.clone() };
        assert_eq!(set(Some(drifted), Some(to.clone())), [Field::Reserved, Field::MaxUnit]);
        assert_eq!(set(None, Some(to.clone())), [Field::InventoryMissing]);
        assert_eq!(set(Some(to), None), [Field::InventoryStale]);
    }
}

//! The promise, checked on a tree as it is: nothing beyond the hardware, nothing without its traits.

use std::collections::BTreeMap;

use nvidia_placement_agent::geometry::fits;
use nvidia_placement_agent::model::{Identity, PciAddress};

use crate::direct::Shown;
use crate::hosts::{board, shape};

/// What is wrong with what each A100 may come to hold: by slots, and by whether there is an arrangement.
///
/// For each provider of ours: what it stands for, and the larger of what it offers and what is allocated.
pub(crate) fn broken(promised: impl IntoIterator<Item = (Identity, u32)>) -> Option<String> {
    let mut gpus: BTreeMap<PciAddress, Vec<_>> = BTreeMap::new();
    for (identity, units) in promised {
        let shape = shape(identity.kind);
        gpus.entry(identity.address).or_default().push((shape, units, identity.kind));
    }
    gpus.into_iter().find_map(|(address, kinds)| {
        let slots: u32 = kinds.iter().map(|(shape, units, _)| shape.size().get() * units).sum();
        let wanted: Vec<_> = kinds.iter().map(|(shape, units, _)| (shape, *units)).collect();
        let shown: Vec<String> = kinds.iter().map(|(_, units, kind)| format!("{units} x {kind}")).collect();
        (slots > 8 || !fits(board(), &wanted))
            .then(|| format!("{address} promises {slots} slots: {}", shown.join(", ")))
    })
}

/// Fails if the tree breaks the promise.
pub(crate) fn assert_kept(tree: &BTreeMap<String, Shown>, when: &str) {
    let ours = tree.iter().filter_map(|(name, shown)| Some((Identity::from_name(name)?, shown)));
    let units = |shown: &Shown| u32::try_from(shown.offered().max(shown.used())).unwrap();
    assert_eq!(broken(ours.clone().map(|(identity, shown)| (identity, units(shown)))), None, "{when}");
    for (_, shown) in ours.filter(|(_, shown)| shown.offered() > 0) {
        let has = |part: &str| shown.traits.iter().any(|name| name.contains(part));
        let complete = has("CUSTOM_NVIDIA_PLACEMENT_AGENT") && has("CUSTOM_NVIDIA_BOARD_") && has("GB");
        assert!(complete, "{when}: schedulable without its traits: {shown:?}");
    }
}

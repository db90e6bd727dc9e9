//! What a GPU's condition means for what is offered of it.
//!
//! The driver's recovery action is the authority where it is told: it says whether a GPU may take new guests,
//! and it survives a restart of this program. Counters and XID events speak where it is silent.

use std::collections::BTreeMap;

use crate::model::{Gpu, GpuInstanceId, Kind, ParseError, RecoveryAction, Xid};

use super::xid_table;

/// What is done about a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthAction {
    /// Nothing.
    Ignore,
    /// It is said.
    Warn,
    /// It is said, and nothing new is put on the GPU, or on the GPU instance that it concerns: a counter or an
    /// action of the driver until it reads otherwise, an XID until something shows that the GPU was reset.
    Reserve,
}

impl std::str::FromStr for HealthAction {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "ignore" => Ok(HealthAction::Ignore),
            "warn" => Ok(HealthAction::Warn),
            "reserve" => Ok(HealthAction::Reserve),
            _ => Err(ParseError::new("what to do", text, "\"ignore\", \"warn\" or \"reserve\"")),
        }
    }
}

/// What the operator wants done about each condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthPolicy {
    /// The driver says that something is needed to make the GPU well.
    pub recovery_action: HealthAction,
    /// A row of memory could not be replaced: no spare one is left.
    pub row_remapping_failed: HealthAction,
    /// A row of memory will be replaced at the next reset.
    pub row_remapping_pending: HealthAction,
    /// Uncorrectable ECC errors since the last reset, of which the driver does not say what they need.
    pub uncorrectable_ecc: HealthAction,
    /// XIDs that are treated otherwise than [`xid_table`] has it.
    pub xids: BTreeMap<u32, HealthAction>,
}

impl Default for HealthPolicy {
    /// After NVIDIA's "GPU Memory Error Management", section "Error Recovery and Response Flags": with a
    /// replacement pending "new workloads can be launched"; a failed one is a reason to exchange the GPU.
    fn default() -> Self {
        HealthPolicy {
            recovery_action: HealthAction::Reserve,
            row_remapping_failed: HealthAction::Reserve,
            row_remapping_pending: HealthAction::Warn,
            uncorrectable_ecc: HealthAction::Reserve,
            xids: BTreeMap::new(),
        }
    }
}

impl HealthPolicy {
    /// What is done about an XID.
    pub(super) fn xid(&self, code: u32) -> HealthAction {
        self.xids.get(&code).copied().unwrap_or_else(|| xid_table::action(code))
    }
}

/// Something that is wrong with a GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ailment {
    /// What was seen.
    pub(super) what: String,
    /// The GPU instance that it concerns; none when it is the whole GPU.
    pub(super) instance: Option<GpuInstanceId>,
    /// Never [`HealthAction::Ignore`].
    pub(super) action: HealthAction,
    /// Whether it is an event, which was told once.
    pub(super) xid: bool,
}

/// Everything that is wrong with a GPU, the driver's own verdict first.
pub(super) fn ailments(gpu: &Gpu, policy: &HealthPolicy) -> Vec<Ailment> {
    let mut found = Vec::new();
    let mut note = |action: HealthAction, instance: Option<GpuInstanceId>, xid: bool, what: String| {
        if action != HealthAction::Ignore {
            found.push(Ailment { what, instance, action, xid });
        }
    };
    let health = &gpu.health;
    if let Some(action) = health.recovery.filter(|action| *action != RecoveryAction::None) {
        note(policy.recovery_action, None, false, format!("the driver asks for a recovery: {action}"));
    }
    if let Some(rows) = health.remapping {
        if rows.failed {
            let what = "a row of memory could not be replaced, no spare one is left".to_owned();
            note(policy.row_remapping_failed, None, false, what);
        }
        if rows.pending {
            let what = "a row of memory is replaced at the next GPU reset".to_owned();
            note(policy.row_remapping_pending, None, false, what);
        }
    }
    if health.retirement.is_some_and(|pages| pages.pending) {
        let what = "a page of memory is retired at the next GPU reset".to_owned();
        note(policy.row_remapping_pending, None, false, what);
    }
    if health.recovery.is_none()
        && let Some(errors) = health.uncorrectable_volatile.filter(|errors| *errors > 0)
    {
        let what = format!("{errors} uncorrectable ECC errors since the last GPU reset");
        note(policy.uncorrectable_ecc, None, false, what);
    }
    for Xid { code, instance } in &health.xids {
        let action = policy.xid(*code);
        // An instance that is gone has taken its trouble with it.
        if instance.is_none_or(|id| gpu.instances.contains_key(&id)) {
            note(action, *instance, true, format!("XID {code} ({})", xid_table::Meaning(*code)));
        }
    }
    found
}

/// Why nothing new may be put on any part of a GPU.
pub(super) fn reserved_for(gpu: &Gpu, policy: &HealthPolicy) -> Option<String> {
    let whole = |ailment: &Ailment| ailment.action == HealthAction::Reserve && ailment.instance.is_none();
    let reasons: Vec<String> =
        ailments(gpu, policy).into_iter().filter(whole).map(|ailment| ailment.what).collect();
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// The GPU instances that nothing new may be put on, each with the reason.
pub(super) fn ill_instances(gpu: &Gpu, policy: &HealthPolicy) -> BTreeMap<GpuInstanceId, String> {
    let ill = ailments(gpu, policy).into_iter().filter(|ailment| ailment.action == HealthAction::Reserve);
    ill.filter_map(|ailment| Some((ailment.instance?, ailment.what))).collect()
}

/// How many units of a kind nothing new may be put on, because of the GPU instances that they are in, and why.
/// Which of them a guest holds is not in Placement: so many are reserved, whichever they are.
pub(super) fn ill_units(gpu: &Gpu, policy: &HealthPolicy, kind: Kind) -> Option<(u32, String)> {
    let (profile, each) = match kind {
        Kind::Mig(id) => (id, 1),
        Kind::Vgpu(id) => {
            let vgpu_type = gpu.vgpu.types.get(&id)?;
            (vgpu_type.profile?, vgpu_type.max_per_gpu_instance.unwrap_or(1))
        }
    };
    let here = |id: &GpuInstanceId| gpu.instances.get(id).is_some_and(|one| one.profile == profile);
    let ill: Vec<_> = ill_instances(gpu, policy).into_iter().filter(|(id, _)| here(id)).collect();
    let (first, why) = ill.first()?;
    let units = u32::try_from(ill.len()).unwrap_or(u32::MAX).saturating_mul(each);
    Some((units, format!("GPU instance {first}: {why}")))
}

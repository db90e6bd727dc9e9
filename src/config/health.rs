//! `[health]`: what the operator wants done about each condition of a GPU.

use std::collections::BTreeMap;

use super::ConfigError;
use super::fragments::HealthFragment;
use super::values::Parsed;
use crate::planner::{HealthAction, HealthPolicy};

/// Refuses an XID that is to be treated in two ways.
pub(super) fn policy(from: HealthFragment) -> Result<HealthPolicy, ConfigError> {
    let default = HealthPolicy::default();
    let or = |written: Option<Parsed<HealthAction>>, default| written.map_or(default, |action| action.0);
    let mut xids = BTreeMap::new();
    let lists = [
        (from.xid_reserve, HealthAction::Reserve),
        (from.xid_warn, HealthAction::Warn),
        (from.xid_ignore, HealthAction::Ignore),
    ];
    for (list, action) in lists {
        for code in list.map_or_else(Vec::new, |list| list.0) {
            if xids.insert(code.0, action).is_some_and(|before| before != action) {
                let said = format!("XID {} is in two of health.xid_reserve, xid_warn and xid_ignore", code.0);
                return Err(ConfigError::Together(said));
            }
        }
    }
    Ok(HealthPolicy {
        recovery_action: or(from.recovery_action, default.recovery_action),
        row_remapping_failed: or(from.row_remapping_failed, default.row_remapping_failed),
        row_remapping_pending: or(from.row_remapping_pending, default.row_remapping_pending),
        uncorrectable_ecc: or(from.uncorrectable_ecc, default.uncorrectable_ecc),
        xids,
    })
}

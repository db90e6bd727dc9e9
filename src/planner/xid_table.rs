//! What each XID means for new guests.
//!
//! Source: NVIDIA, "Analyzing Xid Errors with the Xid Catalog" (docs.nvidia.com/deploy/xid-errors), for Ampere
//! and later: the column "Resolution Bucket (Immediate HealthAction)". What asks for a reset or a reboot reserves;
//! what asks to restart the application, or nothing, is the guest's own affair; what sends to a workflow or to
//! support is said.

use super::HealthAction;

/// What is known of one XID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) action: HealthAction,
    /// NVIDIA's description and immediate action.
    pub(super) meaning: &'static str,
}

const fn reserve(meaning: &'static str) -> Entry {
    Entry { action: HealthAction::Reserve, meaning }
}

const fn warn(meaning: &'static str) -> Entry {
    Entry { action: HealthAction::Warn, meaning }
}

/// The entry of an XID; those that the catalogue does not act upon are said.
pub(super) fn entry(code: u32) -> Entry {
    match code {
        // RESET_GPU
        46 => reserve("GPU stopped processing: RESET_GPU"),
        62 => reserve("internal micro-controller halt: RESET_GPU"),
        64 => reserve("GPU memory remapping failure: RESET_GPU"),
        95 => reserve("uncontained memory error: RESET_GPU"),
        109 => reserve("context switch timeout: RESET_GPU"),
        110 => reserve("security fault: RESET_GPU"),
        119 => reserve("GSP RPC timeout: RESET_GPU"),
        120 => reserve("GSP error: RESET_GPU"),
        136 => reserve("link training failed: RESET_GPU"),
        140 => reserve("unrecovered ECC error: RESET_GPU"),
        143 => reserve("GPU initialization error: RESET_GPU"),
        155 => reserve("NVLINK software-defined error: RESET_GPU"),
        156 => reserve("resource retirement event: RESET_GPU"),
        158 => reserve("GPU fatal timeout: RESET_GPU"),
        // RESTART_BM: the bare metal
        79 => reserve("GPU has fallen off the bus: RESTART_BM"),
        // WORKFLOW_XID_48: a reset, unless the driver's recovery action says that none is needed.
        48 => reserve("double-bit ECC error: WORKFLOW_XID_48"),
        // No action is given; the name says enough.
        167 => reserve("PCIe fatal timeout"),
        54 => warn("auxiliary power is not connected: CHECK_MECHANICALS"),
        74 => warn("NVLINK error: WORKFLOW_NVLINK_ERR"),
        78 => warn("vGPU start error: UPDATE_SWFW"),
        92 => warn("high single-bit ECC error rate"),
        121 => warn("C2C link error"),
        144..=150 => warn("NVLINK error: WORKFLOW_NVLINK5_ERR"),
        157 => warn("resource retirement failure"),
        161 => warn("channel retirement failure"),
        168 => warn("reduced GPU memory capacity"),
        171 | 172 => warn("uncorrectable error, in addition to XID 48"),
        // RESTART_APP, RESTART_VM, IGNORE; 45 and 154 only follow another XID or the recovery action.
        8
        | 11
        | 13
        | 14
        | 25
        | 31
        | 32
        | 37..=41
        | 43..=45
        | 60
        | 63
        | 66..=72
        | 75..=77
        | 80
        | 82..=86
        | 88
        | 89
        | 93
        | 94
        | 96..=108
        | 126..=135
        | 137
        | 139
        | 141
        | 151..=154
        | 160 => Entry { action: HealthAction::Ignore, meaning: "concerns its application alone" },
        _ => warn("NVIDIA's catalogue gives no action for it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogues_actions_are_followed() {
        let actions = |codes: &[u32]| codes.iter().map(|code| entry(*code).action).collect::<Vec<_>>();
        let reset = [46, 62, 64, 95, 109, 110, 119, 120, 136, 140, 143, 155, 156, 158, 79];
        assert!(actions(&reset).iter().all(|action| *action == HealthAction::Reserve));
        let application = [8, 13, 31, 43, 45, 63, 68, 94, 105, 128, 139, 154];
        assert!(actions(&application).iter().all(|action| *action == HealthAction::Ignore));
        // "Unused" in the catalogue, and what it does not know yet.
        assert!(actions(&[1, 12, 61, 118, 999, u32::MAX]).iter().all(|action| *action == HealthAction::Warn));
    }
}

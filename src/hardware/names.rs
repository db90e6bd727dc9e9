//! The name of a GPU-instance profile. Pure.

use super::nvml::ProfileFacts;

/// NVML's name without its `MIG ` prefix, or `None` where it tells none (or an empty one).
pub(super) fn told(facts: &ProfileFacts) -> Option<String> {
    let name = facts.name.as_deref()?.trim_start();
    let name = name.strip_prefix("MIG ").unwrap_or(name).trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The name that NVIDIA's tools would print, made from what drivers without names tell: slices, memory and
/// which enum answered. Without the enum's suffix an A100's `1g.5gb` and `1g.5gb+me` would have one name.
pub(super) fn made_up(facts: &ProfileFacts, number: Option<u32>, total_bytes: Option<u64>) -> String {
    let gigabytes = gigabytes(facts.memory_mib, total_bytes);
    format!("{}g.{gigabytes}gb{}", facts.slices, number.map_or("", suffix))
}

/// NVIDIA's rule (`getMigMemorySizeGB` of go-nvlib): the slice's part of the whole, rounded up to eighths, of
/// the whole in GiB, rounded up. 40192 MiB of an 80 GiB card are `40gb`, though they are 39.25 GiB. Where the
/// whole is not known: GiB, rounded.
fn gigabytes(slice_mib: u64, total_bytes: Option<u64>) -> u64 {
    const MIB: u64 = 1 << 20;
    const GIB: u64 = 1 << 30;
    match total_bytes.filter(|total| *total > 0) {
        Some(total) => {
            let eighths = slice_mib.saturating_mul(MIB).saturating_mul(8).div_ceil(total);
            (eighths.saturating_mul(total.div_ceil(GIB)).saturating_add(4)) / 8
        }
        None => slice_mib.saturating_add(512) / 1024,
    }
}

/// What `NVML_GPU_INSTANCE_PROFILE_*` says beyond the number of slices.
fn suffix(number: u32) -> &'static str {
    match number {
        7 | 8 => "+me",       // 1_SLICE_REV1, 2_SLICE_REV1
        10..=12 => "+gfx",    // 1_, 2_, 4_SLICE_GFX
        13 | 14 => "-me",     // 1_, 2_SLICE_NO_ME
        15 | 16 => "+me.all", // 1_, 2_SLICE_ALL_ME
        _ => "",
    }
}

//! vGPU types by board: ids and names from `data/vgpu-types.json`, the rest from the name.

use serde::Deserialize;

use super::{Model, Profile};

#[derive(Deserialize)]
struct Tables {
    boards: Vec<Board>,
}

#[derive(Deserialize)]
struct Board {
    models: Vec<String>,
    types: Vec<(u32, String)>,
}

/// A vGPU type of a simulated GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VgpuType {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) framebuffer_mib: u64,
    /// On the whole GPU.
    pub(crate) max_instances: u32,
    pub(crate) max_per_vm: u32,
    /// The GPU-instance profile that it lives in; `None` for a time-sliced one.
    pub(crate) profile_id: Option<u32>,
    /// In one GPU instance; 0 for a time-sliced one.
    pub(crate) max_per_gpu_instance: u32,
}

/// Virtual functions of a GPU, which the vGPUs of an SR-IOV GPU need one each of. Facts: an A40-1B, of which 48
/// would fit by memory, has `max_instance=32`.
const VIRTUAL_FUNCTIONS: u32 = 32;

/// The types that the data has for a board: those inside MIG when MIG is on, the time-sliced ones when it is off
/// (assumed; a driver does list both).
pub(crate) fn types(
    board: &str,
    model: Option<&'static Model>,
    memory_mib: u64,
    mig_on: bool,
) -> Vec<VgpuType> {
    let tables = serde_json::from_str::<Tables>(include_str!("../../data/vgpu-types.json"));
    let boards = tables.map(|tables| tables.boards).unwrap_or_default();
    let Some(board) = boards.into_iter().find(|one| one.models.iter().any(|name| name == board)) else {
        return Vec::new();
    };
    let known = board.types.into_iter().filter_map(|(id, name)| by_name(id, name, model, memory_mib));
    known.filter(|one| one.profile_id.is_some() == mig_on).collect()
}

/// `<board>-<gb><series>` is time-sliced, `<board>-<slices>-<gb><series>` lives in the GPU-instance profile of as
/// many slices and GiB. Class by series (assumed): C computes, Q is Quadro, everything else NVS.
fn by_name(id: u32, name: String, model: Option<&'static Model>, memory_mib: u64) -> Option<VgpuType> {
    let mut parts = name.rsplit('-');
    let last = parts.next()?;
    let digits = last.find(|c: char| !c.is_ascii_digit())?;
    let (gib, series) = last.split_at_checked(digits)?;
    let gib: u32 = gib.parse().ok()?;
    let slices = parts.next().and_then(|part| part.parse::<u32>().ok());
    let class = match series.chars().next() {
        Some('C') => "Compute",
        Some('Q') => "Quadro",
        _ => "NVS",
    };
    let suffix = if series.ends_with("ME") { "+me" } else { "" };
    let profile: Option<&Profile> = match slices {
        None => None,
        Some(slices) => {
            let wanted = format!("{slices}g.{gib}gb{suffix}");
            Some(model?.profiles.iter().find(|profile| profile.name == wanted)?)
        }
    };
    // The board's round size: 46068 MiB are 48 GB to whoever names the types.
    let fit = u32::try_from(memory_mib.div_ceil(1024).div_ceil(8) * 8).unwrap_or(0) / gib.max(1);
    Some(VgpuType {
        id,
        class: class.to_owned(),
        framebuffer_mib: u64::from(gib) * 1024,
        max_instances: profile.map_or(fit.clamp(1, VIRTUAL_FUNCTIONS), |profile| profile.max_instances),
        max_per_vm: 1,
        profile_id: profile.map(|profile| profile.profile_id),
        max_per_gpu_instance: u32::from(profile.is_some()),
        name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::models;

    fn of(board: &str, mig: bool, memory_mib: u64) -> Vec<VgpuType> {
        types(board, models().iter().find(|model| model.model == board), memory_mib, mig)
    }

    #[test]
    fn a_name_tells_where_a_type_lives_and_how_many_fit() {
        let inside = of("A100-40GB", true, 40960);
        let told: Vec<_> = inside
            .iter()
            .map(|one| (one.id, one.profile_id, one.max_instances, one.framebuffer_mib))
            .collect();
        let five =
            [(474, Some(19), 7), (475, Some(14), 3), (476, Some(9), 2), (477, Some(5), 1), (478, Some(0), 1)];
        let gib = [5, 10, 20, 20, 40];
        let mut expected: Vec<_> =
            five.iter().zip(gib).map(|(&(id, profile, most), gib)| (id, profile, most, gib * 1024)).collect();
        expected.push((706, Some(20), 1, 5 * 1024));
        assert_eq!(told, expected);

        let sliced = of("A40", false, 46068);
        assert_eq!(sliced.len(), 29);
        let first = sliced.first().map(|one| (one.id, one.max_instances, one.class.as_str(), one.profile_id));
        assert_eq!(first, Some((555, 32, "NVS", None)));
        assert_eq!(of("A100-40GB", false, 40960).first().map(|one| one.max_instances), Some(10));
        assert!(of("A40", true, 46068).is_empty() && of("no such board", false, 1).is_empty());
    }

    #[test]
    fn every_type_of_the_data_is_understood() {
        for (board, mib, all) in
            [("A30-24GB", 24576, 9), ("A16", 15356, 15), ("L40S", 46068, 23), ("T4", 15360, 10)]
        {
            assert_eq!(of(board, true, mib).len() + of(board, false, mib).len(), all, "{board}");
        }
    }
}

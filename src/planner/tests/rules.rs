//! `devices.vgpu_types`: which entry is taken, and what is refused.

use super::build::*;
use crate::model::*;
use crate::planner::VgpuRule;

fn rules(texts: &[&str]) -> Vec<VgpuRule> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn chosen(texts: &[&str], address: &str, profile: Option<u32>) -> Option<u32> {
    let gpu = with_vgpus(gpu(address, &[]), &A100_TYPES, 0);
    VgpuRule::choose(&rules(texts), &gpu, profile.map(ProfileId::new)).map(|one| one.id.get())
}

#[test]
fn the_first_entry_that_fits_and_is_supported_is_taken() {
    for (texts, time_sliced, in_a_slice) in [
        (&["GRID A100-10C"][..], Some(470), None),
        (&["nvidia l40s-8q", "a100-10c"], Some(470), None),
        (&["470", "nvidia-474"], Some(470), Some(474)),
        (&["GRID A100-20C", "GRID A100-10C"], Some(471), None),
        (&["0000:41:00.0 = GRID A100-20C", "GRID A100-10C"], Some(471), None),
        (&["0000:81:* = GRID A100-20C", "GRID A100-10C"], Some(470), None),
        (&["00000000:41:00.0=471"], Some(471), None),
        (&["*:4?:*=471"], None, None),
        (&["*41*.0 = 471", "0000:41:00.0 1g.5gb = 474"], Some(471), Some(474)),
        (&["2g.10gb = GRID A100-1-5C"], None, None),
        (&["MIG-1"], None, None),
        (&[], None, None),
    ] {
        let texts: Vec<&str> =
            texts.iter().copied().filter(|text| text.parse::<VgpuRule>().is_ok()).collect();
        assert_eq!(chosen(&texts, A, None), time_sliced, "{texts:?}");
        assert_eq!(chosen(&texts, A, Some(19)), in_a_slice, "{texts:?}");
    }
}

#[test]
fn what_is_no_rule_is_refused_with_what_is_expected() {
    for (text, expected) in [
        ("", "TYPE, or WHERE = TYPE"),
        ("0000:41:00.0 =", "TYPE, or WHERE = TYPE"),
        ("= GRID A100-10C", "TYPE, or WHERE = TYPE"),
        ("0000:41:00 = GRID A100-10C", "a PCI address"),
        ("0000:4g:* = GRID A100-10C", "a PCI address"),
        ("*:4?:* = 471", "a PCI address"),
        ("0000:41:00.0 0000:42:00.0 = GRID A100-10C", "several need an entry each"),
        ("first = GRID A100-10C", "a PCI address or a profile"),
        ("1g.5gb 2g.10gb = 474", "one profile"),
        ("1g.5gb", "not a GPU-instance profile"),
        ("0000:41:00.0 = 1g.5gb", "not a GPU-instance profile"),
    ] {
        let error = text.parse::<VgpuRule>().unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(&format!("{text:?}")), "{text:?}: {error}");
    }
}

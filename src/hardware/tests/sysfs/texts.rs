//! Texts from anywhere are understood or refused, never a panic.

use proptest::prelude::*;

use crate::hardware::sysfs::parse;
use crate::model::VgpuTypeId;

#[test]
fn what_a_driver_writes_is_understood() {
    let text = "num_heads=4, frl_config=45, framebuffer=1024M, max_resolution=5120x2880, max_instance=32";
    let description = parse::description(text);
    assert_eq!((description.framebuffer_mib, description.max_instances), (Some(1024), Some(32)));
    assert_eq!(parse::description("nothing of the kind"), parse::Description::default());

    let listed =
        parse::creatable("ID    : vGPU Name\n1147  : NVIDIA L40S-1Q\n1148  : NVIDIA L40S: 2Q").unwrap();
    let names: Vec<_> = listed.iter().map(|(id, name)| (id.get(), name.as_str())).collect();
    assert_eq!(names, [(1147, "NVIDIA L40S-1Q"), (1148, "NVIDIA L40S: 2Q")]);
    assert_eq!(parse::creatable("ID    : vGPU Name").map(|types| types.len()), Some(0));
    assert_eq!(parse::creatable("").map(|types| types.len()), Some(0));
    for bad in ["one", "1147 NVIDIA L40S-1Q", "x : y", "1 : a\nID : b", "-1 : a"] {
        assert_eq!(parse::creatable(bad), None, "{bad}");
    }

    assert_eq!(parse::current_type("0"), Some(None));
    assert_eq!(parse::current_type("1147"), Some(Some(VgpuTypeId::new(1147))));
    assert_eq!(parse::numa_node("-1"), Some(None));
    assert_eq!(parse::numa_node("-2"), None);
    assert_eq!(parse::id_once_there("4294967295"), Some(None));
    assert_eq!(parse::id_once_there("-1"), Some(None));
    assert_eq!(parse::hexadecimal("0x030200"), Some(0x03_0200));
    assert_eq!(parse::hexadecimal("10de"), None);
    assert_eq!(parse::board("0x20b0").unwrap().to_string(), "20b0");
    assert_eq!(parse::board("0x120b0"), None);
    assert_eq!(parse::mdev_type("nvidia-474"), Some(VgpuTypeId::new(474)));
    assert_eq!(parse::mdev_type("i915-GVTg_V5_4"), None);
}

proptest! {
    #[test]
    fn any_text_is_taken_or_refused(text in "(?s).{0,200}") {
        let _ = parse::creatable(&text);
        let _ = parse::description(&text);
        let _ = (parse::number(&text), parse::numa_node(&text), parse::hexadecimal(&text));
        let _ = (parse::id_once_there(&text), parse::current_type(&text), parse::mdev_type(&text));
    }

    #[test]
    fn whatever_is_listed_reads_back(types in prop::collection::btree_map(any::<u32>(), "[ -~]{0,40}", 0..40)) {
        let mut text = "ID    : vGPU Name".to_owned();
        for (id, name) in &types {
            text += &format!("\n{id:<6}: {name}");
        }
        let read = parse::creatable(&text).unwrap();
        let read: Vec<_> = read.iter().map(|(id, name)| (id.get(), name.clone())).collect();
        let written: Vec<_> = types.iter().map(|(id, name)| (*id, name.trim().to_owned())).collect();
        prop_assert_eq!(read, written);
    }
}

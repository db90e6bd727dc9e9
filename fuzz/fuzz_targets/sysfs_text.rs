//! What a file of sysfs can contain, through every reader of such texts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nvidia_placement_agent::hardware::fuzzing::sysfs_text;

/// What one line of the input can become at most as it is shown: `VgpuTypeId(4294967295): "…", `, each character
/// of the name escaped.
const EACH: usize = 40;

fuzz_target!(|text: &str| {
    let read = sysfs_text(text);
    assert_eq!(read, sysfs_text(text));
    let most = text.len() * 12 + (text.lines().count() + 2) * EACH;
    assert!(read.iter().all(|shown| shown.len() <= most.max(80)), "{read:?}");
    let [number, numa, once, ..] = &read;
    // One number means the same in every file that has numbers.
    if let Ok(value) = text.parse::<u32>() {
        assert_eq!(number, &format!("{:?}", Some(value)));
        assert_eq!(numa, &format!("{:?}", Some(Some(value))));
        assert_eq!(once, &format!("{:?}", Some(Some(value).filter(|value| *value != u32::MAX))));
    } else {
        assert_eq!(number, "None");
    }
});

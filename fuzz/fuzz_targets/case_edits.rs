//! What a driver may answer: recorded hosts with some of their answers changed.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use nvidia_placement_agent_fuzz::{Edit, edited, replay};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    case: u8,
    edits: Vec<Edit<'a>>,
}

fuzz_target!(|input: Input<'_>| {
    let few = input.edits.get(..16).unwrap_or(&input.edits);
    replay(&edited(input.case, few));
});

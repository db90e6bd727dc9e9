//! `discover --replay`: a file that somebody sent.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| nvidia_placement_agent_fuzz::replay(text));

//! The simulated library as its clients meet it: through `nvml-wrapper`, by dlopen, over the C ABI.
#![allow(
    unsafe_code,
    reason = "what the wrapper's safe calls do not cover is called through its raw symbols"
)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::undocumented_unsafe_blocks,
    reason = "tests fail by panicking, and hand in pointers to their own locals"
)]

mod asking;
mod what_changes;
mod what_fails;
mod what_is_there;
mod who_asks;

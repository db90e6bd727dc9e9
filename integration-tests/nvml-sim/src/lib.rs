//! A simulated `libnvidia-ml.so.1`.
//!
//! The shared object that this crate builds is loaded with dlopen, by an unmodified `nvml-wrapper`, and
//! answers through NVML's C ABI alone: what is tested against it is the code that runs on GPU hosts, all
//! of it. It describes no GPU by itself. Beside each copy of the object lies a `host.toml`, and that is
//! the host; rewriting the file re-slices its GPUs under a session that is open.
//!
//! How a call runs: an entry point ([`exports`]) hands a closure to `answer`, which takes the lock, takes
//! up the host file where a scan begins (`state`), and gives the closure a `session`: handles become GPUs
//! and instances (`handles`), lost GPUs and missing rights become return codes. The host is a checked
//! value ([`host`]) over the tables of [`data`]; nothing that does not fit on a real GPU gets past it.
//!
//! As a Rust library the crate offers [`host::Host::parse`], which says what is wrong with a host file,
//! and [`testing::SimulatedHost`], which gives a test a host of its own.
//!
//! The host's sysfs is a tree of files, made from the same host file ([`sysfs`]).
//!
//! The README has the file format, what each answer is based on, and what is assumed.
#![allow(unsafe_code, reason = "a C library is unsafe code: exported symbols and callers' pointers")]

mod answer;
mod beside;
pub mod codes;
pub mod data;
mod events;
pub mod exports;
mod ffi;
mod handles;
pub mod host;
mod odd;
mod session;
mod state;
pub mod sysfs;
pub mod testing;

pub use beside::HOST_FILE;

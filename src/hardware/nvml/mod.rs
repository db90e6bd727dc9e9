//! NVML, made safe: a session, a handle per GPU, plain values and errors that keep their number.
//! `ffi` holds every unsafe block of this program.

mod answer;
mod events;
mod ffi;
mod handle;
mod session;

pub use answer::Answer;
pub(in crate::hardware) use answer::CallError;
pub(in crate::hardware) use events::{Happened, SessionEvents};
pub(in crate::hardware) use ffi::{Edition, InstanceFacts, ProfileFacts, Span, Which};
pub(in crate::hardware) use handle::Handle;
pub(in crate::hardware) use session::Session;

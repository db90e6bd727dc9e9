//! NVML, made safe: a session, a handle per GPU, plain values and errors that keep their number.
//! `ffi` holds every unsafe block of this program. A recording can answer in the library's place.

mod answer;
mod events;
mod ffi;
mod handle;
mod line;
mod recording;
mod session;

pub use answer::Answer;
pub(in crate::hardware) use answer::CallError;
pub(in crate::hardware) use events::{Happened, SessionEvents};
pub(in crate::hardware) use ffi::{
    Clock, ComputeFacts, Edition, Field, GpmFacts, GpmSample, InstanceFacts, ProfileFacts, Span,
    VgpuUseFacts, Which, field_id,
};
pub(in crate::hardware) use handle::{Handle, Instance};
pub(in crate::hardware) use recording::Recording;
pub(in crate::hardware) use session::Session;

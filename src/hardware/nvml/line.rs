//! How a question gets its answer: named before it is asked, answered by the library or by a recording, and kept
//! where answers are kept.

use std::fmt;
use std::time::Instant;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::recording::Recording;
use super::{Answer, CallError};
use crate::hardware::message::{Message, Sink};
use crate::hardware::meters::Meter;

/// The line to one device, or to the host.
#[derive(Clone, Copy)]
pub(super) struct Line<'s> {
    pub(super) device: Option<u32>,
    pub(super) sink: &'s Sink<'s>,
    /// What answers instead of a library.
    pub(super) recorded: Option<&'s Recording>,
    /// Whether answers are said, too, to be kept.
    pub(super) kept: bool,
    pub(super) meter: Option<&'s Meter>,
}

impl Line<'_> {
    /// Says which call it is about to make, so that a call that never returns can be named; then makes it. `of` is
    /// what tells one question from another of the same call.
    pub(super) fn ask<T: Serialize + DeserializeOwned>(
        &self,
        call: &'static str,
        of: fmt::Arguments<'_>,
        live: impl FnOnce() -> Result<T, Answer>,
    ) -> Result<T, CallError> {
        (self.sink)(Message::Calling { device: self.device, call });
        let answer = match self.recorded {
            None => self.counted(live),
            Some(recorded) => recorded.answer(self.device, call, &of.to_string()).and_then(|value| {
                serde_json::from_value(value)
                    .map_err(|error| Answer::Nonsense(format!("in the recording: {error}")))
            }),
        };
        if self.kept {
            let kept = match &answer {
                Ok(value) => serde_json::to_value(value).map_err(|error| Answer::Nonsense(error.to_string())),
                Err(answer) => Err(answer.clone()),
            };
            (self.sink)(Message::Answered { device: self.device, call, of: of.to_string(), answer: kept });
        }
        answer.map_err(|answer| CallError { call, answer })
    }

    fn counted<T>(&self, live: impl FnOnce() -> Result<T, Answer>) -> Result<T, Answer> {
        let Some(meter) = self.meter else { return live() };
        meter.begins();
        let began = Instant::now();
        let answer = live();
        meter.ends(answer.as_ref().err(), began.elapsed());
        answer
    }
}

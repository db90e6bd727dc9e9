//! Time as the pure rooms know it: a number that somebody hands in.

use std::fmt;
use std::time::Duration;

/// A moment, counted from an origin that only its source knows, on a clock that never goes back. Setting the
/// host's clock does not move it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Duration);

impl Moment {
    /// That long after the origin.
    pub const fn new(since_origin: Duration) -> Self {
        Moment(since_origin)
    }

    /// That much later.
    pub fn after(self, span: Duration) -> Self {
        Moment(self.0.saturating_add(span))
    }

    /// How long from `earlier` to here; zero if it is not earlier.
    pub fn since(self, earlier: Moment) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}s", self.0.as_secs_f64())
    }
}

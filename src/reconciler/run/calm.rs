//! What happens to the hardware wakes the loop and does not drive it: a driver that says the same thing again
//! and again is looked at less and less often.

use std::time::Duration;

use crate::model::Moment;

/// Wakes in a row that are followed at once. A GPU that is cut anew by hand is some steps, each seconds after the
/// other; a tool's steps are gathered to one or two.
const AT_ONCE: u32 = 16;
/// Wakes further apart than this are not in a row.
const ROW: Duration = Duration::from_secs(30);
/// How long the first is put off that is not followed at once; each further one for twice as long.
const HOLD: Duration = Duration::from_secs(1);
/// None is put off for longer.
const HOLD_MOST: Duration = Duration::from_secs(16);

/// How often the hardware has woken the loop lately.
#[derive(Debug, Default)]
pub(super) struct Calm {
    last: Option<Moment>,
    row: u32,
}

impl Calm {
    /// The hardware wants to wake the loop: for how long that is put off.
    pub(super) fn hold(&mut self, now: Moment) -> Duration {
        let in_a_row = self.last.is_some_and(|last| now.since(last) < ROW);
        self.row = if in_a_row { self.row.saturating_add(1) } else { 1 };
        self.last = Some(now);
        match self.row.checked_sub(AT_ONCE) {
            None | Some(0) => Duration::ZERO,
            Some(beyond) => HOLD.saturating_mul(1 << (beyond - 1).min(10)).min(HOLD_MOST),
        }
    }
}

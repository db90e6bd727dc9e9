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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Moment {
        Moment::new(Duration::from_millis(milliseconds))
    }

    #[test]
    fn a_gpu_that_is_cut_by_hand_is_followed_at_once() {
        let mut calm = Calm::default();
        let steps = (0..u64::from(AT_ONCE)).map(|step| calm.hold(at(step * 5000)));
        assert!(steps.collect::<Vec<_>>().iter().all(Duration::is_zero));
    }

    #[test]
    fn a_driver_that_never_stops_wakes_less_and_less_often_until_it_was_silent() {
        let mut calm = Calm::default();
        let held: Vec<u64> = (0..24).map(|n| calm.hold(at(n * 300)).as_secs()).collect();
        assert_eq!(held[..16], [0; 16]);
        assert_eq!(held[16..], [1, 2, 4, 8, 16, 16, 16, 16]);
        assert_eq!(calm.hold(at(24 * 300 + 30_000)), Duration::ZERO);
        for n in 0..100_000 {
            assert!(calm.hold(at(60_000 + n)) <= HOLD_MOST);
        }
    }
}

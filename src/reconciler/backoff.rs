//! How long to wait for the next cycle. Pure: the random number is an argument.

use std::time::Duration;

/// The first wait after a failure, before jitter.
const FIRST: Duration = Duration::from_secs(1);
/// No failure waits longer: Placement back after a day must not be noticed an hour later.
const MOST: Duration = Duration::from_secs(300);
/// What an interval may be shorter or longer, to keep a fleet out of phase.
const JITTER: f64 = 0.1;

/// The wait after that many failures in a row: doubling, with a cap, spread over its whole upper half so that
/// agents that failed together do not come back together. A service that asks for more gets it.
///
/// `random` is in 0..1.
pub(super) fn after_failures(failures: u32, asked: Option<Duration>, random: f64) -> Duration {
    let doubled =
        FIRST.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX)).min(MOST);
    let spread = doubled.mul_f64(0.5 + 0.5 * unit(random));
    match asked {
        // Everybody was told the same: spread what comes after it.
        Some(asked) => asked.min(MOST).saturating_add(spread),
        None => spread,
    }
}

/// The interval, a little shorter or longer. `random` is in 0..1.
pub(super) fn interval(interval: Duration, random: f64) -> Duration {
    interval.mul_f64(1.0 - JITTER + 2.0 * JITTER * unit(random))
}

fn unit(random: f64) -> f64 {
    if random.is_finite() { random.clamp(0.0, 1.0) } else { 0.5 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_are_spread() {
        let bounds = |failures| (after_failures(failures, None, 0.0), after_failures(failures, None, 1.0));
        let seconds = |s: f64| Duration::from_secs_f64(s);
        assert_eq!(bounds(1), (seconds(0.5), seconds(1.0)));
        assert_eq!(bounds(2), (seconds(1.0), seconds(2.0)));
        assert_eq!(bounds(9), (seconds(128.0), seconds(256.0)));
        for failures in [10, 32, 33, u32::MAX] {
            assert_eq!(bounds(failures), (seconds(150.0), seconds(300.0)), "{failures}");
        }
    }

    #[test]
    fn what_the_service_asks_for_is_kept_and_spread() {
        let asked = Some(Duration::from_secs(30));
        assert!(after_failures(1, asked, 0.0) > Duration::from_secs(30));
        assert!(after_failures(5, asked, 0.0) < after_failures(5, asked, 1.0));
        assert!(after_failures(1, Some(Duration::MAX), 1.0) <= MOST + FIRST);
    }

    #[test]
    fn an_interval_moves_by_a_tenth() {
        let minute = Duration::from_secs(60);
        assert_eq!((interval(minute, 0.0).as_secs(), interval(minute, 1.0).as_secs()), (54, 66));
        assert_eq!(interval(minute, f64::NAN).as_secs(), 60);
    }
}

//! A span of time as people read it.

use std::fmt;
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;

/// `0.08 s`, `2.5 s`, `45 s`, `2 min 30 s`, `10 min`, `6 h`: as exact as anybody needs it, and never nothing for
/// what is something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lapse(Duration);

impl Lapse {
    /// Of that length.
    pub const fn new(span: Duration) -> Self {
        Lapse(span)
    }
}

impl fmt::Display for Lapse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = self.0.as_secs_f64();
        let to = |fraction: f64| (exact * fraction).round() / fraction;
        let seconds = to(1.0) as u64;
        match exact {
            _ if self.0.is_zero() => f.write_str("0 s"),
            ..0.1 => write!(f, "{} s", to(1000.0).max(0.001)),
            ..0.995 => write!(f, "{} s", to(100.0)),
            ..9.95 => write!(f, "{} s", to(10.0)),
            _ if seconds < 2 * MINUTE => write!(f, "{seconds} s"),
            _ if seconds < 10 * MINUTE && !seconds.is_multiple_of(MINUTE) => {
                write!(f, "{} min {} s", seconds / MINUTE, seconds % MINUTE)
            }
            _ if seconds < 2 * HOUR => write!(f, "{} min", (seconds + MINUTE / 2) / MINUTE),
            _ => write!(f, "{} h", (seconds + HOUR / 2) / HOUR),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_never_nothing_and_never_more_exact_than_anybody_needs() {
        let shown = |milliseconds: u64| Lapse::new(Duration::from_millis(milliseconds)).to_string();
        for (milliseconds, text) in [
            (0, "0 s"),
            (1, "0.001 s"),
            (83, "0.083 s"),
            (474, "0.47 s"),
            (500, "0.5 s"),
            (996, "1 s"),
            (2549, "2.5 s"),
            (6000, "6 s"),
            (9990, "10 s"),
            (45_400, "45 s"),
            (60_000, "60 s"),
            (120_000, "2 min"),
            (150_000, "2 min 30 s"),
            (600_000, "10 min"),
            (1_000_000, "17 min"),
            (3_600_000, "60 min"),
            (21_600_000, "6 h"),
        ] {
            assert_eq!(shown(milliseconds), text);
        }
        assert_eq!(Lapse::new(Duration::from_nanos(3)).to_string(), "0.001 s");
    }
}

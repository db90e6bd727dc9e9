//! How long a call takes: `"200us"`, `"5ms"`.

use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// The longest that a call may be asked to take: what should never return is a `hang`.
const LONGEST: Duration = Duration::from_secs(10);

/// A time as a host file has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Latency(pub(crate) Duration);

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong =
            || D::Error::custom(format!("`{text}` is not a time such as \"200us\" or \"5ms\", up to 10 s"));
        let (number, unit): (_, fn(u64) -> Duration) =
            match (text.strip_suffix("us"), text.strip_suffix("ms")) {
                (Some(number), _) => (number, Duration::from_micros),
                (_, Some(number)) => (number, Duration::from_millis),
                _ => return Err(wrong()),
            };
        let time = unit(number.trim().parse().map_err(|_| wrong())?);
        if time > LONGEST { Err(wrong()) } else { Ok(Latency(time)) }
    }
}

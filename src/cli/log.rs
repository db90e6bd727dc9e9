//! The log: to standard error, or to systemd's journal with fields that it can be searched by.

use std::io;
use std::os::linux::fs::MetadataExt;

use tracing_subscriber::field::MakeExt;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};
use crate::model::{Code, Finding};

/// Fields that repeat what the text of a line says. People read the text.
const REPEATED: [&str; 3] = ["code", "device", "provider"];

type AnyLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts it. Only the first of a process counts; tests start several.
pub(super) fn start(settings: &Log, verbose: u8, daemon: bool) -> Result<(), Finding> {
    let default = if daemon { "info" } else { "warn" };
    let level = match verbose {
        0 => settings.level.as_deref().unwrap_or(default),
        1 => "warn,nvidia_placement_agent=info",
        2 => "warn,nvidia_placement_agent=debug",
        _ => "trace",
    };
    // Not EnvFilter: nobody filters by spans' fields here, and its regular expressions would stay resident.
    let filter = level.parse::<Targets>().map_err(|error| {
        let remedy =
            "\"warn\", \"info\", \"debug\", or for each target, as \"warn,nvidia_placement_agent=debug\"";
        refused(format!("log.level {level:?}: {error}"), remedy)
    })?;
    let layer: AnyLayer = match settings.format {
        LogFormat::Human => human(),
        LogFormat::Json => json(),
        LogFormat::Journal => journal().map_err(|error| {
            let seen = format!("log.format is \"journal\", and the journal does not take it: {error}");
            refused(seen, "\"auto\" takes the journal where there is one")
        })?,
        LogFormat::Auto if goes_to_the_journal() => journal().unwrap_or_else(|_| human()),
        LogFormat::Auto => human(),
    };
    let _ = tracing_subscriber::registry().with(layer.with_filter(filter)).try_init();
    Ok(())
}

fn refused(seen: String, remedy: &str) -> Finding {
    Finding::new(Code::ConfigInvalid, "configuration", seen, remedy)
}

fn human() -> AnyLayer {
    let fields = debug_fn(|writer, field, value| match field.name() {
        "message" => write!(writer, "{value:?}"),
        // Of the span, and first in it: `cycle{3 wake=hardware}`.
        "cycle" => write!(writer, "{value:?}"),
        name if REPEATED.contains(&name) => Ok(()),
        name => write!(writer, " {name}={value:?}"),
    });
    Box::new(
        fmt::layer()
            .fmt_fields(fields.delimited(""))
            .with_writer(anstream::stderr)
            // It would say so on the very standard error that takes nothing, and panic.
            .log_internal_errors(false),
    )
}

fn json() -> AnyLayer {
    Box::new(fmt::layer().json().with_writer(anstream::stderr).log_internal_errors(false))
}

/// Fields keep their names (`DEVICE=`, `REQUEST_ID=`), as journalctl's users expect of a service.
fn journal() -> io::Result<AnyLayer> {
    let layer = tracing_journald::layer()?.with_field_prefix(None);
    Ok(Box::new(layer.with_syslog_identifier(env!("CARGO_PKG_NAME").to_owned())))
}

/// Whether standard error is the stream that systemd connected to the journal, and nothing else by now.
fn goes_to_the_journal() -> bool {
    let stream = std::env::var("JOURNAL_STREAM").unwrap_or_default();
    // A path of /proc, so that nobody's descriptor is taken or closed.
    let Ok(stderr) = std::fs::metadata("/proc/self/fd/2") else { return false };
    is_stream(&stream, stderr.st_dev(), stderr.st_ino())
}

/// `device:inode`, as systemd writes it.
fn is_stream(variable: &str, device: u64, inode: u64) -> bool {
    let numbers = variable.split_once(':').map(|(dev, ino)| (dev.parse(), ino.parse()));
    matches!(numbers, Some((Ok(dev), Ok(ino))) if (dev, ino) == (device, inode))
}

#[cfg(test)]
mod tests {
    use super::is_stream;

    #[test]
    fn the_journal_is_known_by_device_and_inode() {
        assert!(is_stream("8:4711", 8, 4711));
        for other in ["", "8", "8:", ":4711", "8:4712", "9:4711", "8:4711:1", "eight:4711"] {
            assert!(!is_stream(other, 8, 4711), "{other}");
        }
    }
}

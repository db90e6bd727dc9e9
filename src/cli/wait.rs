//! `wait-ready`: until the running agent has seen hardware that has settled.

use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::args::WaitArgs;
use super::exit::Exit;
use super::output::Output;
use crate::model::{Code, Finding};
use crate::report;
use crate::telemetry;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(250);

/// Also waits for an agent that does not run yet.
pub(super) async fn run(directory: &Path, args: &WaitArgs) -> Result<Exit, Finding> {
    let begun = Instant::now();
    let end = begun + args.timeout.0;
    let path = directory.join("agent.sock");
    let mut last = Err("nobody was asked".to_owned());
    loop {
        let asked = Instant::now();
        // One that is asked and does not answer was asked before, or the time is over.
        if let Ok(answer) = timeout_at(end, telemetry::ask(&path, None)).await {
            last = answer.map_err(|error| error.to_string()).and_then(|text| {
                serde_json::from_str::<report::json::Status>(&text).map_err(|error| error.to_string())
            });
        }
        match &last {
            Ok(status) if status.settled => {
                let line = report::service_line(status);
                return Ok(Output::text(&format!(
                    "settled after {:.0} s. {line}\n",
                    begun.elapsed().as_secs_f64()
                )));
            }
            _ if Instant::now() >= end => break,
            _ => sleep_until(end.min(asked + PAUSE)).await,
        }
    }
    let span = args.timeout.0.as_secs_f64();
    Err(match last {
        Ok(status) => Finding::new(
            Code::NotSettled,
            "the running agent",
            format!("its hardware has not settled within {span} s. {}", report::service_line(&status)),
            "`nvidia-placement-agent status` shows what it waits for; a longer --timeout waits longer",
        ),
        Err(error) => Finding::new(
            Code::NotRunning,
            "the running agent",
            format!("no answer within {span} s: {error}"),
            "see `systemctl status nvidia-placement-agent`; its socket is for root and the agent's group; say the --config that \
             the service has, if it has one of its own",
        ),
    })
}

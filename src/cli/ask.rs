//! `status`, `release`, `resume`: questions to the running agent, over its socket.

use std::path::Path;

use super::args::{Format, StatusArgs};
use super::exit::Exit;
use super::{Output, output};
use crate::model::{Code, Finding};
use crate::report;
use crate::telemetry::{self, Ask};

pub(super) async fn status(directory: &Path, args: &StatusArgs) -> Result<Exit, Finding> {
    let text = answer(directory, None).await?;
    if args.format.format == Format::Json {
        return Ok(Output::text(&format!("{}\n", text.trim_end())));
    }
    let document: report::json::Status = serde_json::from_str(&text).map_err(|error| {
        let seen = format!("the agent's status cannot be read: {error}");
        Finding::new(
            Code::NotRunning,
            "the running agent",
            seen,
            "it may be of another version: `systemctl restart nvidia-placement-agent`",
        )
    })?;
    Ok(Output::text(&report::status(&document, args.details, output::width())))
}

pub(super) async fn put(directory: &Path, what: Ask) -> Result<Exit, Finding> {
    Ok(Output::text(&answer(directory, Some(what)).await?))
}

async fn answer(directory: &Path, what: Option<Ask>) -> Result<String, Finding> {
    let path = directory.join("agent.sock");
    telemetry::ask(&path, what).await.map_err(|error| {
        Finding::new(
            Code::NotRunning,
            "the running agent",
            error,
            "see `systemctl status nvidia-placement-agent`; its socket is for root and the agent's group; say the --config that \
             the service has, if it has one of its own",
        )
    })
}

//! No command at all. On a terminal that is a question: what is this, what has it found, what now? Quick, harmless,
//! and without the network. In a pipe or a script it is a command that was forgotten.

use std::io::IsTerminal;
use std::time::Duration;

use clap::CommandFactory;

use super::args::{Cli, Common};
use super::exit::Exit;
use super::{context, output};
use crate::config::Settings;
use crate::hardware;
use crate::model::Finding;
use crate::nova::read_compute_id;
use crate::report::{self, Welcome};
use crate::telemetry;

/// A person waits. A GPU that needs longer is told by `discover`.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn run(common: &Common) -> Exit {
    if !std::io::stdout().is_terminal() {
        // To standard error: whoever pipes the result of a forgotten verb must not get the help instead.
        output::say(&Cli::command().render_long_help().ansi().to_string());
        return Exit::Usage;
    }
    let settings = context::read(common);
    let found = Welcome {
        gpus: gpus(settings.as_ref().ok()).await,
        root: settings.as_ref().map_or_else(|_| "not known".to_owned(), root),
        agent: match &settings {
            Ok(settings) => agent(settings).await,
            Err(_) => None,
        },
        settings,
    };
    output::Output::text(&report::welcome(&found))
}

async fn gpus(settings: Option<&Settings>) -> Result<crate::model::HostSnapshot, Finding> {
    let options = settings.map(context::hardware_options).unwrap_or_default();
    let deadline = options.deadline.min(PATIENCE);
    let options = hardware::Options { deadline, ..options };
    hardware::scan_within(options).await.map_err(|error| error.finding())
}

/// As far as it is known without asking anybody. The name may still be looked up.
fn root(settings: &Settings) -> String {
    let root = &settings.root;
    if let Some(uuid) = root.uuid {
        return format!("{uuid}, from root.uuid");
    }
    if let Some(name) = root.name.as_ref().filter(|_| root.compute_id_file.is_none()) {
        return format!("the provider named {name}, from root.name");
    }
    match read_compute_id(root.compute_id_file.as_deref(), &settings.nova) {
        Ok(Some(uuid)) => format!("{uuid}, from Nova's compute_id"),
        Ok(None) => {
            let uname = rustix::system::uname();
            let name = root.name.clone().unwrap_or_else(|| uname.nodename().to_string_lossy().into_owned());
            format!("the provider that has this host's name, {name}: no compute_id of Nova's was found")
        }
        Err(error) => error.to_string(),
    }
}

async fn agent(settings: &Settings) -> Option<String> {
    let path = settings.run.directory.join("agent.sock");
    let answer = tokio::time::timeout(PATIENCE, telemetry::ask(&path, None)).await.ok()?.ok()?;
    let status: report::json::Status = serde_json::from_str(&answer).ok()?;
    Some(format!("runs. {}", report::service_line(&status)))
}

//! The command line: one file for each verb.

mod apply;
mod args;
mod ask;
mod audit;
mod check;
mod config;
mod context;
mod discover;
mod exit;
mod explain;
mod flavors;
mod guests;
mod host;
mod lock;
mod log;
mod nova_config;
mod output;
mod plan;
mod purge;
mod run;
mod survey;
mod tree;
mod wait;
mod welcome;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Verb};
use exit::Exit;
use output::Output;

use crate::telemetry::Ask;

pub use args::Cli as Arguments;

/// Reads the arguments, does it, and gives the exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no error; a broken pipe is nobody's problem.
            let usage = error.use_stderr();
            let _ = error.print();
            return if usage { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::say(&format!("error: no runtime: {error}\n"));
            return Exit::Internal.into();
        }
    };
    let exit = runtime.block_on(async {
        match cli.verb {
            Some(verb) => run(cli.common, verb).await,
            None => welcome::run(&cli.common).await,
        }
    });
    // A thread that hangs in NVML must not keep the process.
    runtime.shutdown_background();
    exit.into()
}

async fn run(common: args::Common, verb: Verb) -> Exit {
    let format = verb.format();
    let settings = context::settings(&common, matches!(verb, Verb::Run));
    let agent = |settings| context::agent_directory(&common, settings);
    let result = match (verb, settings) {
        (Verb::Status(args), settings) => ask::status(&agent(settings), &args).await,
        (Verb::WaitReady(args), settings) => wait::run(&agent(settings), &args).await,
        (Verb::Release, settings) => ask::put(&agent(settings), Ask::Release).await,
        (Verb::Resume, settings) => ask::put(&agent(settings), Ask::Resume).await,
        (Verb::Heal(args), settings) => ask::put(&agent(settings), Ask::Heal(args.gpu)).await,
        // All others need it.
        (_, Err(finding)) => Err(finding),
        (Verb::Discover(args), Ok(settings)) => discover::run(&settings, &args).await,
        (Verb::Plan(args), Ok(settings)) => plan::run(settings, &args).await,
        (Verb::Apply(args), Ok(settings)) => apply::run(settings, &args).await,
        (Verb::Tree(args), Ok(settings)) => tree::run(settings, &args).await,
        (Verb::Audit(args), Ok(settings)) => audit::run(settings, &args).await,
        (Verb::Purge(args), Ok(settings)) => purge::run(settings, &args).await,
        (Verb::Run, Ok(settings)) => run::run(common, settings).await,
        (Verb::Flavors(args), Ok(settings)) => flavors::run(&settings, &args).await,
        (Verb::NovaConfig(args), Ok(settings)) => nova_config::run(&settings, &args).await,
        (Verb::Check(args), Ok(settings)) => check::run(settings, &args).await,
        (Verb::Explain(args), Ok(settings)) => explain::run(settings, &args).await,
        (Verb::Config(args), Ok(settings)) => config::run(&settings, &args),
    };
    result.unwrap_or_else(|finding| {
        Output::new(format).failure(&finding);
        Exit::Finding(finding.code)
    })
}

/// Registers what `run` counts, for whoever looks at all of it.
#[cfg(test)]
pub(crate) fn meters(registry: &mut prometheus_client::registry::Registry) -> impl Sized + use<> {
    run::Meters::new(registry)
}

#[cfg(test)]
mod tests;

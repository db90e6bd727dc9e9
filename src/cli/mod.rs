//! The command line: one file for each verb.

mod apply;
mod args;
mod ask;
mod audit;
mod config;
mod context;
mod discover;
mod exit;
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
    let result = match context::settings(&common, matches!(verb, Verb::Run)) {
        Ok(settings) => match verb {
            Verb::Discover(args) => discover::run(&settings, &args).await,
            Verb::Plan(args) => plan::run(settings, &args).await,
            Verb::Apply(args) => apply::run(settings, &args).await,
            Verb::Tree(args) => tree::run(settings, &args).await,
            Verb::Audit(args) => audit::run(settings, &args).await,
            Verb::Purge(args) => purge::run(settings, &args).await,
            Verb::Run => run::run(common, settings).await,
            Verb::Flavors(args) => flavors::run(&settings, &args).await,
            Verb::NovaConfig(args) => nova_config::run(&settings, &args).await,
            Verb::Status(args) => ask::status(&settings, &args).await,
            Verb::WaitReady(args) => wait::run(&settings, &args).await,
            Verb::Release => ask::put(&settings, Ask::Release).await,
            Verb::Resume => ask::put(&settings, Ask::Resume).await,
            Verb::Heal(args) => ask::put(&settings, Ask::Heal(args.gpu)).await,
            Verb::Config(args) => config::run(&settings, &args),
        },
        Err(finding) => Err(finding),
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

//! The command line: one file for each verb.

mod apply;
mod args;
mod config;
mod context;
mod discover;
mod exit;
mod output;
mod plan;
mod tree;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Verb};
use exit::Exit;
use output::Output;

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
    let Some(verb) = cli.verb else {
        let _ = Cli::command().print_long_help();
        return Exit::Usage.into();
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            anstream::eprintln!("error: no runtime: {error}");
            return Exit::Internal.into();
        }
    };
    let exit = runtime.block_on(run(&cli.common, verb));
    // A thread that hangs in NVML must not keep the process.
    runtime.shutdown_background();
    exit.into()
}

async fn run(common: &args::Common, verb: Verb) -> Exit {
    let format = verb.format();
    let result = match context::settings(common) {
        Ok(settings) => match verb {
            Verb::Discover(args) => discover::run(&settings, &args).await,
            Verb::Plan(args) => plan::run(settings, &args).await,
            Verb::Apply(args) => apply::run(settings, &args).await,
            Verb::Tree(args) => tree::run(settings, &args).await,
            Verb::Config(args) => config::run(&settings, &args),
        },
        Err(finding) => Err(finding),
    };
    result.unwrap_or_else(|finding| {
        Output::new(format).failure(&finding);
        Exit::Finding(finding.code)
    })
}

#[cfg(test)]
mod tests;

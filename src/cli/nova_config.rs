//! `nova-config`: what Nova is to be told of this host's GPUs. Nobody is asked but the hardware.

use super::args::NovaConfigArgs;
use super::exit::Exit;
use super::{Output, host};
use crate::advice::NovaConfig;
use crate::config::Settings;
use crate::model::Finding;
use crate::report;

pub(super) async fn run(settings: &Settings, args: &NovaConfigArgs) -> Result<Exit, Finding> {
    let (snapshot, nova) = host::read(settings, args.replay.as_deref()).await?;
    let mut config = NovaConfig::of(&snapshot, &nova, &settings.policy, &args.types);
    config.findings.extend(nova.problems);
    let document = report::json::NovaConfig::new(&config);
    let exit = Exit::of(&config.findings, Exit::Done);
    let text = || report::nova_config(&config);
    Ok(Output::new(args.format.format).piped(&document, text, &config.findings, exit))
}

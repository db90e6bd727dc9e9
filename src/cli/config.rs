//! `config show` and `config check`: the configuration alone; nobody is asked.

use super::args::{ConfigArgs, ConfigVerb};
use super::exit::Exit;
use super::{Output, context};
use crate::config::Settings;
use crate::model::Finding;
use crate::report;

pub(super) fn run(settings: &Settings, args: &ConfigArgs) -> Result<Exit, Finding> {
    match &args.verb {
        ConfigVerb::Show(args) => {
            let document = report::json::Config::new(settings, &[]);
            let text = || report::config(settings, args.all);
            Ok(Output::new(args.format.format).result(&document, text, &[], Exit::Done))
        }
        ConfigVerb::Check(args) => {
            // What a client is made of, but for the first request: credentials, the CA file.
            context::unconnected(settings, &context::access(settings)?)?;
            let document = report::json::Config::new(settings, &[]);
            Ok(Output::new(args.format).result(&document, || report::config_good(settings), &[], Exit::Done))
        }
    }
}

//! The configuration in force.

use std::fmt::Write;

use comfy_table::{Table, presets};

use super::style::{BOLD, CHANGE, DIM, painted};
use crate::config::{Credentials, Settings};
use crate::report::words::counted;

/// What stands where a secret is.
const HIDDEN: &str = "(set, not shown)";

/// Every option that has a value; `all` adds those that have none.
pub fn config(settings: &Settings, all: bool) -> String {
    let mut table = table();
    for option in &settings.options {
        let value = match (&option.value, option.secret, &option.origin) {
            (Some(value), ..) => value.clone(),
            (None, true, Some(_)) => HIDDEN.to_owned(),
            _ if all => painted(DIM, "not set"),
            _ => continue,
        };
        let origin = option.origin.clone().unwrap_or_else(|| painted(DIM, "default"));
        table.add_row([option.name.clone(), value, origin]);
    }
    format!("{}\n{table}\n\n{}", painted(BOLD, "agent.toml"), login(settings))
}

fn login(settings: &Settings) -> String {
    let mut out = String::new();
    let skipped = match &settings.placement.credentials {
        Credentials::Noauth { endpoint } => {
            let _ = writeln!(out, "{} no authentication, {endpoint}", painted(BOLD, "login"));
            return out;
        }
        Credentials::Keystone(keystone) => {
            let mut table = table();
            for used in &keystone.used {
                let value = used.value.clone().unwrap_or_else(|| HIDDEN.to_owned());
                table.add_row([used.name.to_owned(), value, used.origin.clone()]);
            }
            let head = painted(BOLD, "login");
            let _ = writeln!(out, "{head} by {}, from {}\n{table}", keystone.method, keystone.source);
            &keystone.skipped
        }
        Credentials::Missing { looked_at } => {
            let _ = writeln!(out, "{} {}", painted(BOLD, "login"), painted(CHANGE, "no source has enough"));
            looked_at
        }
    };
    for lack in skipped {
        let _ = writeln!(out, "  {} {lack}", painted(CHANGE, "incomplete"));
    }
    out
}

/// One line for a configuration that is good.
pub fn config_good(settings: &Settings) -> String {
    let set = settings.options.iter().filter(|option| option.origin.is_some()).count();
    let files: Vec<String> = settings.files.iter().map(|file| file.display().to_string()).collect();
    let files = if files.is_empty() { "no file".to_owned() } else { files.join(", ") };
    let login = match &settings.placement.credentials {
        Credentials::Noauth { .. } => "no authentication".to_owned(),
        Credentials::Keystone(keystone) => format!("login by {}, from {}", keystone.method, keystone.source),
        Credentials::Missing { .. } => "no login".to_owned(),
    };
    format!("good: {} set, from {files} and the environment; {login}\n", counted(set, "option"))
}

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

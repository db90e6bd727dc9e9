//! Every recorded host of `integration-tests/cases`: what a scan makes of it today is what it made of it before.
//!
//! Adding a case is adding a folder, as `discover --record` writes it. Its `host.snap` is made by
//! `INSTA_UPDATE=always cargo test --lib cases`: read it, then keep it. A folder with a `host.toml` comes from the
//! simulated library; the ignored test below records those again, when what is asked of a driver has changed.

use std::path::{Path, PathBuf};

use nvidia_ml::testing::SimulatedHost;

use crate::hardware::{Case, Options};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration-tests/cases");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    cases.sort();
    assert!(cases.len() >= 12, "{cases:?}");
    cases
}

#[test]
fn every_case_is_read_as_before() {
    for folder in cases() {
        let case = Case::read(&folder).unwrap_or_else(|error| panic!("{error}"));
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_debug_snapshot!("host", (case.replay(), case.figures())));
    }
}

#[test]
#[ignore = "writes into the source tree: run it when what a scan asks has changed"]
fn record_the_simulated_cases_again() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for folder in cases() {
        let Ok(toml) = std::fs::read_to_string(folder.join("host.toml")) else { continue };
        let host = SimulatedHost::new(&toml);
        let options =
            Options { library: Some(host.library()), sysfs: Some(host.sysfs()), ..Options::default() };
        let (case, _) = runtime.block_on(Case::record(options)).unwrap();
        case.write(&folder).unwrap();
    }
}

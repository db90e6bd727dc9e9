//! The command line itself.

use std::io::Read;
use std::process::Stdio;

use crate::agent::{Run, agent};
use crate::stage::Stage;

const VERBS: [&str; 4] = ["discover", "plan", "apply", "tree"];

fn run(args: &[&str]) -> Run {
    let mut command = agent();
    command.args(args);
    Run::of(command)
}

#[test]
fn wrong_usage_is_64_and_says_what_is_right() {
    for (args, says) in [
        (&["aply"][..], "'apply'"),
        (&["plan", "--exitcode"], "'--exit-code'"),
        (&["plan", "--format", "yaml"], "json"),
        (&["plan", "--format", "svg"], "json"),
        (&["tree", "one", "two"], "'two'"),
        (&["--config"], "--config"),
    ] {
        let run = run(args);
        assert_eq!(run.exit, 64, "{args:?}: {run:?}");
        assert!(run.stderr.contains(says), "{args:?}: {run:?}");
        assert_eq!(run.stdout, "", "{args:?}");
    }
}

/// The help is no result: whoever pipes the output of a forgotten verb gets nothing, and sees why.
#[test]
fn no_verb_at_all_is_wrong_usage() {
    let run = run(&[]);
    assert_eq!(run.exit, 64, "{run:?}");
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("discover") && run.stderr.contains("Start with"), "{run:?}");
}

/// With a person at a terminal it is a question, and is answered: on a host that has GPUs and on one that has not.
#[test]
fn on_a_terminal_no_verb_says_what_was_found_and_what_to_type_next() {
    let stage = Stage::new();
    let file = stage.path("agent.toml");
    let answer = |config: &crate::agent::Config| {
        config.write(&file);
        let line = format!("{} --config {}", env!("CARGO_BIN_EXE_nvidia-placement-agent"), file.display());
        let mut command = std::process::Command::new("script");
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]).stdin(Stdio::null());
        let output = command.env("NO_COLOR", "1").output().expect("script is missing: install bsdutils");
        let text = String::from_utf8_lossy(&output.stdout).replace('\r', "");
        assert_eq!(output.status.code(), Some(0), "{text}");
        text
    };
    let before = stage.tree();
    let mut config = stage.config.clone();
    config.set("run.directory", stage.path("run").display());
    let text = answer(&config);
    assert!(text.contains("1 × A100-SXM4-40GB in MIG mode, 1 × L40S"), "{text}");
    assert!(text.contains(&format!("{}, from root.uuid", stage.root)), "{text}");
    assert!(
        text.contains("agent  does not run here") && text.contains("next   nvidia-placement-agent plan"),
        "{text}"
    );
    assert_eq!(stage.tree(), before);

    let mut without = config.clone();
    let text = answer(without.set("hardware.nvml_library", "/nonexistent/libnvidia-ml.so.1"));
    assert!(text.contains("NPA0201") && text.contains("next   nvidia-placement-agent discover"), "{text}");
    let text = answer(config.unset("placement").set("nova.config_files", "").raw("nova.config_files", "[]"));
    assert!(
        text.contains("no credentials") && text.contains("next   nvidia-placement-agent config show"),
        "{text}"
    );
    let text = answer(config.set("run.interval", "never"));
    assert!(
        text.contains("NPA0101") && text.contains("next   nvidia-placement-agent config check"),
        "{text}"
    );
}

#[test]
fn help_has_examples_that_begin_with_the_programs_name() {
    for verb in VERBS {
        let help = run(&[verb, "--help"]).succeeds().stdout;
        let examples = help.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("{help}"));
        assert!(examples.starts_with(&format!("  nvidia-placement-agent {verb}")), "{help}");
    }
    let help = run(&["--help"]).succeeds().stdout;
    assert!(
        VERBS.iter().all(|verb| help.contains(verb)) && help.contains("docs/usage/messages.md"),
        "{help}"
    );
    assert!(run(&["--version"]).succeeds().stdout.starts_with("nvidia-placement-agent "));
}

/// As `| head -1` does: reads a little and goes away.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let stage = Stage::new().published();
    let file = stage.path("agent.toml");
    stage.config.write(&file);
    for args in VERBS.map(|verb| vec![verb]).into_iter().chain([vec!["discover", "--format", "json"]]) {
        let mut command = agent();
        command.args(&args).arg("--config").arg(&file).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Gone before the first byte: the hardest case.
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{args:?}: {said}");
        assert!(!said.contains("error") && !said.contains("panicked"), "{args:?}: {said}");
    }
}

fn full() -> Stdio {
    std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap().into()
}

/// Half a document and "all is well" would be believed.
#[test]
fn a_result_that_cannot_be_written_is_an_error() {
    let stage = Stage::new().published();
    let file = stage.path("agent.toml");
    stage.config.write(&file);
    for args in [&["plan"][..], &["tree", "--format", "json"]] {
        let mut command = agent();
        let child =
            command.args(args).arg("--config").arg(&file).stdout(full()).stderr(Stdio::piped()).spawn();
        let output = child.unwrap().wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(74), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("No space left"), "{output:?}");
    }
}

/// The disk of the log is full, or whoever read it is gone: no reason to stop half-way.
#[test]
fn apply_does_not_depend_on_somebody_who_listens() {
    let gone = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        Stdio::from(writer)
    };
    for more in [&[][..], &["-vvv"]] {
        for deaf in [full as fn() -> Stdio, gone] {
            let stage = Stage::new();
            let file = stage.path("agent.toml");
            stage.config.write(&file);
            let mut command = agent();
            command.arg("apply").args(more).arg("--config").arg(file).stdout(Stdio::null()).stderr(deaf());
            assert_eq!(command.status().unwrap().code(), Some(0), "{more:?}");
            assert_eq!(stage.run(&["plan", "--exit-code"]).exit, 0, "{more:?}");
        }
    }
}

#[test]
fn plan_tells_by_its_exit_code_whether_there_is_something_to_do() {
    let stage = Stage::new();
    assert_eq!(stage.run(&["plan", "--exit-code"]).exit, 2);
    assert_eq!(stage.run(&["plan"]).exit, 0);
    stage.run(&["apply"]).succeeds();
    assert_eq!(stage.run(&["plan", "--exit-code"]).exit, 0);
}

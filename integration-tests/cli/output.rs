//! What goes where: results to standard output, everything else to standard error.

use std::process::Command;

use crate::agent::{Run, agent};
use crate::stage::Stage;

#[test]
fn a_result_is_one_json_document_and_progress_is_beside_it() {
    let stage = Stage::new();
    for (verb, schema) in
        [("discover", "discover/v1"), ("plan", "plan/v1"), ("apply", "apply/v1"), ("tree", "tree/v1")]
    {
        let run = stage.run(&[verb, "--format", "json"]).succeeds();
        assert_eq!(run.json()["schema"], schema);
        assert_eq!(run.stderr.is_empty(), verb != "apply", "{verb}: {}", run.stderr);
    }
}

#[test]
fn a_picture_is_one_file_and_findings_are_beside_it() {
    let stage = Stage::new().published();
    for verb in ["discover", "tree"] {
        let run = stage.run(&[verb, "--format", "svg"]).succeeds();
        assert!(run.stdout.starts_with("<?xml") && run.stdout.ends_with("</svg>\n"), "{}", run.stdout);
        assert!(run.stdout.contains("1g.5gb") && !run.stdout.contains("NPA0"), "{}", run.stdout);
        assert!(verb == "tree" || run.stderr.starts_with("info NPA0"), "{}", run.stderr);
    }
    let run = stage.run(&["tree", "--watch", "--format", "svg"]);
    assert_eq!((run.exit, run.stdout.as_str()), (64, ""), "{run:?}");
}

#[test]
fn progress_counts_to_its_end_and_names_what_an_operator_looks_for() {
    let stage = Stage::new();
    let plan = stage.run(&["plan", "--format", "json"]).json();
    let run = stage.run(&["apply"]).succeeds();
    let lines: Vec<&str> = run.stderr.lines().collect();
    let writes = plan["writes"].as_u64().unwrap() as usize;
    assert_eq!(lines.len(), writes, "{}", run.stderr);
    assert!(lines[writes - 1].starts_with(&format!("[{writes}/{writes}] ")), "{}", run.stderr);
    assert!(lines.iter().any(|line| line.contains("0000:41:00.0 1g.5gb")), "{}", run.stderr);
    assert!(!run.stdout.contains("[1/"), "{}", run.stdout);
    // Nothing changed: nothing to say beside the result.
    let again = stage.run(&["apply"]).succeeds();
    assert_eq!(again.stderr, "");
    assert!(again.stdout.starts_with("Nothing to do"), "{}", again.stdout);
}

#[test]
fn logs_go_to_standard_error_in_either_format() {
    let stage = Stage::new().published();
    for more in [&[][..], &[("NPA__LOG__FORMAT", "json")]] {
        let run = stage.run_with(&stage.config, &["plan", "--format", "json", "-vv"], more).succeeds();
        assert_eq!(run.json()["schema"], "plan/v1");
        assert!(run.stderr.contains("placement") && run.stderr.contains("request_id"), "{}", run.stderr);
        if !more.is_empty() {
            for line in run.stderr.lines() {
                serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|e| panic!("{e}: {line}"));
            }
        }
    }
}

#[test]
fn text_ends_with_a_newline_and_no_line_with_a_space() {
    let stage = Stage::new();
    for args in [
        &["discover"][..],
        &["discover", "--profiles"],
        &["plan"],
        &["apply"],
        &["tree"],
        &["tree", "--long"],
    ] {
        let run = stage.run(args).succeeds();
        assert!(run.stdout.ends_with('\n') && !run.stdout.ends_with("\n\n"), "{args:?}: {:?}", run.stdout);
        for line in run.stdout.lines().chain(run.stderr.lines()) {
            assert_eq!(line, line.trim_end(), "{args:?}: {}", run.stdout);
        }
    }
}

/// On a terminal there is colour, unless `NO_COLOR` says otherwise; in a pipe there is none (every other test).
#[test]
fn colour_is_for_terminals() {
    let stage = Stage::new().published();
    let file = stage.path("agent.toml");
    stage.config.write(&file);
    let line = format!("{} tree --config {}", agent().get_program().display(), file.display());
    let on_terminal = |no_color: Option<&str>| {
        let mut script = Command::new("script");
        script.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm").env_remove("NO_COLOR");
        script.envs(no_color.map(|value| ("NO_COLOR", value))).stdin(std::process::Stdio::null());
        String::from_utf8(script.output().expect("script(1) of util-linux").stdout).unwrap()
    };
    assert!(on_terminal(None).contains("\x1b["), "{:?}", on_terminal(None));
    assert!(!on_terminal(Some("1")).contains("\x1b["), "{:?}", on_terminal(Some("1")));
}

/// A configuration of the machine's must not be needed: everything can be said in the environment.
#[test]
fn the_environment_alone_is_enough() {
    let stage = Stage::new();
    let mut command = agent();
    command.arg("plan").envs([
        ("NPA__PLACEMENT__AUTH", "noauth"),
        ("NPA__PLACEMENT__ENDPOINT", &stage.cloud.url),
        ("NPA__ROOT__NAME", &stage.name),
        ("NPA__HARDWARE__NVML_LIBRARY", stage.gpus.library().to_str().unwrap()),
        ("NPA__HARDWARE__SYSFS", stage.gpus.sysfs().to_str().unwrap()),
    ]);
    assert!(Run::of(command).succeeds().stdout.contains(&stage.name));
}

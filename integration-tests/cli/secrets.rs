//! Neither password nor token is in anything that the agent says.

use crate::cloud::variable;
use crate::stage::Stage;

/// What a Fernet token begins with: its version byte and the first of its time.
const TOKEN: &str = "gAAAA";

#[test]
fn not_even_at_the_highest_verbosity() {
    let stage = Stage::behind_keystone();
    let password = variable("NPA_TEST_PASSWORD");
    for args in [&["plan", "-vvv"][..], &["apply", "-vvv"], &["tree", "-vvv", "--format", "json"]] {
        let run = stage.run(args).succeeds();
        assert!(run.stderr.contains("keystone login") && run.stderr.contains("TRACE"), "{}", run.stderr);
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains(&password), "the password: {text}");
            assert!(!text.contains(TOKEN), "a token: {text}");
        }
    }
}

#[test]
fn nor_in_what_is_in_force() {
    let stage = Stage::behind_keystone();
    let password = variable("NPA_TEST_PASSWORD");
    for args in [&["config", "show"][..], &["config", "show", "--all", "-vvv"], &["config", "check", "-vvv"]]
    {
        for format in ["table", "json"] {
            let run = stage.run(&[args, &["--format", format]].concat()).succeeds();
            assert!(!format!("{run:?}").contains(&password), "{args:?}: {run:?}");
        }
    }
}

#[test]
fn nor_in_a_refusal() {
    let stage = Stage::behind_keystone();
    let mut config = stage.config.clone();
    config.set("keystone.password", "wr0ng-and-secret");
    let run = stage.run_with(&config, &["plan", "-vvv"], &[]);
    assert_eq!(run.exit, 44, "{run:?}");
    assert!(!run.stderr.contains("wr0ng-and-secret") && !run.stdout.contains("wr0ng-and-secret"), "{run:?}");
}

#[test]
fn nor_in_what_is_said_about_a_bad_configuration() {
    let stage = Stage::behind_keystone();
    for broken in ["[\"hunter2\"]", "{ a = \"hunter2\" }", "\"hunter2", "hunter2"] {
        let mut config = stage.config.clone();
        config.raw("keystone.password", broken);
        let run = stage.run_with(&config, &["plan", "-vvv"], &[]);
        assert_eq!(run.exit, 10, "{run:?}");
        assert!(!run.stderr.contains("hunter2"), "{broken}: {run:?}");
    }
    let run = stage.run_with(&stage.config, &["plan"], &[("NPA__KEYSTONE__PASSWORDS", "hunter2")]);
    assert_eq!(run.exit, 10, "{run:?}");
    assert!(!run.stderr.contains("hunter2"), "{run:?}");
}

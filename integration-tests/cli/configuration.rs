//! Configurations that are not acceptable: refused as a whole, before anything is done.

use crate::agent::{Run, agent};
use crate::refusal::{Refusal, refusals};
use crate::stage::Stage;

refusals! { ["plan", "apply", "tree"];
    an_unknown_key: "NPA0101", 10, fatal, ["agent.toml:", "endpont", "unknown field", "expected one of", "etc/agent.toml"],
        |_, config| { config.raw("placement.endpont", "\"http://x\""); };

    a_bad_value: "NPA0101", 10, fatal, ["agent.toml:", "scan_deadline", "tomorrow", "as in \"5s\"", "etc/agent.toml"],
        |_, config| { config.set("hardware.scan_deadline", "tomorrow"); };

    a_value_of_another_kind: "NPA0101", 10, fatal, ["agent.toml:", "retries", "etc/agent.toml"],
        |_, config| { config.raw("placement.retries", "\"three\""); };

    a_bad_address: "NPA0101", 10, fatal, ["agent.toml:", "41:00", "etc/agent.toml"],
        |_, config| { config.raw("devices.ignore", "[\"41:00\"]"); };

    a_bad_log_level: "NPA0101", 10, fatal, ["log.level", "loud=loud=loud", "nvidia_placement_agent=debug"],
        |_, config| { config.set("log.level", "loud=loud=loud"); };

    noauth_without_an_endpoint: "NPA0101", 10, fatal, ["noauth", "placement.endpoint"],
        |_, config| { config.unset("placement.endpoint"); };

    no_credentials: "NPA0103", 12, fatal, ["agent.toml [keystone]: nothing is set", "nova.conf", "[keystone] in agent.toml"],
        |_, config| { config.unset("placement.auth"); };

    half_the_credentials: "NPA0103", 12, fatal, ["keystone.password is not set", "[keystone] in agent.toml"],
        |_, config| {
            config.unset("placement.auth").set("keystone.auth_url", "http://127.0.0.1:9/v3");
            config.set("keystone.username", "npa").set("keystone.project_name", "service");
        };

    no_password_file: "NPA0102", 11, fatal, ["the-password", "No such file", "may be read"],
        |stage, config| {
            config.unset("placement.auth").set("keystone.password_file", stage.path("the-password").display());
        };

    an_empty_password_file: "NPA0103", 12, fatal, ["the-password", "no secret"],
        |stage, config| {
            config.unset("placement.auth").set("keystone.password_file", stage.file("the-password", "\n").display());
        };

    two_passwords: "NPA0101", 10, fatal, ["keystone.password", "keystone.password_file", "both"],
        |stage, config| {
            config.unset("placement.auth").set("keystone.password", "secret-one");
            config.set("keystone.password_file", stage.file("the-password", "secret-two\n").display());
        };

    no_ca_file: "NPA0102", 11, fatal, ["the-ca.pem", "No such file", "readable"],
        |stage, config| { config.set("placement.ca_file", stage.path("the-ca.pem").display()); };

    a_ca_file_without_a_certificate: "NPA0101", 10, fatal, ["the-ca.pem", "BEGIN CERTIFICATE"],
        |stage, config| { config.set("placement.ca_file", stage.file("the-ca.pem", "I am none.\n").display()); };
}

#[test]
fn bad_variables() {
    let stage = Stage::new().published();
    for (variable, value, says) in [
        ("NPA__PLACEMENT__TIMEOUT", "soon", "\"soon\" is not a time"),
        ("NPA__PLACEMENT__TIMEOT", "5s", "unknown field `timeot`"),
        ("NPA__PLACEMENTS__TIMEOUT", "5s", "unknown field `placements`"),
        ("NPA__OWN__ATTACHABLE", "perhaps", "perhaps"),
    ] {
        let says = [variable, value, says, "NPA__<SECTION>__<KEY>"];
        let refusal = Refusal { code: "NPA0101", exit: 10, says: &says, fatal: true };
        refusal.of(&stage, &stage.config, &["plan", "apply"], &[(variable, value)]);
    }
}

/// Nobody's variable may end the program, and one of ours that is no text is named.
#[test]
fn variables_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let stage = Stage::new();
    let file = stage.path("agent.toml");
    stage.config.write(&file);
    let run = |name: &str| {
        let mut command = agent();
        command.args(["plan", "--config"]).arg(&file).env(name, std::ffi::OsStr::from_bytes(b"caf\xe9"));
        Run::of(command)
    };
    run("LATIN").succeeds();
    let says = ["NPA__ROOT__NAME", "not UTF-8", "agent.toml"];
    Refusal { code: "NPA0101", exit: 10, says: &says, fatal: true }.as_text(&run("NPA__ROOT__NAME"));
}

/// A bad password of a variable must not be repeated.
#[test]
fn a_variable_with_a_password() {
    let stage = Stage::new();
    let run = stage.run_with(&stage.config, &["plan"], &[("NPA__KEYSTONE__PASWORD", "hunter2")]);
    assert_eq!(run.exit, 10, "{run:?}");
    assert!(run.stderr.contains("NPA__KEYSTONE__PASWORD"), "{run:?}");
}

#[test]
fn a_configuration_file_that_cannot_be_read() {
    let stage = Stage::new();
    for (path, why) in [(stage.path("nowhere.toml"), "No such file"), (stage.path(""), "directory")] {
        let says = [path.to_str().unwrap(), why, "--config names another"];
        let run = |more: &[&str]| {
            let mut command = agent();
            command.args(["plan", "--config"]).arg(&path).args(more);
            Run::of(command)
        };
        let refusal = Refusal { code: "NPA0102", exit: 11, says: &says, fatal: true };
        refusal.as_text(&run(&[]));
        refusal.as_json("plan", &run(&["--format", "json"]));
    }
}

//! `check`: whatever fails is a line of the report, and the rest is looked at all the same.

use serde_json::Value;

use crate::agent::Config;
use crate::stage::Stage;

/// The report of that configuration, which has errors or none.
fn report(stage: &Stage, config: &Config, exit: i32) -> Value {
    let before = stage.tree();
    let run = stage.run_with(config, &["check", "--format", "json"], &[]);
    assert_eq!(run.exit, exit, "{run:#?}");
    let document = run.json();
    assert_eq!(document["schema"], "check/v1");
    let text = stage.run_with(config, &["check"], &[]);
    assert_eq!(text.exit, exit, "{text:#?}");
    // Each request has an id of its own.
    let verdict = document["verdict"]["text"].as_str().unwrap().split("(req-").next().unwrap();
    assert!(text.stdout.starts_with(verdict), "{}", text.stdout);
    assert_eq!(before, stage.tree(), "it writes nothing");
    document
}

fn line<'a>(document: &'a Value, checked: &str) -> &'a Value {
    let subjects = document["subjects"].as_array().unwrap();
    let mut lines = subjects.iter().flat_map(|subject| subject["checks"].as_array().unwrap());
    lines.find(|line| line["checked"] == checked).unwrap_or_else(|| panic!("{checked}: {document:#}"))
}

/// The GPUs are looked at, whatever else is not.
fn sees_the_gpus(document: &Value) {
    assert_eq!(line(document, "NVML")["result"], "ok", "{document:#}");
    let subjects = document["subjects"].as_array().unwrap();
    let gpu = subjects.iter().find(|subject| subject["name"] == "0000:41:00.0  NVIDIA A100-SXM4-40GB");
    let gives = gpu.unwrap()["checks"].as_array().unwrap().iter().find(|line| line["checked"] == "gives");
    assert_eq!(gives.unwrap()["seen"], "1 × 3g.20gb, 2 × 1g.5gb");
}

#[test]
fn a_wrong_password() {
    let stage = Stage::behind_keystone().published();
    let mut config = stage.config.clone();
    config.set("keystone.password", "not-the-right-one");
    let document = report(&stage, &config, 4);
    assert_eq!(line(&document, "credentials")["result"], "ok");
    assert_eq!(line(&document, "login")["code"], "NPA0405");
    for unseen in ["Placement", "root"] {
        assert_eq!(line(&document, unseen)["result"], "unseen", "{unseen}");
    }
    sees_the_gpus(&document);
    assert!(!document.to_string().contains("not-the-right-one"));
}

#[test]
fn a_user_without_the_role() {
    let stage = Stage::behind_keystone().published();
    let mut config = stage.config.clone();
    config.set("keystone.username", "npa-reader");
    let document = report(&stage, &config, 4);
    assert_eq!(line(&document, "login")["result"], "ok");
    assert_eq!(line(&document, "Placement")["result"], "ok");
    assert_eq!(line(&document, "role")["code"], "NPA0404");
    assert!(line(&document, "role")["remedy"].as_str().unwrap().contains("role `service`"));
    sees_the_gpus(&document);
}

#[test]
fn no_root() {
    let stage = Stage::new();
    let mut config = stage.config.clone();
    config.unset("root.").set("root.name", "gone.example.org");
    let document = report(&stage, &config, 4);
    assert_eq!(line(&document, "root")["code"], "NPA0301");
    assert_eq!(document["root"], Value::Null);
    assert_eq!(document["verdict"]["lands"], false);
    sees_the_gpus(&document);
}

#[test]
fn no_credentials_and_a_placement_that_is_away() {
    let stage = Stage::new();
    let mut config = stage.config.clone();
    config.unset("placement.");
    config.raw("nova.config_files", "[]").raw("nova.config_dirs", "[]");
    let document = report(&stage, &config, 4);
    assert_eq!(line(&document, "credentials")["code"], "NPA0103");
    sees_the_gpus(&document);

    let mut config = stage.config.clone();
    config.set("placement.endpoint", "http://127.0.0.1:9").raw("placement.retries", "0");
    let document = report(&stage, &config, 4);
    assert_eq!(line(&document, "Placement")["code"], "NPA0401");
    sees_the_gpus(&document);
}

#[test]
fn a_driver_that_is_not_loaded() {
    let stage = Stage::behind_keystone().published();
    stage.gpus.rewrite("error = \"driver_not_loaded\"");
    let document = report(&stage, &stage.config, 4);
    assert_eq!(line(&document, "NVML")["code"], "NPA0203");
    for good in ["credentials", "login", "Placement", "root", "role"] {
        assert_eq!(line(&document, good)["result"], "ok", "{good}: {document:#}");
    }
}

/// No compute node, and no agent: nothing else is wrong.
#[test]
fn what_is_good_is_left_out_on_request() {
    let stage = Stage::new().published();
    let document = report(&stage, &stage.config, 3);
    let codes: Vec<&str> =
        document["findings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["NPA0716", "NPA0210", "NPA0713", "NPA0705"]);
    let run = stage.run(&["check", "--problems"]);
    assert!(run.stdout.contains("NPA0716") && !run.stdout.contains("  ok  "), "{}", run.stdout);
}

#[test]
fn explain_follows_a_name_and_says_what_there_is() {
    let stage = Stage::new().published();
    let provider = format!("{}:nvidia:0000:41:00.0:20b0:mig-19", stage.name);
    let run = stage.run(&["explain", &provider, "--format", "json"]).succeeds();
    let document = run.json();
    assert_eq!(document["schema"], "explain/v1");
    assert_eq!(document["providers"].as_array().unwrap().len(), 1);
    assert_eq!(document["providers"][0]["name"], provider.as_str());
    assert_eq!(document["providers"][0]["writes"], serde_json::json!([]));
    assert_eq!(
        document["offers"][0]["rule"],
        "MIG is on, and no vGPU type is chosen for the profile: its GPU instances"
    );

    let text = stage.run(&["explain", "0000:41:00.0"]).succeeds();
    assert!(text.stdout.contains("1 × 3g.20gb (profile 9), slots 0-3"), "{}", text.stdout);

    let nothing = stage.run(&["explain", "0000:42:00.0"]);
    assert_eq!((nothing.exit, nothing.stdout.as_str()), (64, ""));
    assert!(
        nothing.stderr.contains("0000:41:00.0") && nothing.stderr.contains(&provider),
        "{}",
        nothing.stderr
    );

    let mut away = stage.config.clone();
    away.set("placement.endpoint", "http://127.0.0.1:9").raw("placement.retries", "0");
    let run = stage.run_with(&away, &["explain", &provider], &[]);
    assert_eq!(run.exit, 40, "{run:#?}");
    assert!(run.stdout.contains("Placement could not be asked"), "{}", run.stdout);
    assert!(run.stdout.contains("3g.20gb"), "{}", run.stdout);
}

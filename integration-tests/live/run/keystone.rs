//! Keystone away, and tokens that are revoked, while the agent runs.

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::{ProviderUuid, RootUuid};
use serde_json::{Value, json};
use uuid::Uuid;

use super::daemon::{Daemon, Setup};
use super::switch::Switch;
use crate::command::a100;
use crate::proxy::Proxy;
use crate::support::variable;

/// What a Fernet token begins with: its version byte and the first of its time.
const TOKEN: &str = "gAAAA";

/// An agent between two proxies, and a root in the Placement that asks Keystone.
struct Scene {
    _host: SimulatedHost,
    setup: Setup,
    keystone: Option<Proxy>,
    placement: Proxy,
}

impl Scene {
    async fn new() -> Scene {
        let host = SimulatedHost::new(&a100("NVIDIA A100", "\"7x 1g.5gb\""));
        let root = Uuid::new_v4();
        let before = |variable: &str| Proxy::before(variable, 0, Switch::new().hook());
        let keystone = before(&variable("NPA_TEST_KEYSTONE_URL"));
        let placement = before(&variable("NPA_TEST_KEYSTONE_PLACEMENT_URL"));
        new_root(root).await;
        let mut setup = Setup::new(&host, RootUuid::new(root), &placement.url());
        let text = |value: &str| format!("\"{value}\"");
        setup
            .set("placement.auth", text("keystone"))
            .set("keystone.auth_url", text(&format!("{}/v3", keystone.url())))
            .set("keystone.username", text("npa"))
            .set("keystone.project_name", text("service"))
            .set("keystone.password", text(&variable("NPA_TEST_PASSWORD")))
            .set("log.level", text("trace"));
        Scene { _host: host, setup, keystone: Some(keystone), placement }
    }

    fn keystone(&mut self) -> &Proxy {
        self.keystone.get_or_insert_with(|| panic!("Keystone is away"))
    }

    /// Revokes the token that the agent uses now.
    async fn revoke(&self, daemon: &mut Daemon) -> String {
        self.placement.take();
        daemon.cycles(2).await;
        let token = self.placement.take().pop().unwrap().token;
        let url = format!("{}/auth/tokens", variable("NPA_TEST_KEYSTONE_URL"));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.delete(url).header("X-Auth-Token", &token).header("X-Subject-Token", &token);
        assert_eq!(request.send().await.unwrap().status().as_u16(), 204);
        token
    }
}

/// As nova-compute would, with a token of the administrator.
async fn new_root(uuid: Uuid) {
    let named = |name: &str| json!({ "name": name, "domain": { "name": "Default" } });
    let mut user = named("admin");
    user["password"] = json!(variable("NPA_TEST_PASSWORD"));
    let identity = json!({ "methods": ["password"], "password": { "user": user } });
    let body = json!({ "auth": { "identity": identity, "scope": { "project": named("admin") } } });
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let login = http.post(format!("{}/auth/tokens", variable("NPA_TEST_KEYSTONE_URL"))).json(&body);
    let answer = login.send().await.unwrap();
    let token = answer.headers()["X-Subject-Token"].to_str().unwrap().to_owned();
    let url = format!("{}/resource_providers", variable("NPA_TEST_KEYSTONE_PLACEMENT_URL"));
    let body = json!({ "uuid": ProviderUuid::new(uuid).to_string(), "name": format!("live-{uuid}") });
    let create = http.post(url).json(&body).header("X-Auth-Token", token);
    assert!(create.send().await.unwrap().status().is_success());
}

#[tokio::test]
async fn a_revoked_token_and_keystones_absence_are_two_things() {
    let mut scene = Scene::new().await;
    let mut daemon = scene.setup.start();
    daemon.settled().await;
    assert_eq!(scene.keystone().take().len(), 1, "one login serves all cycles");

    // Revoked while Keystone answers: one login more, and no cycle fails.
    let revoked = scene.revoke(&mut daemon).await;
    let status = daemon.cycles(3).await;
    assert_eq!(status["failures"], 0, "{status:#?}");
    assert_eq!(scene.keystone().take().len(), 1);
    assert_ne!(scene.placement.take().pop().unwrap().token, revoked);

    // Keystone away: nobody needs it while the token lives.
    let port = scene.keystone().port();
    scene.keystone = None;
    let status = daemon.cycles(5).await;
    assert_eq!(status["failures"], 0, "{status:#?}");

    // Both at once: now it waits, and says for whom.
    scene.revoke(&mut daemon).await;
    daemon.until("failing", |status| status["failures"].as_u64() >= Some(2)).await;
    let status = daemon.waiting_for(&["NPA0401"]).await;
    let [finding] = &status["findings"].as_array().unwrap()[..] else { panic!("{status:#?}") };
    assert!(finding["seen"].as_str().unwrap().starts_with("cannot reach Keystone"), "{finding:#?}");
    scene.keystone = Some(Proxy::before(&variable("NPA_TEST_KEYSTONE_URL"), port, Switch::new().hook()));
    let back = |status: &Value| status["failures"] == 0;
    daemon.until("back", back).await;
    daemon.settled().await;
    assert_eq!(daemon.said(&["ERROR", "NPA0401"]), 1, "{}", daemon.log());
    assert_eq!(daemon.said(&["NPA0401", "no more"]), 1, "{}", daemon.log());
    // Through logins, renewals and refusals, at the highest verbosity.
    let log = daemon.log();
    assert!(log.contains("TRACE") && log.contains("keystone login"), "{log}");
    assert!(!log.contains(&variable("NPA_TEST_PASSWORD")), "the password: {log}");
    assert!(!log.contains(TOKEN) && !log.contains(&revoked), "a token: {log}");
}

/// The time of this host is a day off: a token's life is the difference of two of Keystone's own times, and
/// everything else goes by the clock that nobody sets.
#[tokio::test]
async fn a_clock_that_is_a_day_off_changes_nothing() {
    let library = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]
        .map(|folder| format!("{folder}/faketime/libfaketime.so.1"));
    let Some(library) = library.iter().find(|path| std::path::Path::new(path).exists()) else {
        println!("not tried: libfaketime is not installed (Debian: faketime)");
        return;
    };
    for shift in ["-1d", "+1d"] {
        let mut scene = Scene::new().await;
        let mut command = scene.setup.command("run");
        command.env("LD_PRELOAD", library).env("FAKETIME", shift);
        // Only what a person could set.
        command.env("DONT_FAKE_MONOTONIC", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        let mut daemon = Daemon::start(command, &scene.setup);
        daemon.settled().await;
        let status = daemon.cycles(3).await;
        assert_eq!(status["failures"], 0, "{shift}: {status:#?}");
        assert_eq!(scene.keystone().take().len(), 1, "{shift}: one login serves all cycles");
        let today = jiff::Timestamp::now().to_string();
        let log = daemon.log();
        assert!(!log.contains(&today[..10]) && log.contains("started"), "the clock was not set: {log}");
        daemon.stop();
    }
}

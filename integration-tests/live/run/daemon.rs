//! The running agent as its operator has it: a configuration file, a socket, a log, signals.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use nvidia_ml::testing::SimulatedHost;
use nvidia_placement_agent::model::RootUuid;
use serde_json::Value;

/// Nothing that a test waits for takes that long, on a machine that does much else as well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Of [`Daemon::wait`].
const TURN: Duration = Duration::from_millis(2);

/// A configuration file, and the folder that the agent lives in.
pub(crate) struct Setup {
    folder: Arc<tempfile::TempDir>,
    values: BTreeMap<&'static str, String>,
}

impl Setup {
    /// Fast, so that a test need not wait: cycles every 200 ms, settled after 500. What hangs needs a shorter
    /// deadline: on a machine that does much else, a scan may take longer than one that suits a test.
    pub(crate) fn new(host: &SimulatedHost, root: RootUuid, url: &str) -> Setup {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let text = |value: &dyn std::fmt::Display| format!("\"{value}\"");
        let mut setup = Setup { values: BTreeMap::new(), folder };
        let directory = setup.directory();
        setup
            .set("placement.auth", text(&"noauth"))
            .set("placement.endpoint", text(&url))
            .set("placement.retries", "0")
            .set("root.uuid", text(&root))
            .set("hardware.nvml_library", text(&host.library().display()))
            .set("hardware.sysfs", text(&host.sysfs().display()))
            .set("hardware.scan_deadline", text(&"20s"))
            .set("own.attachable", text(&"yes"))
            .set("run.interval", text(&"200ms"))
            .set("run.directory", text(&directory.display()))
            // Many agents at once: each would want the same address.
            .set("telemetry.listen", text(&"off"))
            .set("settling.growth", text(&"500ms"))
            .set("settling.other_kind", text(&"500ms"));
        setup
    }

    /// One value, as TOML has it; in force when an agent starts or is told to reload.
    pub(crate) fn set(&mut self, key: &'static str, value: impl Into<String>) -> &mut Setup {
        self.values.insert(key, value.into());
        self.write();
        self
    }

    pub(crate) fn unset(&mut self, key: &'static str) -> &mut Setup {
        self.values.remove(key);
        self.write();
        self
    }

    fn write(&self) {
        let mut text = String::new();
        for (key, value) in &self.values {
            let _ = writeln!(text, "{key} = {value}");
        }
        std::fs::write(self.file(), text).unwrap();
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("agent.toml")
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    /// Any verb, told nothing by this machine.
    pub(crate) fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nvidia-placement-agent"));
        // As the unit has it.
        command
            .env_clear()
            .env("MALLOC_ARENA_MAX", "2")
            .arg("--config")
            .arg(self.file())
            .arg(verb)
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn start(&self) -> Daemon {
        Daemon::start(self.command("run"), self)
    }
}

/// A running agent; killed when it is dropped.
pub(crate) struct Daemon {
    child: Child,
    log: PathBuf,
    directory: PathBuf,
    // Goes when both have gone.
    _folder: Arc<tempfile::TempDir>,
}

impl Daemon {
    pub(crate) fn start(mut command: Command, setup: &Setup) -> Daemon {
        let log = setup.folder.path().join("log");
        let file = File::options().create(true).append(true).open(&log).unwrap();
        let child = command.stdout(Stdio::null()).stderr(file).spawn().unwrap();
        Daemon { child, log, directory: setup.directory(), _folder: Arc::clone(&setup.folder) }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has logged; a second start adds to it.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// How many lines of the log have all of these words.
    pub(crate) fn said(&self, words: &[&str]) -> usize {
        self.log().lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
    }

    /// What its socket shows, if it answers.
    pub(crate) fn status(&self) -> Option<Value> {
        get(&self.directory.join("agent.sock"))
    }

    /// Polls its status until it is as it should be.
    pub(crate) async fn until(&mut self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        let mut last = None;
        while started.elapsed() < PATIENCE {
            if let Some(ended) = self.child.try_wait().unwrap() {
                panic!("it ended with {ended} instead of {what}\n{}", self.log());
            }
            last = self.status().or(last);
            match last.as_ref().filter(|status| is(status)) {
                Some(status) => return status.clone(),
                None => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
        panic!("not {what}: {last:#?}\n{}", self.log());
    }

    /// Polls its status until it waits for something that has these words in it. Between a failure and the next
    /// try it says what it waits for, during a cycle what that is about.
    pub(crate) async fn waiting_for(&mut self, words: &[&str]) -> Value {
        self.until(&format!("waiting for {words:?}"), |status| {
            let waiting = status["waiting"].as_str().unwrap();
            words.iter().all(|word| waiting.contains(word))
        })
        .await
    }

    /// Waits until so many more cycles have ended.
    pub(crate) async fn cycles(&mut self, more: u64) -> Value {
        let begun = self.until("answering", |_| true).await["cycles"].as_u64().unwrap();
        self.until("going on", |status| status["cycles"].as_u64().unwrap() >= begun + more).await
    }

    /// Waits until it says that Placement is as it should be, with nothing still to settle.
    pub(crate) async fn settled(&mut self) -> Value {
        let settled = |provider: &Value| {
            let reason = provider["reason"].as_str().unwrap();
            !reason.contains("seen") && provider["state"] != "hold"
        };
        self.until("settled", |status| {
            let providers = status["providers"].as_array().unwrap();
            status["converged"] == true && !providers.is_empty() && providers.iter().all(settled)
        })
        .await
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for its end; how it ended, and how long that took. The time is counted in turns of this thread: a
    /// machine that is too busy to let the agent run gives this thread no turn either.
    pub(crate) fn wait(&mut self) -> (ExitStatus, Duration) {
        let started = Instant::now();
        let mut took = Duration::ZERO;
        while started.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, took);
            }
            std::thread::sleep(TURN);
            took += TURN;
        }
        panic!("it does not end\n{}", self.log());
    }

    /// SIGTERM must end it within a second, and well.
    pub(crate) fn stop(&mut self) {
        self.signal("TERM");
        let (status, took) = self.wait();
        assert_eq!(status.code(), Some(0), "{}", self.log());
        assert!(took < Duration::from_secs(1), "it took {took:?}");
    }

    /// A line of `/proc/<pid>/status`, in its own unit.
    pub(crate) fn figure(&self, key: &str) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `GET /api/v1/status`, by other code than the code under test.
fn get(socket: &Path) -> Option<Value> {
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"GET /api/v1/status HTTP/1.1\r\nHost: agent\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
}

//! nova-compute's side of Placement, one step at a time: see `compute.py`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::variable;

/// How Nova's services log in.
pub(crate) fn login() -> String {
    let (url, password) = (variable("NPA_TEST_KEYSTONE_URL"), variable("NPA_TEST_PASSWORD"));
    format!(
        "[placement]\nauth_type = password\nauth_url = {url}\nusername = nova\npassword = {password}\n\
         project_name = service\nuser_domain_name = Default\nproject_domain_name = Default\n\
         region_name = RegionOne\n"
    )
}

/// The interpreter that has Nova, on a script beside this file.
pub(crate) fn python(script: &str) -> Command {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration-tests/nova").join(script);
    let mut command = Command::new(variable("NPA_TEST_NOVA_PYTHON"));
    command.env("PYTHONUTF8", "1").env("no_proxy", "*").arg(path);
    command
}

/// What Nova said to a step that it could not do: the class of its exception and the text.
#[derive(Debug, PartialEq)]
pub(crate) struct Refused {
    pub(crate) class: String,
    pub(crate) text: String,
}

pub(crate) struct Compute {
    pub(crate) root: String,
    pub(crate) name: String,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
}

impl Compute {
    /// With a driver that reports processors, memory and disk.
    pub(crate) fn plain() -> Compute {
        Compute::start("fake", "")
    }

    /// With libvirt's driver, and this beside the credentials in nova.conf.
    pub(crate) fn libvirt(conf: &str) -> Compute {
        Compute::start("libvirt", conf)
    }

    fn start(driver: &str, conf: &str) -> Compute {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("nova.conf");
        std::fs::write(&file, format!("{}{conf}", login())).unwrap();
        let root = Uuid::new_v4().to_string();
        let name = format!("nova-{root}.example.org");
        let mut command = python("compute.py");
        command.arg(file).args([&root, &name, driver]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut child = command.stderr(log).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Compute { root, name, child, input, output: BufReader::new(output), folder }
    }

    /// One step, which it may refuse.
    pub(crate) fn tries(&mut self, verb: &str, argument: Value) -> Result<Value, Refused> {
        writeln!(self.input, "{}", json!({ verb: argument })).unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            panic!("{verb}: {line}\n{}", std::fs::read_to_string(self.folder.path().join("log")).unwrap())
        });
        match answer.get("ok") {
            Some(answer) => Ok(answer.clone()),
            None => {
                let text = |key: &str| answer[key].as_str().unwrap().to_owned();
                Err(Refused { class: text("error"), text: text("text") })
            }
        }
    }

    /// One step, which it must not refuse.
    pub(crate) fn does(&mut self, verb: &str, argument: Value) -> Value {
        self.tries(verb, argument).unwrap_or_else(|refused| panic!("{verb}: {refused:?}"))
    }

    /// One periodic update; the names of the tree as it then is in its cache.
    pub(crate) fn updates(&mut self) -> Vec<String> {
        serde_json::from_value(self.does("update", Value::Null)).unwrap()
    }
}

impl Drop for Compute {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! What the documentation shows of the demo's host is what the program prints.
//!
//! A code block after `<!-- demo: STATE -->` is run: each of its `$ nvidia-placement-agent …`, against a real
//! Placement, and the output compared. `…` stands for anything, on a line of its own for any number of lines.
//! UUIDs are alike. The states follow each other, as in the demo: `fresh` (nothing is published yet), `published`,
//! `recut` (a guest has a `1g.5gb` of the second A100, which was cut anew), `drained` (that is applied).

use std::path::Path;
use std::process::{Command, Stdio};

use nvidia_ml::testing::SimulatedHost;
use serde_json::json;
use uuid::Uuid;

use crate::direct;
use crate::support::placement_url;

const STATES: [&str; 4] = ["fresh", "published", "recut", "drained"];
const NAME: &str = "cmp1.example.org";

struct Demo {
    host: SimulatedHost,
    name: String,
    root: Uuid,
}

/// A command of a block, and what stands below it.
struct Shown {
    place: String,
    command: String,
    output: Vec<String>,
}

#[tokio::test]
async fn outputs_are_as_they_are_shown() {
    let demo = Demo::new();
    let (mut wrong, mut count, mut code) = (Vec::new(), 0, 0);
    for state in STATES {
        demo.enter(state).await;
        for shown in blocks().into_iter().filter(|(of, _)| of == state).map(|(_, shown)| shown) {
            count += 1;
            let printed = if shown.command == "echo $?" {
                format!("{code}\n")
            } else {
                let (printed, exit) = demo.run(&shown.command);
                code = exit;
                printed
            };
            if !alike(&shown.output, &printed.lines().map(str::to_owned).collect::<Vec<_>>()) {
                wrong.push(format!("{} ({state}): `{}` prints\n{printed}", shown.place, shown.command));
            }
        }
    }
    assert!(count >= 8, "only {count} blocks");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

impl Demo {
    fn new() -> Demo {
        let root = Uuid::new_v4();
        let name = format!("cmp1-{}.example.org", root.simple());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/integration-tests/stack/compute_node.sh");
        let made = Command::new(script).args([&placement_url(), &name, &root.to_string()]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Demo { host: SimulatedHost::new(&host("host.toml")), name, root }
    }

    async fn enter(&self, state: &str) {
        match state {
            "published" => drop(self.run("nvidia-placement-agent apply")),
            "recut" => {
                self.guest().await;
                self.host.rewrite(&host("host-recut.toml"));
            }
            "drained" => drop(self.run("nvidia-placement-agent apply")),
            _ => {}
        }
    }

    /// Takes what the demo's flavor asks for, with its `1g.5gb` on the GPU that is cut anew.
    async fn guest(&self) {
        let name = format!("{}:nvidia:0000:41:00.0:20b0:mig-19", self.name);
        let found = direct::get(&format!("/resource_providers?name={name}")).await;
        let provider = found["resource_providers"][0]["uuid"].as_str().unwrap().to_owned();
        let root = json!({ "resources": { "VCPU": 4, "MEMORY_MB": 8192, "DISK_GB": 40 } });
        let body = json!({ "consumer_generation": null, "project_id": "demo", "user_id": "demo",
            "allocations": { self.root.to_string(): root, provider: { "resources": { "VGPU": 1 } } } });
        direct::done("PUT", &format!("/allocations/{}", Uuid::new_v4()), Some(&body)).await;
    }

    /// What a command prints, on standard output and standard error together, with this root as the demo's; and
    /// how it ends.
    fn run(&self, line: &str) -> (String, i32) {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{line} 2>&1")]).env_clear().stdin(Stdio::null());
        let binary = Path::new(env!("CARGO_BIN_EXE_nvidia-placement-agent"));
        command
            .env("PATH", format!("{}:/usr/bin:/bin", binary.parent().unwrap().display()))
            .env("NVIDIA_PLACEMENT_AGENT_CONFIG", "/dev/null")
            .env("NPA__PLACEMENT__AUTH", "noauth")
            .env("NPA__PLACEMENT__ENDPOINT", placement_url())
            .env("NPA__ROOT__NAME", &self.name)
            .env("NPA__HARDWARE__NVML_LIBRARY", self.host.library())
            .env("NPA__HARDWARE__SYSFS", self.host.sysfs())
            .env("NPA__OWN__ATTACHABLE", "yes");
        let output = command.output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap().replace(&self.name, NAME);
        (printed, output.status.code().unwrap())
    }
}

fn host(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("integration-tests/demo").join(file))
        .unwrap()
}

/// Every block that is to be run, with the state that it is about.
fn blocks() -> Vec<(String, Shown)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("README.md")];
    for folder in ["docs/usage", "docs/recipes"] {
        files.extend(std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.sort();
    let mut blocks: Vec<_> = files
        .iter()
        .flat_map(|file| {
            blocks_of(&file.file_name().unwrap().to_string_lossy(), &std::fs::read_to_string(file).unwrap())
        })
        .collect();
    // What a page writes must not change what the next one shows of the same state.
    blocks.sort_by_key(|(_, shown)| shown.command.ends_with(" apply"));
    blocks
}

fn blocks_of(file: &str, text: &str) -> Vec<(String, Shown)> {
    let mut found: Vec<(String, Shown)> = Vec::new();
    let (mut state, mut inside) = (None::<String>, false);
    for (number, line) in text.lines().enumerate() {
        if let Some(said) = line.strip_prefix("<!-- demo: ").and_then(|rest| rest.strip_suffix(" -->")) {
            assert!(STATES.contains(&said), "{file}: no state {said}");
            state = Some(said.to_owned());
        } else if line.starts_with("```") {
            inside = !inside && state.is_some();
            if !inside {
                state = None;
            }
        } else if let (true, Some(of)) = (inside, &state) {
            if let Some(command) = line.strip_prefix("$ ") {
                let place = format!("{file}:{}", number + 1);
                found.push((of.clone(), Shown { place, command: command.to_owned(), output: Vec::new() }));
            } else if let Some((_, shown)) = found.last_mut() {
                shown.output.push(line.to_owned());
            }
        }
    }
    found
}

/// Whether lines are as shown, empty ones at both ends aside.
fn alike(shown: &[String], printed: &[String]) -> bool {
    let Some((first, rest)) = shown.split_first() else {
        return printed.iter().all(|line| line.trim().is_empty());
    };
    if first.trim().trim_matches(['│', ' ']) == "…" {
        return (0..=printed.len()).any(|skip| alike(rest, &printed[skip..]));
    }
    match printed.split_first() {
        Some((line, after)) if line_alike(first, line) => alike(rest, after),
        Some((line, after)) if line.trim().is_empty() => alike(shown, after),
        _ => first.trim().is_empty() && alike(rest, printed),
    }
}

fn line_alike(shown: &str, printed: &str) -> bool {
    let (shown, printed) = (anonymous(shown.trim_end()), anonymous(printed.trim_end()));
    let mut parts = shown.split('…');
    let Some(mut rest) = printed.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut open = false;
    for part in parts {
        open = part.is_empty();
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || open
}

/// Every UUID alike.
fn anonymous(line: &str) -> String {
    let word = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut text = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(word) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c| !word(c)).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        text.push_str(before);
        text.push_str(if Uuid::parse_str(run).is_ok() { "UUID" } else { run });
        rest = after;
    }
    text + rest
}

#[test]
fn what_differs_is_found() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let is = |shown: &str, printed: &str| alike(&lines(shown), &lines(printed));
    assert!(is("a\n…\nd", "a\nb\nc\nd\n"));
    assert!(is("a … c", "a b c") && is("a …", "a b c") && !is("a … c", "a b d") && !is("a", "a b"));
    assert!(is("x 4cd4726d-edfd-4a38-9279-b3571cc4405d", "x 14709b43-b5aa-58b9-9bd2-b8a78104d389"));
    assert!(!is("a\nb", "a\nc") && !is("a", "a\nb") && !is("a\nb", "a"));
    let text = "<!-- demo: recut -->\n```\n$ x\ny\n```\n```\n$ z\n```\n";
    let found = blocks_of("a.md", text);
    assert_eq!(
        (found.len(), found[0].0.as_str(), found[0].1.output.as_slice()),
        (1, "recut", &["y".to_owned()][..])
    );
}

//! Nova's configuration as our reader sees it, and as the real oslo.config does: value by value.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nvidia_placement_agent::nova::oslo::{OsloConfig, OsloError, Search};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

/// Sets of files that are drawn at random. oslo.config needs a few milliseconds for each.
const DRAWN: usize = 300;

/// The interpreter of the stack's virtual environment, which has oslo.config.
pub(crate) fn python() -> PathBuf {
    let venvs = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv");
    let found = std::fs::read_dir(venvs).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let complete = found.filter(|venv| venv.join("complete").exists());
    let newest = complete.max_by_key(|venv| venv.metadata().and_then(|data| data.modified()).ok());
    newest.expect("no virtual environment with oslo.config: run make stack-up").join("bin/python")
}

fn oslo(arguments: &[&str], asked: &Value) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration-tests/oslo/read.py");
    let mut python = Command::new(python());
    python.arg(script).args(arguments).env("PYTHONUTF8", "1").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = python.spawn().unwrap();
    child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn read(files: &[PathBuf]) -> Result<OsloConfig, OsloError> {
    let directories = Some(Vec::new());
    OsloConfig::read(&Search { files: Some(files.to_vec()), directories, ..Search::default() })
}

fn line(error: &OsloError) -> Option<u64> {
    match error {
        OsloError::Syntax { line, .. } => Some(*line as u64),
        _ => None,
    }
}

/// What differs. What oslo.config refuses, we refuse, at the same line where it names the right one; what we
/// refuse beyond that is a reference to something that may be no string.
fn differences(files: &[PathBuf], oslo: &Value) -> Vec<String> {
    let ours = match (read(files), oslo.get("error")) {
        (Ok(ours), None) => ours,
        (Ok(_), Some(_)) => return vec![format!("oslo.config refuses it: {oslo}")],
        (Err(error), None) => return vec![format!("only we refuse it: {error}")],
        (Err(error), Some(_)) => {
            // It finds a key before any section only when the value ends, a line later or more.
            let late = error.to_string().contains("before any section");
            let same = late || line(&error) == oslo["line"].as_u64();
            return if same { Vec::new() } else { vec![format!("{error}, but {oslo}")] };
        }
    };
    let mut differences = Vec::new();
    for option in oslo["values"].as_array().unwrap() {
        let name = [(option["section"].as_str().unwrap(), option["key"].as_str().unwrap())];
        let get = || ours.get(&name).map(|value| json!(value.unwrap().text));
        let all = || ours.all(&name).map(|values| values.into_iter().map(|v| v.text).collect::<Value>());
        let list = || ours.list(&name).map(|values| json!(values.unwrap()));
        for (kind, ours) in [("str", get()), ("all", all()), ("list", list())] {
            let same = match (&ours, option[kind].get("value")) {
                (Ok(ours), Some(theirs)) => ours == theirs,
                (Err(_), None) => true,
                (Err(error), Some(_)) => error.to_string().contains("may be no string"),
                (Ok(_), None) => false,
            };
            if !same {
                differences.push(format!("{name:?} as {kind}: {ours:?}, but {}", option[kind]));
            }
        }
    }
    differences
}

fn hold(sets: &[Vec<PathBuf>]) {
    let answers = oslo(&[], &json!(sets));
    assert_eq!(answers.len(), sets.len());
    for (files, answer) in sets.iter().zip(&answers) {
        let differences = differences(files, answer);
        let texts =
            files.iter().map(|file| String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned());
        assert!(differences.is_empty(), "{differences:#?}\n{files:?}\n{:#?}", texts.collect::<Vec<_>>());
    }
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn every_case_is_read_as_oslo_config_reads_it() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration-tests/oslo/cases");
    let sets: Vec<_> = sorted(&cases).iter().map(|case| sorted(case)).collect();
    assert!(sets.len() > 20);
    hold(&sets);
}

/// Lines out of the pieces that the rules are about.
fn file() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "a", "b", "c", "x y", "\"", "'", "\"q\"", "'q'", "$", "$$", "\\$", "$a", "${b}", "$t.a", "${s.b}",
        "${", "}", "#", ";", "=", ":", "[", "]", "\\", ",", " ", "\t", "\u{a0}", "\u{1f}", "é", "yes", "010",
        "5000",
    ]);
    let words = prop::collection::vec(word, 0..5).prop_map(|words| words.concat());
    let key = prop::sample::select(vec!["a", "b", "c", "d-e", "A"]);
    let section = prop::sample::select(vec!["DEFAULT", "default", "s", "S", "t", " t "]);
    let line = prop_oneof![
        8 => (key, prop::sample::select(vec!["=", " = ", ":", " : "]), words.clone())
            .prop_map(|(key, equals, value)| format!("{key}{equals}{value}")),
        3 => section.prop_map(|name| format!("[{name}]")),
        2 => words.clone().prop_map(|words| format!("  {words}")),
        1 => words.clone().prop_map(|words| format!("# {words}")),
        1 => Just(String::new()),
        // Rarely, or hardly a file would be accepted.
        1 => words.prop_map(|words| if words.contains(['=', ':']) { words } else { format!("; {words}") }),
    ];
    let end = prop::sample::select(vec!["\n", "\n", "\n", "\r\n", "\r"]);
    let lines = prop::collection::vec((line, end), 0..14);
    lines.prop_map(|lines| {
        lines.into_iter().fold("[s]\n".to_owned(), |text, (line, end)| format!("{text}{line}{end}"))
    })
}

/// The same files every time; `NPA_TEST_SEED` draws others.
#[test]
fn random_files_are_read_as_oslo_config_reads_them() {
    let seed: u64 = std::env::var("NPA_TEST_SEED").map_or(1, |seed| seed.parse().unwrap());
    println!("NPA_TEST_SEED={seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    let folder = tempfile::tempdir().unwrap();
    let drawn = prop::collection::vec(file(), 1..3);
    let sets: Vec<Vec<PathBuf>> = (0..DRAWN)
        .map(|set| {
            let texts = drawn.new_tree(&mut runner).unwrap().current();
            let write = |(number, text): (usize, String)| {
                let path = folder.path().join(format!("{set}-{number}.conf"));
                std::fs::write(&path, text).unwrap();
                path
            };
            texts.into_iter().enumerate().map(write).collect()
        })
        .collect();
    let accepted = sets.iter().filter(|files| read(files).is_ok()).count();
    assert!(accepted > DRAWN / 4, "only {accepted} sets are accepted: the generator is no good");
    hold(&sets);
}

#[test]
fn the_files_that_nova_compute_finds_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let homes = ["nothing", "files", "hidden", "directories"].map(|name| folder.path().join(name));
    for (home, path) in [
        (1, "nova.conf"),
        (1, "nova-compute.conf"),
        (2, ".nova/nova.conf"),
        (2, "nova.conf"),
        (2, "nova-compute.conf"),
        (3, "nova.conf.d/b.conf"),
        (3, "nova.conf.d/a.conf"),
        (3, "nova.conf.d/.c.conf"),
        (3, "nova.conf.d/d.txt"),
        (3, ".nova/nova-compute.conf.d/a.conf"),
        (3, ".nova/nova.conf"),
    ] {
        let path: PathBuf = homes[home].join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "[DEFAULT]\n").unwrap();
    }
    for (home, theirs) in homes.iter().zip(oslo(&["find"], &json!(homes))) {
        let mut expected: Vec<PathBuf> = serde_json::from_value(theirs[0].clone()).unwrap();
        let directories: Vec<PathBuf> = serde_json::from_value(theirs[1].clone()).unwrap();
        for directory in directories {
            expected.extend(sorted(&directory).into_iter().filter(|file| {
                let name = file.file_name().unwrap().to_str().unwrap();
                name.ends_with(".conf") && !name.starts_with('.')
            }));
        }
        let ours = OsloConfig::read(&Search { home: home.clone(), ..Search::default() }).unwrap();
        assert_eq!(ours.files().collect::<Vec<_>>(), expected);
    }
}

//! The arrows between the rooms, read from the source. The compiler would let every room use every other.

use std::path::{Path, PathBuf};

use super::source::{Use, uses};

/// What a room may use: rooms, and single items of rooms.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("geometry", &["model"]),
    ("planner", &["model", "geometry"]),
    ("advice", &["model", "geometry", "planner"]),
    ("hardware", &["model"]),
    ("nova", &["model"]),
    ("identity", &["model"]),
    ("placement", &["model", "identity"]),
    // Of the rooms that it configures their types; of nova the reader of Nova's files, where credentials are.
    (
        "config",
        &[
            "model",
            "identity",
            "nova::oslo",
            "planner::Policy",
            "planner::Attachable",
            "planner::Timing",
            "planner::HealthAction",
            "planner::HealthPolicy",
            "planner::VgpuRule",
            "planner::ModeRule",
        ],
    ),
    // Of config what `config show` shows.
    ("report", &["model", "geometry", "advice", "config"]),
    ("telemetry", &["model", "report"]),
    ("reconciler", &["model", "geometry", "planner", "hardware", "nova", "identity", "placement"]),
    // Joins everything; nobody uses it.
    (
        "cli",
        &[
            "model",
            "geometry",
            "planner",
            "advice",
            "hardware",
            "nova",
            "identity",
            "placement",
            "config",
            "report",
            "telemetry",
            "reconciler",
        ],
    ),
];

#[test]
fn the_arrows_point_one_way() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&source, &mut files);
    assert!(files.len() > 50, "only {} files under {}", files.len(), source.display());
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&source).unwrap();
        let module = module(inside);
        let [room, ..] = module.as_slice() else { continue };
        let text = std::fs::read_to_string(&file).unwrap();
        for found in uses(&text, &module) {
            if let Some(why) = violation(room, &found) {
                wrong.push(format!("src/{}:{}: {why}", inside.display(), found.line));
            }
        }
    }
    assert!(wrong.is_empty(), "the design says otherwise:\n{}", wrong.join("\n"));
}

/// Why a room may not use that, if it may not.
fn violation(room: &str, found: &Use) -> Option<String> {
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return Some(format!("the room {room} has no line in the table of src/tests/rooms.rs"));
    };
    let used = found.path.first()?;
    // An item of the crate itself (a macro, say) is nobody's room.
    let is_room = ROOMS.iter().any(|(name, _)| name == used);
    let item = found.path.iter().take(2).cloned().collect::<Vec<_>>().join("::");
    let fine =
        !is_room || used == room || allowed.contains(&used.as_str()) || allowed.contains(&item.as_str());
    (!fine).then(|| format!("{room} uses {item}; it may use {}", list(allowed)))
}

fn list(allowed: &[&str]) -> String {
    if allowed.is_empty() { "no other room".to_owned() } else { allowed.join(", ") }
}

/// Every source file but those of tests, in order.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "tests" || name == "tests.rs" {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
}

/// `planner/mode.rs` is `planner::mode`; `lib.rs` and `main.rs` are the crate itself.
fn module(file: &Path) -> Vec<String> {
    let text = file.with_extension("").to_str().unwrap().to_owned();
    let parts = text.split('/').filter(|part| !["mod", "lib", "main"].contains(part));
    parts.map(str::to_owned).collect()
}

#[test]
fn violations_are_found() {
    let found = |room: &str, text: &str| {
        let uses = uses(text, &[room.to_owned(), "file".to_owned()]);
        uses.iter().filter_map(|found| violation(room, found)).count()
    };
    assert_eq!(found("planner", "use crate::model::{Code, Finding};\nuse crate::geometry;"), 0);
    assert_eq!(found("planner", "use crate::placement::Client;"), 1);
    assert_eq!(found("planner", "use crate::{model::Code, placement::Client, cli};"), 2);
    assert_eq!(found("planner", "fn f() -> super::super::hardware::Options {}"), 1);
    assert_eq!(found("config", "use crate::planner::{Attachable, Policy};"), 0);
    assert_eq!(found("config", "use crate::planner::{self, Policy, decide};"), 2);
    assert_eq!(found("report", "pub(in crate::report) fn f() {}"), 0);
    assert_eq!(found("reconciler", "use crate::cli;"), 1);
    assert_eq!(found("cellar", "use crate::model;"), 1);
}

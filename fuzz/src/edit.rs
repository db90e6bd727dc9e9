//! Recorded hosts with answers changed: bytes that break JSON teach nothing about what is behind its reader.

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use serde_json::{Value, json};

/// The recorded hosts of the tests, which those of the fuzz targets begin with.
const CASES: [&str; 11] = [
    include_str!("../../integration-tests/cases/a-driver-that-is-not-loaded/nvml.json"),
    include_str!("../../integration-tests/cases/a-driver-without-profile-names/nvml.json"),
    include_str!("../../integration-tests/cases/a100-cut-and-t4/nvml.json"),
    include_str!("../../integration-tests/cases/a100-mdevs-in-mig/nvml.json"),
    include_str!("../../integration-tests/cases/a100-sixteen-functions-partly-typed/nvml.json"),
    include_str!("../../integration-tests/cases/a100-vgpus-in-mig/nvml.json"),
    include_str!("../../integration-tests/cases/a40-time-sliced/nvml.json"),
    include_str!("../../integration-tests/cases/l40s-time-sliced-on-vendor-vfio/nvml.json"),
    include_str!("../../integration-tests/cases/one-gpu-falls-off-the-bus/nvml.json"),
    include_str!("../../integration-tests/cases/rtx-pro-6000-several-vgpus-in-one-instance/nvml.json"),
    include_str!("../../integration-tests/cases/without-permission/nvml.json"),
];

/// Entries that one list is grown to at most, and GPUs of one host.
const GROWN: usize = 300;
const DEVICES: usize = 8;

/// One change of one answer. `at` chooses it, modulo how many there are.
#[derive(Debug, Arbitrary)]
pub enum Edit<'a> {
    /// Another number: one of those at the edges of types, or any.
    Number { at: u16, number: Number },
    /// Another text.
    Text { at: u16, text: &'a str },
    /// A value of another kind.
    Kind { at: u16, kind: Kind },
    /// A list that goes on.
    Grow { at: u16, by: u16 },
    /// A list that ends earlier.
    Cut { at: u16, to: u8 },
    /// An error instead of an answer.
    Fail { at: u16, with: Failure<'a> },
    /// No entry.
    Forget { at: u16 },
    /// The answer of another call.
    Swap { at: u16, with: u16 },
    /// The answer to another question of the same call.
    Ask { at: u16, of: u16 },
    /// One more GPU that answers as another one does.
    Copy { of: u8, to: u8 },
    /// How many GPUs there are.
    Count { count: u32 },
}

#[derive(Debug, Arbitrary)]
pub enum Number {
    Edge(u8),
    Small(u8),
    Any(i64),
    Fraction(f64),
}

#[derive(Debug, Arbitrary)]
pub enum Kind {
    Null,
    True,
    Empty,
    List,
    Object,
}

#[derive(Debug, Arbitrary)]
pub enum Failure<'a> {
    Known(u8),
    Code(u32),
    NoSymbol,
    Nonsense(&'a str),
}

impl Number {
    fn value(&self) -> Value {
        const EDGES: [u64; 12] = [
            0, 1, 7, 8, 63, 64, 65, 0x7fff_ffff, 0xffff_ffff, 0x1_0000_0000, u64::MAX, (1 << 63),
        ];
        match self {
            Number::Edge(at) => json!(EDGES[usize::from(*at) % EDGES.len()]),
            Number::Small(number) => json!(number),
            Number::Any(number) => json!(number),
            Number::Fraction(number) => json!(number),
        }
    }
}

/// A recorded host with these changes, as the text of its file.
pub fn edited(case: u8, edits: &[Edit<'_>]) -> String {
    let text = CASES[usize::from(case) % CASES.len()];
    let mut host: Value = serde_json::from_str(text).expect("a recorded case is JSON");
    for edit in edits {
        apply(&mut host, edit);
    }
    host.to_string()
}

fn apply(host: &mut Value, edit: &Edit<'_>) {
    match edit {
        Edit::Number { at, number } => leaf(host, *at, Value::is_number, |value| *value = number.value()),
        Edit::Text { at, text } => leaf(host, *at, Value::is_string, |value| *value = json!(text)),
        Edit::Kind { at, kind } => leaf(host, *at, |_| true, |value| {
            *value = match kind {
                Kind::Null => Value::Null,
                Kind::True => json!(true),
                Kind::Empty => json!(""),
                Kind::List => json!([value.take()]),
                Kind::Object => json!({ "value": value.take() }),
            };
        }),
        Edit::Grow { at, by } => leaf(host, *at, Value::is_array, |value| {
            let Some(list) = value.as_array_mut() else { return };
            let Some(last) = list.last().cloned() else { return };
            let more = (usize::from(*by)).min(GROWN.saturating_sub(list.len()));
            list.extend((1..=more).map(|step| shifted(&last, step as u64)));
        }),
        Edit::Cut { at, to } => leaf(host, *at, Value::is_array, |value| {
            if let Some(list) = value.as_array_mut() {
                list.truncate(usize::from(*to));
            }
        }),
        Edit::Fail { at, with } => entry(host, *at, |entry| {
            for key in ["answer", "code", "name", "no_symbol", "nonsense"] {
                entry.remove(key);
            }
            let (key, value) = match with {
                Failure::Known(code) => ("code", json!(code % 32)),
                Failure::Code(code) => ("code", json!(code)),
                Failure::NoSymbol => ("no_symbol", Value::Null),
                Failure::Nonsense(what) => ("nonsense", json!(what)),
            };
            entry.insert(key.to_owned(), value);
        }),
        Edit::Forget { at } => entry(host, *at, |entry| {
            entry.insert("call".to_owned(), json!("forgotten"));
        }),
        Edit::Swap { at, with } => {
            let mut other = None;
            entry(host, *with, |entry| other = entry.get("answer").cloned());
            let Some(other) = other else { return };
            entry(host, *at, |entry| drop(entry.insert("answer".to_owned(), other)));
        }
        Edit::Ask { at, of } => {
            let mut other = None;
            entry(host, *of, |entry| other = entry.get("of").cloned());
            let Some(other) = other else { return };
            entry(host, *at, |entry| drop(entry.insert("of".to_owned(), other)));
        }
        Edit::Copy { of, to } => {
            let Some(devices) = host.get_mut("devices").and_then(Value::as_object_mut) else { return };
            let (of, to) = (usize::from(*of) % DEVICES, usize::from(*to) % DEVICES);
            let Some(device) = devices.get(&of.to_string()).cloned() else { return };
            devices.insert(to.to_string(), device);
            let bus = 64 + to as u64;
            let entries = devices.get_mut(&to.to_string()).and_then(Value::as_array_mut);
            for entry in entries.into_iter().flatten().filter_map(Value::as_object_mut) {
                if let Some(told) = entry.get_mut("answer").and_then(|answer| answer.get_mut("bus")) {
                    *told = json!(bus);
                }
            }
            count(host, to as u32 + 1, true);
        }
        Edit::Count { count: number } => count(host, *number, false),
    }
}

/// Sets how many GPUs the driver tells; where `least`, to no fewer than it told.
fn count(host: &mut Value, number: u32, least: bool) {
    let entries = host.get_mut("host").and_then(Value::as_array_mut);
    let is_count = |entry: &&mut Value| entry.get("call") == Some(&json!("nvmlDeviceGetCount_v2"));
    if let Some(answer) = entries.into_iter().flatten().find(is_count).and_then(|e| e.get_mut("answer")) {
        let told = answer.as_u64().unwrap_or(0);
        // A thread for each: many of them, all unheard of, only take time.
        *answer = json!(if least { told.max(number.into()) } else { u64::from(number) % 20 });
    }
}

/// A copy of which every number is larger, so that it is another thing.
fn shifted(value: &Value, by: u64) -> Value {
    match value {
        Value::Number(number) => number.as_u64().map_or_else(|| value.clone(), |n| json!(n.wrapping_add(by))),
        Value::Array(list) => list.iter().map(|value| shifted(value, by)).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), shifted(value, by))).collect()
        }
        other => other.clone(),
    }
}

/// Changes one entry, counted over the whole host.
fn entry(host: &mut Value, at: u16, change: impl FnOnce(&mut serde_json::Map<String, Value>)) {
    let mut entries: Vec<&mut Value> = entries(host);
    let count = entries.len().max(1);
    if let Some(entry) = entries.get_mut(usize::from(at) % count).and_then(|e| e.as_object_mut()) {
        change(entry);
    }
}

fn entries(host: &mut Value) -> Vec<&mut Value> {
    let mut found = Vec::new();
    let Some(parts) = host.as_object_mut() else { return found };
    for (name, part) in parts {
        match part {
            Value::Array(entries) if name == "host" => found.extend(entries),
            Value::Object(devices) if name == "devices" => {
                found.extend(devices.values_mut().filter_map(Value::as_array_mut).flatten());
            }
            _ => {}
        }
    }
    found
}

/// Changes one value of those in the answers that are of this kind.
fn leaf(host: &mut Value, at: u16, kind: fn(&Value) -> bool, change: impl FnOnce(&mut Value)) {
    let mut found = 0;
    for value in entries(host).into_iter().filter_map(|entry| entry.get_mut("answer")) {
        found += counted(value, kind);
    }
    if found == 0 {
        return;
    }
    let mut at = usize::from(at) % found;
    let mut change = Some(change);
    for value in entries(host).into_iter().filter_map(|entry| entry.get_mut("answer")) {
        if visit(value, kind, &mut at, &mut change) {
            return;
        }
    }
}

fn children(value: &mut Value) -> Vec<&mut Value> {
    match value {
        Value::Array(list) => list.iter_mut().collect(),
        Value::Object(map) => map.values_mut().collect(),
        _ => Vec::new(),
    }
}

fn counted(value: &mut Value, kind: fn(&Value) -> bool) -> usize {
    usize::from(kind(value)) + children(value).into_iter().map(|child| counted(child, kind)).sum::<usize>()
}

fn visit<F: FnOnce(&mut Value)>(
    value: &mut Value,
    kind: fn(&Value) -> bool,
    at: &mut usize,
    change: &mut Option<F>,
) -> bool {
    if kind(value) {
        if *at == 0 {
            if let Some(change) = change.take() {
                change(value);
            }
            return true;
        }
        *at -= 1;
    }
    children(value).into_iter().any(|child| visit(child, kind, at, change))
}

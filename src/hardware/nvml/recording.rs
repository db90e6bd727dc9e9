//! What NVML answered, as plain values under a key: to be written down, and to answer in NVML's place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::Answer;
use super::answer::name;

/// The form of the file; another one has another number.
const SCHEMA: &str = "nvml-recording/v1";

/// The answers of one scan of one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::hardware) struct Recording {
    schema: String,
    /// About NVML and the host.
    host: Vec<Entry>,
    /// About devices, by NVML's index.
    devices: BTreeMap<u32, Vec<Entry>>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// The function of `nvml.h`.
    call: String,
    /// What was asked about, where the call takes more than the device.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    of: String,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Answer(Value),
    /// An `nvmlReturn_t`.
    Code(u32),
    /// The library does not export the call.
    NoSymbol(()),
    /// Success, with a result that cannot be.
    Nonsense(String),
}

impl Default for Recording {
    fn default() -> Self {
        Recording { schema: SCHEMA.to_owned(), host: Vec::new(), devices: BTreeMap::new() }
    }
}

impl Recording {
    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.host.iter().chain(self.devices.values().flatten())
    }

    /// Whether nothing was answered.
    pub(in crate::hardware) fn is_empty(&self) -> bool {
        self.host.is_empty() && self.devices.is_empty()
    }

    /// Keeps one answer. What is asked twice is kept once.
    pub(in crate::hardware) fn keep(
        &mut self,
        device: Option<u32>,
        call: &str,
        of: String,
        answer: Result<Value, Answer>,
    ) {
        let outcome = match answer {
            Ok(value) => Outcome::Answer(value),
            Err(Answer::Code(code)) => Outcome::Code(code),
            Err(Answer::NoSymbol) => Outcome::NoSymbol(()),
            Err(Answer::Nonsense(what)) => Outcome::Nonsense(what),
            Err(Answer::Unrecorded) => return,
        };
        let entries = match device {
            Some(index) => self.devices.entry(index).or_default(),
            None => &mut self.host,
        };
        if !entries.iter().any(|entry| entry.call == call && entry.of == of) {
            entries.push(Entry { call: call.to_owned(), of, outcome });
        }
    }

    /// What was answered.
    pub(super) fn answer(&self, device: Option<u32>, call: &str, of: &str) -> Result<Value, Answer> {
        let entries = match device {
            Some(index) => self.devices.get(&index).map(Vec::as_slice).unwrap_or_default(),
            None => &self.host,
        };
        let found = entries.iter().find(|entry| entry.call == call && entry.of == of);
        match found.map(|entry| &entry.outcome) {
            Some(Outcome::Answer(value)) => Ok(value.clone()),
            Some(Outcome::Code(code)) => Err(Answer::Code(*code)),
            Some(Outcome::NoSymbol(())) => Err(Answer::NoSymbol),
            Some(Outcome::Nonsense(what)) => Err(Answer::Nonsense(what.clone())),
            None => Err(Answer::Unrecorded),
        }
    }

    /// Every text in the answers, and whether it is the answer of this call alone.
    pub(in crate::hardware) fn texts(&mut self, mut change: impl FnMut(&str, &mut String)) {
        for entry in self.host.iter_mut().chain(self.devices.values_mut().flatten()) {
            match &mut entry.outcome {
                Outcome::Answer(value) => texts_of(value, &mut |text| change(&entry.call, text)),
                Outcome::Nonsense(what) => change(&entry.call, what),
                Outcome::Code(_) | Outcome::NoSymbol(()) => {}
            }
        }
    }

    /// As JSON with one answer on each line, which people can read and compare.
    pub(in crate::hardware) fn print(&self) -> String {
        let lines = |entries: &[Entry]| {
            let lines: Vec<String> = entries.iter().map(|entry| format!("    {}", entry.print())).collect();
            format!("[\n{}\n  ]", lines.join(",\n"))
        };
        let devices: Vec<String> = self
            .devices
            .iter()
            .map(|(index, entries)| format!("  \"{index}\": {}", lines(entries)))
            .collect();
        let (schema, host, devices) = (&self.schema, lines(&self.host), devices.join(",\n"));
        format!("{{\n \"schema\": \"{schema}\",\n \"host\": {host},\n \"devices\": {{\n{devices}\n }}\n}}\n")
    }

    /// What [`Recording::print`] gave.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, and where.
    pub(in crate::hardware) fn read(text: &str) -> Result<Self, String> {
        let recording: Recording = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if recording.schema != SCHEMA {
            return Err(format!("its schema is {:?}; expected {SCHEMA:?}", recording.schema));
        }
        let odd = recording.entries().find_map(|entry| {
            let number = entry.fraction()?;
            Some(format!("{} answers {number}; expected whole numbers of 64 bits", entry.call))
        });
        odd.map_or(Ok(recording), Err)
    }
}

impl Entry {
    /// A number that a scan's call cannot have told, and that would not be written again as it was read.
    fn fraction(&self) -> Option<&Number> {
        match &self.outcome {
            Outcome::Answer(value) => fraction_in(value),
            Outcome::Code(_) | Outcome::NoSymbol(()) | Outcome::Nonsense(_) => None,
        }
    }

    fn print(&self) -> String {
        let mut text = serde_json::to_string(self).unwrap_or_default();
        // For people: the number decides.
        if let Outcome::Code(code) = self.outcome
            && let Some(name) = name(code)
            && text.pop().is_some()
        {
            text.push_str(&format!(",\"name\":\"{name}\"}}"));
        }
        text
    }
}

fn fraction_in(value: &Value) -> Option<&Number> {
    match value {
        Value::Number(number) => Some(number).filter(|number| number.is_f64()),
        Value::Array(list) => list.iter().find_map(fraction_in),
        Value::Object(map) => map.values().find_map(fraction_in),
        Value::Null | Value::Bool(_) | Value::String(_) => None,
    }
}

fn texts_of(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(list) => list.iter_mut().for_each(|one| texts_of(one, change)),
        Value::Object(map) => map.values_mut().for_each(|one| texts_of(one, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

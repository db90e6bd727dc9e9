//! Other names for what tells one host, board or guest from all others. Pure. Equal names get equal ones, so that
//! what belongs together still does.

use std::collections::BTreeMap;

/// The form of a UUID: digits in groups of so many.
const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
/// Its length.
const UUID: usize = 36;

/// Gives the other names, in the order in which it meets the true ones.
#[derive(Debug, Clone, Default)]
pub struct Anonymiser {
    uuids: BTreeMap<String, String>,
    /// Longest first: a name may contain another.
    words: Vec<(String, String)>,
    serials: usize,
}

impl Anonymiser {
    /// Knows the names of this host, and nothing else yet.
    pub fn new(host_names: impl IntoIterator<Item = String>) -> Self {
        let mut names = Anonymiser::default();
        for name in host_names {
            names.learn(name, "host".to_owned());
        }
        names
    }

    /// A serial number, wherever it may stand.
    pub fn learn_serial(&mut self, serial: &str) {
        if self.words.iter().all(|(word, _)| word != serial) {
            self.serials += 1;
            let other = format!("{:0width$}", self.serials, width = serial.len());
            self.learn(serial.to_owned(), other);
        }
    }

    fn learn(&mut self, word: String, other: String) {
        if !word.is_empty() {
            self.words.push((word, other));
            self.words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        }
    }

    /// The text with other names: every UUID, and every word that was learnt.
    pub fn replaced(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let inside = out.ends_with(is_name);
            let (taken, other) = match self.other_name(rest).filter(|_| !inside) {
                Some((length, other)) => (length, other),
                None => (next.len_utf8(), next.to_string()),
            };
            out.push_str(&other);
            rest = rest.get(taken..).unwrap_or_default();
        }
        out
    }

    /// The length of the name that the text begins with, and the other name.
    fn other_name(&mut self, text: &str) -> Option<(usize, String)> {
        if let Some(uuid) = text.get(..UUID).filter(|part| is_uuid(part)) {
            let count = self.uuids.len() + 1;
            let other = self.uuids.entry(uuid.to_ascii_lowercase());
            let other = other.or_insert_with(|| format!("00000000-0000-4000-8000-{count:012x}"));
            return Some((UUID, other.clone()));
        }
        let (word, other) = self.words.iter().find(|(word, _)| {
            text.strip_prefix(word.as_str()).is_some_and(|after| !after.starts_with(is_name))
        })?;
        Some((word.len(), other.clone()))
    }
}

/// What a name goes on with. Not a hyphen or a dot: `GPU-` stands before a UUID, a domain after a host's name.
fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq(GROUPS)
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

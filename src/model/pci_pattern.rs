//! PCI addresses as `[pci]device_spec` of Nova matches them: globs, and regular expressions part by part.

use super::{ParseError, PciAddress};

/// A pattern for PCI addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PciPattern {
    parts: [Part; 4],
}

/// One of domain, bus, slot, function.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Any,
    /// In lower-case hexadecimal, with the width that the kernel prints.
    Exactly(String),
    /// As Python's `re.match` takes it: from the beginning, to wherever it ends.
    Matching(String),
}

/// Names and widths of the parts in hexadecimal digits, with their largest values.
const PARTS: [(&str, usize, u32); 4] =
    [("domain", 4, 0xffff), ("bus", 2, 0xff), ("slot", 2, 0x1f), ("function", 1, 7)];

const FORM: &str = "an address or glob as in 0000:41:00.0, 41:00.* or *:*:*.*";

impl PciPattern {
    /// Matches every device.
    pub fn any() -> Self {
        PciPattern { parts: [Part::Any, Part::Any, Part::Any, Part::Any] }
    }

    /// A glob: `*` for any part, parts left off in front or left empty count as `*`.
    ///
    /// # Errors
    /// More than three parts before the function, or a part that is no hexadecimal number of its range.
    pub fn glob(text: &str) -> Result<Self, ParseError> {
        let bad = || ParseError::new("PCI address", text, FORM);
        let (head, function) = text.split_once('.').unwrap_or((text, ""));
        let fields: Vec<&str> = if head.is_empty() { Vec::new() } else { head.split(':').collect() };
        let missing = 3_usize.checked_sub(fields.len()).ok_or_else(bad)?;
        let words = std::iter::repeat_n("*", missing).chain(fields).chain([function]);
        let mut parts = words.zip(PARTS).map(|(word, (_, width, most))| match word.trim() {
            "" | "*" => Some(Part::Any),
            word => {
                let number = u32::from_str_radix(word.trim_start_matches("0x"), 16).ok()?;
                (number <= most).then(|| Part::Exactly(format!("{number:0width$x}")))
            }
        });
        let mut next = || parts.next().flatten().ok_or_else(bad);
        Ok(PciPattern { parts: [next()?, next()?, next()?, next()?] })
    }

    /// A regular expression for each part; what is left out matches everything.
    ///
    /// # Errors
    /// Which part, where it is no regular expression that this program can match as Python would.
    pub fn regex<'a>(part: impl Fn(&str) -> Option<&'a str>) -> Result<Self, ParseError> {
        let mut found = [Part::Any, Part::Any, Part::Any, Part::Any];
        for (slot, (name, _, _)) in found.iter_mut().zip(PARTS) {
            let Some(text) = part(name) else { continue };
            compiled(text).ok_or_else(|| ParseError::new(name, text, "a regular expression"))?;
            *slot = Part::Matching(text.to_owned());
        }
        Ok(PciPattern { parts: found })
    }

    /// Whether it can match one address alone, and is written as one.
    pub fn is_single(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Exactly(_)))
    }

    /// Whether it matches.
    pub fn matches(&self, address: PciAddress) -> bool {
        let printed = address.to_string();
        let mut values = printed.split([':', '.']);
        self.parts.iter().all(|part| {
            let value = values.next().unwrap_or_default();
            match part {
                Part::Any => true,
                Part::Exactly(wanted) => wanted == value,
                Part::Matching(text) => compiled(text).is_some_and(|regex| regex.is_match(value)),
            }
        })
    }
}

/// `re.match`: anchored where it begins.
fn compiled(text: &str) -> Option<regex_lite::Regex> {
    regex_lite::Regex::new(&format!("^(?:{text})")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> PciAddress {
        text.parse().unwrap()
    }

    #[test]
    fn globs_match_as_novas() {
        for (glob, matching, other) in [
            ("0000:41:00.0", "0000:41:00.0", "0000:41:00.1"),
            ("41:00.*", "0001:41:00.7", "0000:42:00.0"),
            ("*:41:00.4", "ffff:41:00.4", "0000:41:00.5"),
            (".4", "0000:01:02.4", "0000:01:02.3"),
            ("0A:", "0000:0a:00.0", "0000:0b:00.0"),
            ("0:1:2.3", "0000:01:02.3", "0000:01:02.4"),
        ] {
            let pattern = PciPattern::glob(glob).unwrap();
            assert!(pattern.matches(at(matching)), "{glob} {matching}");
            assert!(!pattern.matches(at(other)), "{glob} {other}");
        }
        assert!(PciPattern::glob("*:*:*.*").unwrap().matches(at("0000:41:00.0")));
        for wrong in ["0000:00:41:00.0", "xx:00.0", "0000:41:20.0", "0000:41:00.8", "10000:41:00.0"] {
            assert!(PciPattern::glob(wrong).is_err(), "{wrong}");
        }
        assert!(PciPattern::glob("0000:41:00.0").unwrap().is_single());
        assert!(!PciPattern::glob("0000:41:00.*").unwrap().is_single());
    }

    #[test]
    fn regular_expressions_match_from_the_beginning() {
        let pattern = |bus: &'static str, function: &'static str| {
            PciPattern::regex(|part| match part {
                "bus" => Some(bus),
                "function" => Some(function),
                _ => None,
            })
        };
        let odd = pattern("4[12]", "[0-3]").unwrap();
        assert!(odd.matches(at("0000:41:00.3")) && odd.matches(at("0002:42:1f.0")));
        assert!(!odd.matches(at("0000:43:00.3")) && !odd.matches(at("0000:41:00.4")));
        assert!(pattern("4", ".*").unwrap().matches(at("0000:41:00.3")), "a prefix is enough, as in Python");
        assert!(!pattern("1", ".*").unwrap().matches(at("0000:41:00.3")));
        assert!(pattern("(", ".*").is_err());
    }
}

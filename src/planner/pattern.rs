//! Which GPUs an entry of the configuration is about.

use std::str::FromStr;

use crate::model::PciAddress;

/// A PCI address in which `*` stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(String);

impl Pattern {
    pub(super) fn fits(&self, address: PciAddress) -> bool {
        let address = address.to_string();
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = address.strip_prefix(first) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            let Some((_, after)) = rest.split_once(part) else { return false };
            rest = after;
        }
        rest.ends_with(last)
    }
}

impl FromStr for Pattern {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if !text.contains('*') {
            // In the one spelling that addresses are compared in.
            return text.parse::<PciAddress>().map(|address| Pattern(address.to_string())).map_err(drop);
        }
        let plain = |c: char| c.is_ascii_hexdigit() || [':', '.', '*'].contains(&c);
        text.chars().all(plain).then(|| Pattern(text.to_ascii_lowercase())).ok_or(())
    }
}

//! Modes that the operator chose: `devices.modes`.

use std::fmt;
use std::str::FromStr;

use crate::model::{Mode, ParseError, PciAddress};

use super::pattern::Pattern;

/// One entry of `devices.modes`: `ADDRESS = MODE`, where `*` in the address stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModeRule {
    address: Pattern,
    mode: Mode,
    text: String,
}

const FORM: &str = "ADDRESS = MODE, as in \"0000:41:00.0 = own\" or \"0000:8* = ignore\", with own, decorate, verify or ignore";

impl ModeRule {
    /// The mode of the first rule that fits the GPU.
    pub fn choose(rules: &[ModeRule], address: PciAddress) -> Option<Mode> {
        rules.iter().find(|rule| rule.address.fits(address)).map(|rule| rule.mode)
    }
}

impl FromStr for ModeRule {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bad = || ParseError::new("mode rule", text, FORM);
        let (address, mode) = text.split_once('=').ok_or_else(bad)?;
        let mode = match mode.trim() {
            "own" => Mode::Own,
            "decorate" => Mode::Decorate,
            "verify" => Mode::Verify,
            "ignore" => Mode::Ignore,
            _ => return Err(bad()),
        };
        let address = address.trim().parse().map_err(|()| bad())?;
        Ok(ModeRule { address, mode, text: text.trim().to_owned() })
    }
}

impl fmt::Display for ModeRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_fits_counts() {
        let rules: Vec<ModeRule> =
            ["0000:41:00.0 = own", "0000:4* = verify", "* = ignore"].map(|text| text.parse().unwrap()).into();
        let chosen = |address: &str| ModeRule::choose(&rules, address.parse().unwrap());
        assert_eq!(chosen("0000:41:00.0"), Some(Mode::Own));
        assert_eq!(chosen("0000:42:00.0"), Some(Mode::Verify));
        assert_eq!(chosen("0000:81:00.0"), Some(Mode::Ignore));
        assert_eq!(ModeRule::choose(&rules[..1], "0000:81:00.0".parse().unwrap()), None);
        for wrong in ["own", "0000:41:00.0", "0000:41:00.0 = hold", "41 = own", " = own", "0000:41:00.0 = "] {
            assert!(wrong.parse::<ModeRule>().is_err(), "{wrong}");
        }
    }
}

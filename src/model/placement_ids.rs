//! Identifiers of the Placement side.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::ParseError;

/// The UUID of a resource provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderUuid(Uuid);

/// The UUID of a compute node's root provider. A type of its own: identities are derived from it, and it
/// is never written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RootUuid(Uuid);

macro_rules! uuid_newtype {
    ($name:ident, $what:literal) => {
        impl $name {
            /// Wraps a UUID.
            pub const fn new(uuid: Uuid) -> Self {
                $name(uuid)
            }

            /// The UUID itself.
            pub const fn get(self) -> Uuid {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                Uuid::parse_str(text.trim()).map($name).map_err(|_| {
                    ParseError::new($what, text, "a UUID, as in 5f3a9c1e-2b4d-4e6f-8a7b-9c0d1e2f3a4b")
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }
    };
}

uuid_newtype!(ProviderUuid, "provider UUID");
uuid_newtype!(RootUuid, "root provider UUID");

impl RootUuid {
    /// The root seen as one provider among the others of its tree.
    pub const fn provider(self) -> ProviderUuid {
        ProviderUuid(self.0)
    }
}

/// A provider's generation: Placement refuses a write that carries an old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(u64);

impl Generation {
    /// Wraps the number as Placement gave it.
    pub const fn new(value: u64) -> Self {
        Generation(value)
    }

    /// The number as Placement gave it.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn upper_snake(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

macro_rules! name_newtype {
    ($(#[$doc:meta])* $name:ident, $what:literal, $expected:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) {
                    Ok($name(text.to_owned()))
                } else {
                    Err(ParseError::new($what, text, $expected))
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name_newtype! {
    /// A trait's name: upper-case letters, digits and underscores, at most 255 (Placement's limit).
    TraitName, "trait name", "upper-case letters, digits and underscores, at most 255", upper_snake
}
name_newtype! {
    /// A resource class's name, under the same rule as a trait's.
    ResourceClass, "resource class", "upper-case letters, digits and underscores, at most 255", upper_snake
}
name_newtype! {
    /// A provider's name: 1 to 200 characters, unique in the whole deployment (Placement's limits).
    ProviderName, "provider name", "1 to 200 characters",
    |text| !text.is_empty() && text.chars().count() <= super::NAME_LIMIT
}

impl TraitName {
    /// A name that the trait grammar built, which knows no other characters and stays within the limit.
    pub(super) fn of_grammar(text: String) -> Self {
        debug_assert!(upper_snake(&text), "{text}");
        TraitName(text)
    }
}

impl ResourceClass {
    /// The name of the one class that this agent publishes.
    pub const VGPU: &str = "VGPU";

    /// The one class that this agent publishes.
    pub fn vgpu() -> Self {
        ResourceClass(ResourceClass::VGPU.to_owned())
    }
}

/// Maps by class can be asked by name.
impl Borrow<str> for ResourceClass {
    fn borrow(&self) -> &str {
        &self.0
    }
}

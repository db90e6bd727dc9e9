//! Types of configuration values that refuse what they are not, by name and value.

use std::fmt::Display;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

use crate::model::ParseError;

/// A string that is parsed where it stands.
#[derive(Debug, Clone)]
pub(super) struct Parsed<T>(pub(super) T);

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map(Parsed).map_err(|error: T::Err| {
            let said = error.to_string();
            let named = said.contains(&format!("{text:?}"));
            D::Error::custom(if named { said } else { format!("{text:?}: {said}") })
        })
    }
}

/// A string that says something.
#[derive(Debug, Clone)]
pub(super) struct Word(pub(super) String);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if text.trim().is_empty() {
            return Err(D::Error::custom("\"\" is empty: expected a value, or leave the key out"));
        }
        Ok(Word(text))
    }
}

/// A number; from the environment, a string of digits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number(pub(super) u32);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = u32;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number from 0 to 4294967295")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<u32, E> {
                text.parse().map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<u32, E> {
                u32::try_from(number)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(number), &self))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<u32, E> {
                u32::try_from(number)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Unsigned(number), &self))
            }
        }
        from.deserialize_any(Visitor).map(Number)
    }
}

/// A list; from the environment, one string with commas.
#[derive(Debug, Clone)]
pub(super) struct Listed<T>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Visitor<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list, or one string with commas")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
                let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
                let item =
                    |word: &str| T::deserialize(serde::de::value::StringDeserializer::new(word.to_owned()));
                words.map(item).collect()
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut from: A) -> Result<Vec<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = from.next_element()? {
                    items.push(item);
                }
                Ok(items)
            }
        }
        from.deserialize_any(Visitor(std::marker::PhantomData)).map(Listed)
    }
}

/// A length of time of 1 ms to 1 h, written `5s`, `1m 30s` or `500ms`.
#[derive(Debug, Clone, Copy)]
pub struct Span(pub Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("{text:?} is not a time: expected 1ms to 1h, as in \"5s\" or \"1m 30s\"");
        let span: jiff::SignedDuration = text.parse().map_err(|_| expected())?;
        let span = Duration::try_from(span).map_err(|_| expected())?;
        let fits = (Duration::from_millis(1)..=Duration::from_secs(3600)).contains(&span);
        if fits { Ok(Span(span)) } else { Err(expected()) }
    }
}

/// How to log in to Placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Auth {
    Keystone,
    Noauth,
}

impl FromStr for Auth {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        match text {
            "keystone" => Ok(Auth::Keystone),
            "noauth" => Ok(Auth::Noauth),
            _ => Err(ParseError::new("way to log in", text, "\"keystone\" or \"noauth\"")),
        }
    }
}

/// Something that can be switched off by the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switched<T> {
    Off,
    To(T),
}

impl<T> Switched<T> {
    pub(super) fn on(self) -> Option<T> {
        match self {
            Switched::Off => None,
            Switched::To(value) => Some(value),
        }
    }
}

impl<T: FromStr<Err: Display>> FromStr for Switched<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Switched::Off);
        }
        text.parse().map(Switched::To).map_err(|error: T::Err| format!("{error}, or \"off\""))
    }
}

/// An address and port to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listen(pub(super) SocketAddr);

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "{text:?} is not an address to listen on: expected ADDRESS:PORT, as in \"127.0.0.1:19835\" or \"[::1]:19835\""
            )
        };
        text.parse().map(Listen).map_err(|_| expected())
    }
}

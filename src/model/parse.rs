//! The one error that every newtype of the model answers with.

/// A text that is not what it should be: names the thing, the value and what is expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a valid {what}: expected {expected}")]
pub struct ParseError {
    /// The kind of thing, as an operator would call it.
    pub what: &'static str,
    /// The text as it was given.
    pub value: String,
    /// The accepted form, with an example.
    pub expected: &'static str,
}

impl ParseError {
    pub(crate) fn new(what: &'static str, value: &str, expected: &'static str) -> Self {
        ParseError { what, value: value.to_owned(), expected }
    }
}

//! Where credentials become a token, and a catalogue becomes Placement's endpoint. Edge: imports `model`
//! alone.
//!
//! [`TokenSource`] is all that the Placement client knows of it. [`Keystone`] logs in and renews; [`NoAuth`]
//! is a fixed endpoint with a fixed token. Secrets live in [`SecretString`]: no `Debug`, error or log line
//! shows them.

mod catalog;
mod error;
pub(crate) mod http;
mod keystone;
mod login;
mod method;
mod noauth;
pub mod openstack;
pub(crate) mod text;

use std::fmt;
use std::pin::Pin;

use secrecy::SecretString;
use url::Url;

pub use catalog::Interface;
pub use error::{Class, IdentityError};
pub use http::{HttpOptions, HttpSetupError};
pub use keystone::{Keystone, KeystoneSettings};
pub use method::{
    ApplicationCredential, AuthMethod, Credential, Domain, Entity, Password, Scope, TokenExchange,
};
pub use noauth::NoAuth;

/// A future behind a pointer, so that a [`TokenSource`] can be one of several.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where a token and Placement's endpoint come from.
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// A token that is good now, from memory wherever possible.
    ///
    /// # Errors
    /// Nobody gives one.
    fn token(&self) -> BoxFuture<'_, Result<SecretString, IdentityError>>;

    /// Placement's endpoint, which may have a path (`https://cloud.example.org/placement`).
    ///
    /// # Errors
    /// Nobody knows one.
    fn endpoint(&self) -> BoxFuture<'_, Result<Url, IdentityError>>;

    /// A token was refused: forget it, if it is still the one in memory. When many requests are refused with
    /// one token, the first to report it causes the one new login.
    fn invalidate(&self, refused: &SecretString);
}

#[cfg(test)]
pub(crate) mod tests;

//! How one proves to Keystone who one is: for now by password. Source of the body: Keystone's Identity API
//! v3, "Password authentication with scoped authorization".

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// One way to authenticate.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AuthMethod {
    /// A user's password, for a project.
    Password(Password),
}

/// A user's password, for a project.
#[derive(Debug, Clone)]
pub struct Password {
    /// Who.
    pub user: Entity,
    /// The password.
    pub password: SecretString,
    /// What the token is for.
    pub project: Entity,
}

/// A user or a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entity {
    /// By id, which is unique by itself.
    Id(String),
    /// By name, which is unique in a domain.
    Name {
        /// The name.
        name: String,
        /// The domain that it is in.
        domain: Domain,
    },
}

/// A domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Domain {
    /// By id: `default`.
    Id(String),
    /// By name: `Default`.
    Name(String),
}

impl AuthMethod {
    /// The body of `POST /v3/auth/tokens`. Holds the secret.
    pub(super) fn body(&self) -> Value {
        match self {
            AuthMethod::Password(Password { user, password, project }) => {
                let mut user = user.json();
                if let Some(user) = user.as_object_mut() {
                    user.insert("password".to_owned(), json!(password.expose_secret()));
                }
                json!({ "auth": {
                    "identity": { "methods": ["password"], "password": { "user": user } },
                    "scope": { "project": project.json() },
                } })
            }
        }
    }

    /// The secret, to keep it out of texts.
    pub(super) fn secret(&self) -> &SecretString {
        match self {
            AuthMethod::Password(Password { password, .. }) => password,
        }
    }
}

/// Who wants in where, for errors.
impl fmt::Display for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AuthMethod::Password(Password { user, project, .. }) => {
                write!(f, "user {user} for project {project}")
            }
        }
    }
}

impl Entity {
    fn json(&self) -> Value {
        match self {
            Entity::Id(id) => json!({ "id": id }),
            Entity::Name { name, domain: Domain::Id(id) } => json!({ "name": name, "domain": { "id": id } }),
            Entity::Name { name, domain: Domain::Name(domain) } => {
                json!({ "name": name, "domain": { "name": domain } })
            }
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Entity::Id(id) => write!(f, "with id {id}"),
            Entity::Name { name, domain: Domain::Id(id) } => write!(f, "{name} (domain id {id})"),
            Entity::Name { name, domain: Domain::Name(domain) } => write!(f, "{name} (domain {domain})"),
        }
    }
}

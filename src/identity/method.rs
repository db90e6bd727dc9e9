//! How one proves to Keystone who one is, and what the token is for. Source of the body: Keystone's Identity
//! API v3, "Authentication and token management".

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// One way to authenticate.
#[derive(Debug, Clone)]
pub enum AuthMethod {
    /// A user's password: `password`, `v3password`.
    Password(Password),
    /// An application credential, which is made for one project: `v3applicationcredential`.
    ApplicationCredential(ApplicationCredential),
    /// A token that somebody else got, exchanged for one of our own: `token`, `v3token`. Never renewed past
    /// the life of that one.
    Token(TokenExchange),
}

/// A user's password, and what for.
#[derive(Debug, Clone)]
pub struct Password {
    /// Who.
    pub user: Entity,
    /// The password.
    pub password: SecretString,
    /// What the token is for.
    pub scope: Scope,
}

/// An application credential.
#[derive(Debug, Clone)]
pub struct ApplicationCredential {
    /// Which.
    pub credential: Credential,
    /// Its secret.
    pub secret: SecretString,
}

/// Which application credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// By id, which is unique by itself.
    Id(String),
    /// By name, which is unique for a user.
    Name {
        /// The name.
        name: String,
        /// Whose it is.
        user: Entity,
    },
}

/// A token, and what for.
#[derive(Debug, Clone)]
pub struct TokenExchange {
    /// The token.
    pub token: SecretString,
    /// What the new token is for.
    pub scope: Scope,
}

/// What a token is for. A token without a scope has no catalogue and no rights, so there is no such variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// A project: what Placement wants.
    Project(Entity),
    /// A domain.
    Domain(Domain),
    /// The whole cloud.
    System,
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
        let (method, proof, scope) = match self {
            AuthMethod::Password(Password { user, password, scope }) => {
                let user = with(user.json(), "password", json!(password.expose_secret()));
                ("password", json!({ "user": user }), Some(scope))
            }
            AuthMethod::ApplicationCredential(ApplicationCredential { credential, secret }) => {
                let credential = match credential {
                    Credential::Id(id) => json!({ "id": id }),
                    Credential::Name { name, user } => json!({ "name": name, "user": user.json() }),
                };
                // Keystone refuses a scope here: the credential has its own.
                ("application_credential", with(credential, "secret", json!(secret.expose_secret())), None)
            }
            AuthMethod::Token(TokenExchange { token, scope }) => {
                ("token", json!({ "id": token.expose_secret() }), Some(scope))
            }
        };
        let auth = json!({ "identity": { "methods": [method], method: proof } });
        json!({ "auth": match scope {
            Some(scope) => with(auth, "scope", scope.json()),
            None => auth,
        } })
    }

    /// The secret, to keep it out of texts.
    pub(super) fn secret(&self) -> &SecretString {
        match self {
            AuthMethod::Password(Password { password, .. }) => password,
            AuthMethod::ApplicationCredential(ApplicationCredential { secret, .. }) => secret,
            AuthMethod::Token(TokenExchange { token, .. }) => token,
        }
    }
}

fn with(mut object: Value, key: &str, value: Value) -> Value {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
    object
}

impl Scope {
    fn json(&self) -> Value {
        match self {
            Scope::Project(project) => json!({ "project": project.json() }),
            Scope::Domain(domain) => json!({ "domain": domain.json() }),
            Scope::System => json!({ "system": { "all": true } }),
        }
    }
}

impl Entity {
    fn json(&self) -> Value {
        match self {
            Entity::Id(id) => json!({ "id": id }),
            Entity::Name { name, domain } => json!({ "name": name, "domain": domain.json() }),
        }
    }
}

impl Domain {
    fn json(&self) -> Value {
        match self {
            Domain::Id(id) => json!({ "id": id }),
            Domain::Name(name) => json!({ "name": name }),
        }
    }
}

/// Who wants in where, for errors.
impl fmt::Display for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AuthMethod::Password(Password { user, scope, .. }) => write!(f, "user {user} for {scope}"),
            AuthMethod::ApplicationCredential(ApplicationCredential { credential, .. }) => match credential {
                Credential::Id(id) => write!(f, "the application credential with id {id}"),
                Credential::Name { name, user } => {
                    write!(f, "the application credential {name} of user {user}")
                }
            },
            AuthMethod::Token(TokenExchange { scope, .. }) => write!(f, "the given token for {scope}"),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Project(project) => write!(f, "project {project}"),
            Scope::Domain(domain) => write!(f, "{domain}"),
            Scope::System => f.pad("the system"),
        }
    }
}

impl fmt::Display for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Entity::Id(id) => write!(f, "with id {id}"),
            Entity::Name { name, domain } => write!(f, "{name} ({domain})"),
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Domain::Id(id) => write!(f, "domain id {id}"),
            Domain::Name(name) => write!(f, "domain {name}"),
        }
    }
}

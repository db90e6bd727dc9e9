//! A login out of keystoneauth's options.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

use super::{Found, Keystone, Source, Used, Wishes};
use crate::identity::{
    ApplicationCredential, AuthMethod, Credential, Domain, Entity, Interface, Password, Scope, TokenExchange,
    text,
};

/// Options that are never shown.
const SECRET: [&str; 3] = ["password", "application_credential_secret", "token"];

/// Makes a login, or says what is missing and wrong, in the source's own words.
pub(super) fn login(source: Source, found: Found, wishes: &Wishes) -> Result<Keystone, Vec<String>> {
    let mut assembly = Assembly { source, wrong: found.complaints.clone(), found };
    if assembly.found.options.is_empty() {
        if assembly.wrong.is_empty() {
            assembly.wrong.push("nothing is set".to_owned());
        }
        return Err(assembly.wrong);
    }
    let auth_url: Option<Url> = assembly.wanted("auth_url");
    let method = assembly.method();
    let endpoint = wishes.endpoint.clone().or_else(|| assembly.parsed("endpoint_override"));
    let interfaces = assembly.interfaces(&wishes.interfaces);
    let insecure = assembly.insecure(wishes);
    let (Some(auth_url), Some(method), true) = (auth_url, method, assembly.wrong.is_empty()) else {
        return Err(assembly.wrong);
    };
    let found = &assembly.found;
    Ok(Keystone {
        source,
        auth_url,
        method,
        endpoint,
        interfaces,
        region: wishes.region.clone().or_else(|| found.text("region_name").map(str::to_owned)),
        ca_file: wishes.ca_file.clone().or_else(|| found.text("cafile").map(PathBuf::from)),
        insecure,
        used: used(found, wishes),
        skipped: Vec::new(),
    })
}

/// What was used of the source. A URL may hold a password, which is nobody's business either.
fn used(found: &Found, wishes: &Wishes) -> Vec<Used> {
    let shown = |name: &str| {
        let text = found.text(name).filter(|_| !SECRET.contains(&name))?;
        Some(text.parse().map_or_else(|_| text.to_owned(), |url: Url| text::shown(&url)))
    };
    let overridden = |name: &str| match name {
        "endpoint_override" => wishes.endpoint.is_some(),
        "valid_interfaces" => !wishes.interfaces.is_empty(),
        "region_name" => wishes.region.is_some(),
        "cafile" => wishes.ca_file.is_some(),
        "insecure" => wishes.insecure.is_some(),
        _ => false,
    };
    let used = found.options.iter().filter(|(name, _)| !overridden(name));
    used.map(|(name, given)| Used { name, value: shown(name), origin: given.origin.clone() }).collect()
}

struct Assembly {
    source: Source,
    found: Found,
    wrong: Vec<String>,
}

impl Assembly {
    /// An option's name as the source's users write it.
    fn named(&self, name: &str) -> String {
        match self.source {
            Source::Agent => format!("keystone.{name}"),
            Source::Environment => format!("OS_{}", name.to_uppercase()),
            Source::Cloud | Source::Nova => name.to_owned(),
        }
    }

    fn lacks(&mut self, names: &[&str]) {
        let names: Vec<String> = names.iter().map(|name| self.named(name)).collect();
        self.wrong.push(format!("{} is not set", names.join(" or ")));
    }

    fn text(&self, name: &str) -> Option<String> {
        self.found.text(name).map(str::to_owned)
    }

    /// None of what is parsed is a secret, so a bad value may be shown.
    fn parsed<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let text = self.text(name)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong.push(format!("{} {text:?}: {error}", self.named(name)));
                None
            }
        }
    }

    fn wanted<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        if !self.found.has(name) {
            self.lacks(&[name]);
        }
        self.parsed(name)
    }

    fn method(&mut self) -> Option<AuthMethod> {
        let auth_type = match self.text("auth_type") {
            Some(auth_type) => auth_type,
            // keystoneauth would not load anything.
            None if self.source == Source::Nova => {
                self.lacks(&["auth_type"]);
                return None;
            }
            None if self.found.has("application_credential_id") => "v3applicationcredential".to_owned(),
            None if self.found.has("application_credential_name") => "v3applicationcredential".to_owned(),
            None if self.found.has("token") && !self.found.has("password") => "token".to_owned(),
            None => "password".to_owned(),
        };
        match auth_type.as_str() {
            "password" | "v3password" => {
                let (user, scope) = (self.user(), self.scope());
                let password = self.secret("password");
                Some(AuthMethod::Password(Password { user: user?, password: password?, scope: scope? }))
            }
            "v3applicationcredential" => {
                let secret = self.secret("application_credential_secret");
                let credential = match (
                    self.text("application_credential_id"),
                    self.text("application_credential_name"),
                ) {
                    (Some(id), _) => Credential::Id(id),
                    (None, Some(name)) => Credential::Name { name, user: self.user()? },
                    (None, None) => {
                        self.lacks(&["application_credential_id", "application_credential_name"]);
                        return None;
                    }
                };
                Some(AuthMethod::ApplicationCredential(ApplicationCredential { credential, secret: secret? }))
            }
            "token" | "v3token" => {
                let (token, scope) = (self.secret("token"), self.scope());
                Some(AuthMethod::Token(TokenExchange { token: token?, scope: scope? }))
            }
            other => {
                self.wrong.push(format!(
                    "{} {other:?} is not known here: password, v3password, v3applicationcredential, token or \
                     v3token",
                    self.named("auth_type")
                ));
                None
            }
        }
    }

    fn secret(&mut self, name: &'static str) -> Option<secrecy::SecretString> {
        if !self.found.has(name) {
            self.lacks(&[name]);
        }
        self.found.secret(name)
    }

    fn user(&mut self) -> Option<Entity> {
        match (self.text("user_id"), self.text("username")) {
            (Some(id), _) => Some(Entity::Id(id)),
            (None, Some(name)) => Some(Entity::Name { name, domain: self.domain("user_domain")? }),
            (None, None) => {
                self.lacks(&["username", "user_id"]);
                None
            }
        }
    }

    fn scope(&mut self) -> Option<Scope> {
        if let Some(id) = self.text("project_id") {
            return Some(Scope::Project(Entity::Id(id)));
        }
        if let Some(name) = self.text("project_name") {
            return Some(Scope::Project(Entity::Name { name, domain: self.domain("project_domain")? }));
        }
        if let Some(id) = self.text("domain_id") {
            return Some(Scope::Domain(Domain::Id(id)));
        }
        if let Some(name) = self.text("domain_name") {
            return Some(Scope::Domain(Domain::Name(name)));
        }
        match self.text("system_scope").as_deref() {
            Some("all") => Some(Scope::System),
            Some(other) => {
                self.wrong.push(format!("{} {other:?}: only \"all\" is known", self.named("system_scope")));
                None
            }
            None => {
                self.lacks(&["project_name", "project_id"]);
                None
            }
        }
    }

    /// The domain of a name. OpenStack's command line takes `default` where none is said; keystoneauth, which
    /// reads nova.conf, takes none.
    fn domain(&mut self, prefix: &str) -> Option<Domain> {
        let (id, name) = (format!("{prefix}_id"), format!("{prefix}_name"));
        for (id, name) in [(id.as_str(), name.as_str()), ("default_domain_id", "default_domain_name")] {
            match (self.text(id), self.text(name)) {
                (Some(id), _) => return Some(Domain::Id(id)),
                (None, Some(name)) => return Some(Domain::Name(name)),
                (None, None) => {}
            }
        }
        match self.source {
            Source::Agent => Some(Domain::Name("Default".to_owned())),
            Source::Cloud | Source::Environment => Some(Domain::Id("default".to_owned())),
            Source::Nova => {
                self.lacks(&[&name, &id]);
                None
            }
        }
    }

    fn interfaces(&mut self, wished: &[Interface]) -> Vec<Interface> {
        let mut interfaces = wished.to_vec();
        let given = if interfaces.is_empty() { self.text("valid_interfaces") } else { None };
        for word in given.iter().flat_map(|text| text.split(',')).filter(|word| !word.trim().is_empty()) {
            match word.parse() {
                Ok(interface) => interfaces.push(interface),
                Err(error) => self.wrong.push(error.to_string()),
            }
        }
        if interfaces.is_empty() { vec![Interface::Internal, Interface::Public] } else { interfaces }
    }

    /// Trusting any certificate hands the credentials to whoever answers, so that another service's file is
    /// not enough of a word.
    fn insecure(&mut self, wishes: &Wishes) -> bool {
        let said = matches!(
            self.text("insecure").map(|text| text.to_lowercase()).as_deref(),
            Some("true" | "1" | "yes" | "on")
        );
        if said && wishes.insecure.is_none() {
            self.wrong.push(
                "it says not to check certificates: name the CA with placement.ca_file and set \
                 placement.insecure = false, or set placement.insecure = true"
                    .to_owned(),
            );
        }
        wishes.insecure.unwrap_or(false)
    }
}

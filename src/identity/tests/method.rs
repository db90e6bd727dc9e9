use secrecy::SecretString;
use serde_json::{Value, json};

use crate::identity::{
    ApplicationCredential, AuthMethod, Credential, Domain, Entity, Password, Scope, TokenExchange,
};

const SECRET: &str = "pa55word-of-the-test";

fn secret() -> SecretString {
    SecretString::from(SECRET)
}

fn user() -> Entity {
    Entity::Name { name: "nova".to_owned(), domain: Domain::Id("default".to_owned()) }
}

fn project() -> Scope {
    Scope::Project(Entity::Id("p1".to_owned()))
}

fn password(scope: Scope) -> AuthMethod {
    AuthMethod::Password(Password { user: user(), password: secret(), scope })
}

fn credential(credential: Credential) -> AuthMethod {
    AuthMethod::ApplicationCredential(ApplicationCredential { credential, secret: secret() })
}

fn scope_of(method: &AuthMethod) -> Value {
    method.body()["auth"]["scope"].clone()
}

#[test]
fn every_method_has_the_body_that_keystone_documents() {
    let user = json!({ "name": "nova", "domain": { "id": "default" } });
    let named = Credential::Name { name: "agent".to_owned(), user: self::user() };
    let token = AuthMethod::Token(TokenExchange { token: secret(), scope: project() });
    for (method, identity) in [
        (
            password(project()),
            json!({ "methods": ["password"], "password": { "user":
                { "name": "nova", "domain": { "id": "default" }, "password": SECRET } } }),
        ),
        (
            credential(Credential::Id("c1".to_owned())),
            json!({ "methods": ["application_credential"],
                "application_credential": { "id": "c1", "secret": SECRET } }),
        ),
        (
            credential(named),
            json!({ "methods": ["application_credential"],
                "application_credential": { "name": "agent", "user": user, "secret": SECRET } }),
        ),
        (token, json!({ "methods": ["token"], "token": { "id": SECRET } })),
    ] {
        assert_eq!(method.body()["auth"]["identity"], identity);
        assert!(!format!("{method} {method:?}").contains(SECRET), "{method:?}");
    }
}

#[test]
fn every_scope_has_the_body_that_keystone_documents() {
    let project = Entity::Name { name: "service".to_owned(), domain: Domain::Name("Default".to_owned()) };
    for (scope, expected) in [
        (
            Scope::Project(project),
            json!({ "project": { "name": "service", "domain": { "name": "Default" } } }),
        ),
        (Scope::Project(Entity::Id("p1".to_owned())), json!({ "project": { "id": "p1" } })),
        (Scope::Domain(Domain::Id("default".to_owned())), json!({ "domain": { "id": "default" } })),
        (Scope::Domain(Domain::Name("Default".to_owned())), json!({ "domain": { "name": "Default" } })),
        (Scope::System, json!({ "system": { "all": true } })),
    ] {
        assert_eq!(scope_of(&password(scope)), expected);
    }
    // Keystone refuses a scope beside an application credential, which has its own.
    assert!(scope_of(&credential(Credential::Id("c1".to_owned()))).is_null());
}

#[test]
fn errors_say_who_wants_in_where() {
    for (method, text) in [
        (password(Scope::System), "user nova (domain id default) for the system"),
        (password(project()), "user nova (domain id default) for project with id p1"),
        (credential(Credential::Id("c1".to_owned())), "the application credential with id c1"),
        (
            credential(Credential::Name { name: "agent".to_owned(), user: Entity::Id("u1".to_owned()) }),
            "the application credential agent of user with id u1",
        ),
    ] {
        assert_eq!(method.to_string(), text);
    }
}

//! Placement and Nova as an administrator's client sees them.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// A variable that the stack's `env` file sets.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run make test-nova"))
}

/// One service, and a token of the administrator.
pub(crate) struct Api {
    url: String,
    version: &'static str,
    token: String,
    http: reqwest::Client,
}

impl Api {
    pub(crate) async fn placement() -> Api {
        Api::new(variable("NPA_TEST_KEYSTONE_PLACEMENT_URL"), "placement 1.36").await
    }

    pub(crate) async fn nova() -> Api {
        Api::new(variable("NPA_TEST_NOVA_URL"), "compute 2.96").await
    }

    async fn new(url: String, version: &'static str) -> Api {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let domain = json!({ "id": "default" });
        let user = json!({ "name": "admin", "domain": domain, "password": variable("NPA_TEST_PASSWORD") });
        let body = json!({ "auth": {
            "identity": { "methods": ["password"], "password": { "user": user } },
            "scope": { "project": { "name": "admin", "domain": domain } } } });
        let tokens = format!("{}/auth/tokens", variable("NPA_TEST_KEYSTONE_URL"));
        let answer = http.post(tokens).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201, "Keystone does not let admin in");
        let token = answer.headers()["X-Subject-Token"].to_str().unwrap().to_owned();
        Api { url, version, token, http }
    }

    /// One request; the status, and the body or null.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = self.http.request(method, format!("{}{path}", self.url));
        let request = request.header("X-Auth-Token", &self.token).header("Accept", "application/json");
        let request = request.header("OpenStack-API-Version", self.version);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// A request that must succeed.
    pub(crate) async fn done(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.call(method, path, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.done(Method::GET, path, None).await
    }
}

// What the tests ask of Placement.
impl Api {
    /// A provider without anything, as somebody makes it; its UUID.
    pub(crate) async fn make(&self, name: &str, parent: Option<&str>) -> String {
        let mut body = json!({ "name": name, "uuid": Uuid::new_v4().to_string() });
        if let Some(parent) = parent {
            body["parent_provider_uuid"] = json!(parent);
        }
        let made = self.done(Method::POST, "/resource_providers", Some(body)).await;
        made["uuid"].as_str().unwrap().to_owned()
    }

    /// Gives a provider an inventory of one class and nothing else.
    pub(crate) async fn offer(&self, uuid: &str, class: &str, total: u32) {
        let path = format!("/resource_providers/{uuid}/inventories");
        let generation = self.get(&path).await["resource_provider_generation"].clone();
        let body = json!({ "resource_provider_generation": generation,
            "inventories": { class: { "total": total } } });
        self.done(Method::PUT, &path, Some(body)).await;
    }

    /// The UUIDs and names under a root.
    pub(crate) async fn listing(&self, root: &str) -> Vec<(String, String)> {
        let answer = self.get(&format!("/resource_providers?in_tree={root}")).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let providers = answer["resource_providers"].as_array().unwrap();
        providers.iter().map(|provider| (text(&provider["uuid"]), text(&provider["name"]))).collect()
    }

    /// The one provider under a root whose name ends so.
    pub(crate) async fn named(&self, root: &str, end: &str) -> String {
        let found: Vec<_> =
            self.listing(root).await.into_iter().filter(|(_, name)| name.ends_with(end)).collect();
        assert_eq!(found.len(), 1, "{end}: {found:?}");
        found[0].0.clone()
    }

    /// Everything that Placement shows of a provider except its usage, in one spelling.
    pub(crate) async fn bytes(&self, uuid: &str) -> String {
        let path = format!("/resource_providers/{uuid}");
        let mut all = self.get(&path).await.to_string();
        for aspect in ["inventories", "traits", "aggregates"] {
            let mut seen = self.get(&format!("{path}/{aspect}")).await;
            if let Some(traits) = seen["traits"].as_array_mut() {
                traits.sort_by_key(Value::to_string);
            }
            all.push_str(&format!("\n{aspect} {seen}"));
        }
        all
    }

    pub(crate) async fn traits(&self, uuid: &str) -> Vec<String> {
        let answer = self.get(&format!("/resource_providers/{uuid}/traits")).await;
        serde_json::from_value(answer["traits"].clone()).unwrap()
    }

    /// Adds a trait, as an operator does; the trait is made if nobody has it.
    pub(crate) async fn add_trait(&self, uuid: &str, name: &str) {
        self.done(Method::PUT, &format!("/traits/{name}"), None).await;
        let path = format!("/resource_providers/{uuid}/traits");
        let mut body = self.get(&path).await;
        body["traits"].as_array_mut().unwrap().push(json!(name));
        self.done(Method::PUT, &path, Some(body)).await;
    }

    pub(crate) async fn inventories(&self, uuid: &str) -> Value {
        self.get(&format!("/resource_providers/{uuid}/inventories")).await["inventories"].clone()
    }

    /// A new consumer of so much of one class, as a scheduler makes it.
    pub(crate) async fn allocate(&self, provider: &str, class: &str, units: u32) -> String {
        let consumer = Uuid::new_v4().to_string();
        let body = json!({ "allocations": { provider: { "resources": { class: units } } },
            "project_id": "nova", "user_id": "nova", "consumer_generation": null });
        self.done(Method::PUT, &format!("/allocations/{consumer}"), Some(body)).await;
        consumer
    }

    pub(crate) async fn delete_provider(&self, uuid: &str) {
        self.done(Method::DELETE, &format!("/resource_providers/{uuid}"), None).await;
    }

    pub(crate) async fn release(&self, consumer: &str) {
        self.done(Method::DELETE, &format!("/allocations/{consumer}"), None).await;
    }
}

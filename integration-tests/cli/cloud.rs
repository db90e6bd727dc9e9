//! The Placement that tests talk to, seen by somebody other than the agent.

use std::future::Future;
use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// One Placement and somebody who may do everything there. Clones are the same.
#[derive(Clone)]
pub(crate) struct Cloud {
    pub(crate) url: String,
    token: String,
    runtime: Arc<tokio::runtime::Runtime>,
    http: reqwest::Client,
}

/// A variable that the stack's `env` file sets.
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run make stack-up"))
}

impl Cloud {
    /// The one without authentication.
    pub(crate) fn noauth() -> Cloud {
        Cloud::at(variable("NPA_TEST_PLACEMENT_URL"), "admin".to_owned())
    }

    /// The one behind Keystone.
    pub(crate) fn keystone() -> Cloud {
        let mut cloud = Cloud::at(variable("NPA_TEST_KEYSTONE_PLACEMENT_URL"), String::new());
        cloud.token = cloud.login();
        cloud
    }

    fn at(url: String, token: String) -> Cloud {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Cloud { url, token, runtime: Arc::new(runtime), http }
    }

    fn login(&self) -> String {
        let user =
            json!({"name": "admin", "domain": {"id": "default"}, "password": variable("NPA_TEST_PASSWORD")});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": "admin", "domain": {"id": "default"}}}}});
        let url = format!("{}/auth/tokens", variable("NPA_TEST_KEYSTONE_URL"));
        let answer = self.wait(self.http.post(url).json(&body).send()).unwrap();
        assert_eq!(answer.status(), 201, "Keystone does not let admin in");
        answer.headers()["X-Subject-Token"].to_str().unwrap().to_owned()
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.url));
        request = request
            .header("X-Auth-Token", &self.token)
            .header("Accept", "application/json")
            .header("OpenStack-API-Version", "placement 1.28");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let (status, text) = self.wait(async {
            let answer = request.send().await.unwrap();
            (answer.status(), answer.text().await.unwrap())
        });
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, None)
    }

    /// Makes a provider and gives its UUID.
    pub(crate) fn make(&self, uuid: Option<&str>, name: &str, parent: Option<&str>) -> String {
        let uuid = uuid.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
        let mut body = json!({"uuid": uuid, "name": name});
        if let Some(parent) = parent {
            body["parent_provider_uuid"] = json!(parent);
        }
        self.call(Method::POST, "/resource_providers", Some(body));
        uuid
    }

    /// Everything that Placement shows of a tree, in one spelling: what must not change when nothing is done.
    pub(crate) fn tree(&self, root: &str) -> String {
        let listing = self.get(&format!("/resource_providers?in_tree={root}"));
        let mut providers = listing["resource_providers"].as_array().unwrap().clone();
        providers.sort_by_key(|provider| provider["uuid"].to_string());
        let mut all = String::new();
        for provider in &mut providers {
            let uuid = provider["uuid"].as_str().unwrap().to_owned();
            all.push_str(&format!("{provider}\n"));
            for aspect in ["inventories", "traits", "aggregates", "usages", "allocations"] {
                let mut seen = self.get(&format!("/resource_providers/{uuid}/{aspect}"));
                if let Some(traits) = seen["traits"].as_array_mut() {
                    traits.sort_by_key(Value::to_string);
                }
                all.push_str(&format!("  {aspect} {seen}\n"));
            }
        }
        all
    }
}

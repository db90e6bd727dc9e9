//! What Placement is asked, counted. Routes are those of the client, with braces where something varies: what is
//! asked about never becomes a label.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Every request that the client can make.
const ROUTES: [(&str, &str); 17] = [
    ("GET", "/"),
    ("GET", "/resource_providers"),
    ("POST", "/resource_providers"),
    ("GET", "/resource_providers/{uuid}"),
    ("PUT", "/resource_providers/{uuid}"),
    ("DELETE", "/resource_providers/{uuid}"),
    ("GET", "/resource_providers/{uuid}/traits"),
    ("PUT", "/resource_providers/{uuid}/traits"),
    ("GET", "/resource_providers/{uuid}/inventories"),
    ("PUT", "/resource_providers/{uuid}/inventories"),
    ("GET", "/resource_providers/{uuid}/usages"),
    ("GET", "/resource_providers/{uuid}/allocations"),
    ("GET", "/allocations/{uuid}"),
    ("GET", "/traits"),
    ("PUT", "/traits/{name}"),
    ("GET", "/allocation_candidates"),
    OTHER,
];

/// One that this table lacks.
const OTHER: (&str, &str) = ("other", "other");

/// Classes of answers; `none`: there was no answer.
const STATUSES: [&str; 5] = ["2xx", "3xx", "4xx", "5xx", "none"];

/// From an answer out of a cache beside Placement to one that the default timeout cuts off.
const BUCKETS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// The counters of all clients that were made with it.
#[derive(Debug, Clone)]
pub struct Meters {
    requests: Family<[(&'static str, &'static str); 3], Counter>,
    seconds: Family<[(&'static str, &'static str); 1], Histogram>,
}

impl Default for Meters {
    /// Counts, and shows nobody.
    fn default() -> Self {
        Meters {
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
        }
    }
}

impl Meters {
    /// Counts into that registry, with every series there from the beginning.
    pub fn new(registry: &mut Registry) -> Self {
        let meters = Meters::default();
        for (method, route) in ROUTES {
            for status in STATUSES {
                drop(meters.requests.get_or_create(&[
                    ("method", method),
                    ("route", route),
                    ("status", status),
                ]));
            }
            drop(meters.seconds.get_or_create(&[("method", method)]));
        }
        let help = "Requests to Placement, each attempt counted";
        registry.register("placement_requests", help, meters.requests.clone());
        let help = "How long an attempt took until the whole answer was there, or was given up";
        registry.register("placement_request_duration_seconds", help, meters.seconds.clone());
        meters
    }

    /// One attempt is over.
    pub(super) fn asked(&self, method: &str, path: &str, status: Option<u16>, took: Duration) {
        let (method, route) = route(method, path);
        let status = match status {
            Some(200..300) => "2xx",
            Some(300..400) => "3xx",
            Some(400..500) => "4xx",
            Some(_) => "5xx",
            None => "none",
        };
        self.requests.get_or_create(&[("method", method), ("route", route), ("status", status)]).inc();
        self.seconds.get_or_create(&[("method", method)]).observe(took.as_secs_f64());
    }
}

fn route(method: &str, path: &str) -> (&'static str, &'static str) {
    let segments: Vec<&str> = path.split('/').collect();
    let fits = |route: &str| {
        let route: Vec<&str> = route.split('/').collect();
        let same = |(wanted, found): (&&str, &&str)| wanted == found || wanted.starts_with('{');
        route.len() == segments.len() && route.iter().zip(&segments).all(same)
    };
    ROUTES.into_iter().find(|(verb, route)| *verb == method && fits(route)).unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_never_becomes_a_label() {
        let uuid = "5f3a9c1e-2b4d-4e6f-8a7b-9c0d1e2f3a4b";
        for (method, path, wanted) in [
            ("GET", "/".to_owned(), "/"),
            ("GET", "/resource_providers".to_owned(), "/resource_providers"),
            ("GET", format!("/resource_providers/{uuid}"), "/resource_providers/{uuid}"),
            ("PUT", format!("/resource_providers/{uuid}/traits"), "/resource_providers/{uuid}/traits"),
            ("PUT", "/traits/CUSTOM_NVIDIA_1G5GB".to_owned(), "/traits/{name}"),
            ("GET", format!("/allocations/{uuid}"), "/allocations/{uuid}"),
            ("PATCH", "/traits".to_owned(), "other"),
            ("GET", "/servers/1".to_owned(), "other"),
        ] {
            assert_eq!(route(method, &path).1, wanted, "{method} {path}");
        }
    }

    #[test]
    fn every_series_is_there_before_anything_was_asked() {
        let mut registry = Registry::default();
        let meters = Meters::new(&mut registry);
        let shown = |registry: &Registry| {
            let mut text = String::new();
            prometheus_client::encoding::prometheus_text::encode(&mut text, registry).unwrap();
            text
        };
        let before = shown(&registry);
        assert_eq!(before.matches("placement_requests_total{").count(), ROUTES.len() * STATUSES.len());
        meters.asked("GET", "/traits", Some(200), Duration::from_millis(20));
        meters.asked("GET", "/traits", None, Duration::from_secs(30));
        let after = shown(&registry);
        assert_eq!(before.lines().count(), after.lines().count(), "nothing new came");
        for status in ["2xx", "none"] {
            let line =
                format!("placement_requests_total{{method=\"GET\",route=\"/traits\",status=\"{status}\"}} 1");
            assert!(after.contains(&line), "{after}");
        }
    }
}

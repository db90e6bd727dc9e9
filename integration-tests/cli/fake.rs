//! Something that answers where Placement should be.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};

/// What a request is answered.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static str,
}

/// Placement's root document, as a server of a range of versions gives it.
pub(crate) const GOOD_ROOT: &str = r#"{"versions": [{"id": "v1.0", "min_version": "1.0", "max_version": "1.39", "status": "CURRENT", "links": []}]}"#;

/// Answers requests on loopback until the process ends.
pub(crate) struct Fake {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// One answer to the request for the root document, one to every other.
    pub(crate) fn answering(root: Answer, other: Answer) -> Fake {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        let router = Router::new().fallback(move |request: Request| {
            record.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
            let answer = if request.uri().path() == "/" { root } else { other };
            std::future::ready(answer.response())
        });
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Fake { url, seen }
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Answer {
    fn response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap();
        for (name, value) in self.headers {
            response.headers_mut().insert(*name, value.parse().unwrap());
        }
        response
    }
}

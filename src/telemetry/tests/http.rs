//! The listener as a client meets it, by bytes on a socket.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use super::{app, listen};
use crate::model::{Code, Status};
use crate::telemetry::serve::serve;

fn block_on<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
}

/// Serves that status for as long as the test runs, which gets where.
fn with_listener<T>(status: Status, test: impl AsyncFnOnce(std::net::SocketAddr) -> T) -> T {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (_sender, app) = app(status);
        tokio::select! {
            () = serve(listener, app.routes()) => panic!("it stopped"),
            result = test(at) => result,
        }
    })
}

/// Sends that, and everything that comes back until the other side closes.
async fn exchange(at: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

async fn get(at: std::net::SocketAddr, method: &str, path: &str) -> String {
    exchange(at, &format!("{method} {path} HTTP/1.1\r\nHost: agent\r\nConnection: close\r\n\r\n")).await
}

#[test]
fn it_lives_and_says_why_it_is_not_ready() {
    with_listener(Status { waiting: "rain".to_owned(), ..Status::default() }, async |at| {
        assert!(get(at, "GET", "/healthz").await.starts_with("HTTP/1.1 200"));
        let said = get(at, "GET", "/readyz").await;
        assert!(said.starts_with("HTTP/1.1 503") && said.contains("not ready: the first cycle"), "{said}");
    });
}

#[test]
fn people_get_a_page_that_may_do_nothing() {
    with_listener(Status { waiting: "<rain>".to_owned(), ..Status::default() }, async |at| {
        for path in ["/", "/?refresh=off", "/messages"] {
            let said = get(at, "GET", path).await;
            let (head, page) = said.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            for header in [
                "content-type: text/html; charset=utf-8",
                "content-security-policy: default-src 'none'; style-src 'sha256-",
                "x-content-type-options: nosniff",
                "x-frame-options: DENY",
                "referrer-policy: no-referrer",
                "cache-control: no-store",
            ] {
                assert!(head.contains(header), "{header} is not in:\n{head}");
            }
            assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"), "{page}");
            assert_eq!(page.contains("&lt;rain&gt;"), path != "/messages");
            assert_eq!(page.contains("<script>"), path == "/");
        }
        assert!(get(at, "POST", "/").await.starts_with("HTTP/1.1 405"));
    });
}

#[test]
fn what_was_not_seen_yet_is_an_error_document() {
    with_listener(Status::default(), async |at| {
        for path in ["host", "plan", "apply", "tree"] {
            let said = get(at, "GET", &format!("/api/v1/{path}")).await;
            assert!(said.starts_with("HTTP/1.1 503"), "{said}");
            let document = said.split_once("\r\n\r\n").unwrap().1;
            let document: serde_json::Value = serde_json::from_str(document).unwrap();
            let code = Code::NotSeenYet.as_str();
            assert_eq!(
                (&document["schema"], &document["findings"][0]["code"]),
                (&"error/v1".into(), &code.into())
            );
        }
    });
}

#[test]
fn nothing_can_be_changed_through_it() {
    with_listener(Status::default(), async |at| {
        for path in ["/healthz", "/readyz", "/api/v1/status", "/api/v1/tree", "/metrics"] {
            for method in ["POST", "PUT", "DELETE", "PATCH"] {
                let said = get(at, method, path).await;
                let refused = said.starts_with("HTTP/1.1 405") || said.starts_with("HTTP/1.1 404");
                assert!(refused, "{method} {path}: {said}");
            }
        }
        // What the socket takes.
        for path in ["cycle", "release", "resume", "heal/0000:41:00.0"] {
            assert!(get(at, "POST", &format!("/api/v1/{path}")).await.starts_with("HTTP/1.1 404"));
        }
    });
}

#[test]
fn a_head_that_never_ends_is_refused() {
    with_listener(Status::default(), async |at| {
        let long = format!("GET /healthz HTTP/1.1\r\nHost: agent\r\nX: {}\r\n\r\n", "y".repeat(64 * 1024));
        let said = exchange(at, &long).await;
        assert!(!said.contains("200 OK"), "{said}");
    });
}

#[test]
fn who_says_nothing_is_let_go_and_keeps_nobody_else_waiting() {
    with_listener(Status::default(), async |at| {
        let mut silent = TcpStream::connect(at).await.unwrap();
        silent.write_all(b"GET /healthz HT").await.unwrap();
        assert!(get(at, "GET", "/healthz").await.contains("200 OK"));
        // From here on time passes as soon as nobody has anything to do.
        tokio::time::pause();
        let started = Instant::now();
        let mut rest = Vec::new();
        let _ = silent.read_to_end(&mut rest).await;
        let waited = started.elapsed();
        assert!(
            (Duration::from_secs(5)..Duration::from_secs(20)).contains(&waited),
            "closed after {waited:?}"
        );
    });
}

#[test]
fn an_address_that_is_taken_is_said_and_nothing_ends() {
    block_on(async {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = taken.local_addr().unwrap();
        let (_sender, app) = app(Status::default());
        let (say, mut said) = tokio::sync::mpsc::unbounded_channel();
        tokio::select! {
            () = listen(at, app, |finding| drop(say.send(finding))) => panic!("it stopped"),
            finding = said.recv() => {
                let finding = finding.unwrap().unwrap();
                assert_eq!((finding.code, finding.subject), (Code::NoListener, at.to_string()));
            }
        }
    });
}

//! A proxy before the real Placement: it records every request, and a hook may do anything at three moments
//! of each: before it is forwarded, when Placement has answered, and when the answer was passed on.
//!
//! It speaks TCP and not more HTTP than where a message ends, so that it can do what no HTTP server does: cut
//! an answer in half, or drop a connection. It takes one request at a time, as the agent sends them.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::support::placement_url;

/// A request and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The first is 1.
    pub(crate) number: usize,
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// What Placement answered; 0 as long as it has not.
    pub(crate) status: u16,
    /// When it was asked.
    pub(crate) at: std::time::Instant,
    /// The token that it was asked with, empty without one.
    pub(crate) token: String,
    /// All of it, as it came.
    pub(crate) raw: Vec<u8>,
}

impl Seen {
    /// Whether Placement has done something because of it.
    pub(crate) fn wrote(&self) -> bool {
        self.method != "GET" && (200..300).contains(&self.status)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Asked,
    Answered,
    Passed,
}

/// What the proxy is to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Go,
    /// Close the connection without a word.
    Drop,
    /// Answer this: status, more header lines (each with its line end), and a body.
    Instead(u16, &'static str, String),
    /// Pass on the head and half of the body, then close: fewer bytes than the head promises.
    Half,
    /// The same as a whole message that is no JSON: nothing in the head says how long it is.
    CutShort,
}

pub(crate) type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;
pub(crate) type Hook = Box<dyn FnMut(&Seen, Moment) -> Later<Verdict> + Send>;

/// A hook that decides at once.
pub(crate) fn at_once(mut decide: impl FnMut(&Seen, Moment) -> Verdict + Send + 'static) -> Hook {
    Box::new(move |seen, moment| Box::pin(std::future::ready(decide(seen, moment))))
}

/// Runs until it is dropped, on a thread of its own: tests may block.
pub(crate) struct Proxy {
    port: u16,
    log: Arc<Mutex<Vec<Seen>>>,
    begun: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    pub(crate) fn start(hook: Hook) -> Proxy {
        Proxy::before(&placement_url(), 0, hook)
    }

    /// Before any server; on the port of a proxy that was dropped, as a service that comes back.
    pub(crate) fn before(server: &str, port: u16, hook: Hook) -> Proxy {
        let server: url::Url = server.parse().unwrap();
        let server = format!("{}:{}", server.host_str().unwrap(), server.port().unwrap());
        let listener = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (stop, stopped) = oneshot::channel();
        let (seen, begun) = (Arc::clone(&log), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&begun);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let serving = serve(TcpListener::from_std(listener).unwrap(), &server, hook, &seen, &count);
                tokio::select! { _ = stopped => {}, () = serving => {} }
            });
        });
        Proxy { port, log, begun, stop: Some(stop), thread: Some(thread) }
    }

    /// One that only records.
    pub(crate) fn recording() -> Proxy {
        Proxy::start(at_once(|_, _| Verdict::Go))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The requests since the last call.
    pub(crate) fn take(&self) -> Vec<Seen> {
        self.begun.store(0, Ordering::Relaxed);
        std::mem::take(&mut self.log.lock().unwrap())
    }

    /// How many requests have come since then, those included that have no answer yet.
    pub(crate) fn asked(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

async fn serve(
    listener: TcpListener,
    server: &str,
    mut hook: Hook,
    log: &Mutex<Vec<Seen>>,
    begun: &AtomicUsize,
) {
    let mut number = 0;
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        // A client that was killed before it had asked whole has not asked.
        let Some(request) = read_message(&mut client).await else { continue };
        number += 1;
        begun.fetch_add(1, Ordering::Relaxed);
        let mut seen = asked(number, &request);
        let answer = answer(server, &request, &mut seen, &mut hook).await;
        // Before the client can know the answer, and look into the log.
        log.lock().unwrap().push(seen.clone());
        if let Some(bytes) = answer {
            // The client may be dead by now.
            let _ = client.write_all(&bytes).await;
            let _ = client.shutdown().await;
            hook(&seen, Moment::Passed).await;
        }
    }
}

/// What to pass on; nothing where the connection is to be dropped.
async fn answer(server: &str, request: &[u8], seen: &mut Seen, hook: &mut Hook) -> Option<Vec<u8>> {
    let mut verdict = hook(seen, Moment::Asked).await;
    let mut answer = Vec::new();
    if verdict == Verdict::Go {
        answer = forward_to(server, request).await;
        seen.status = status(&answer);
        verdict = hook(seen, Moment::Answered).await;
    }
    match verdict {
        Verdict::Go => Some(answer),
        Verdict::Drop => None,
        Verdict::Half => Some(half(&answer)),
        Verdict::CutShort => {
            let text = String::from_utf8(half(&answer)).unwrap();
            let lines = text.split_inclusive("\r\n");
            let kept = lines.filter(|line| !line.to_ascii_lowercase().starts_with("content-length:"));
            Some(kept.collect::<String>().into_bytes())
        }
        Verdict::Instead(status, header, body) => {
            seen.status = status;
            let head = format!("HTTP/1.1 {status} Said\r\n{header}Content-Type: application/json\r\n");
            let rest = format!("Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            Some((head + &rest).into_bytes())
        }
    }
}

fn half(answer: &[u8]) -> Vec<u8> {
    let head = head_length(answer).unwrap();
    answer[..head + (answer.len() - head) / 2].to_vec()
}

/// What the real Placement answers, which closes after each answer.
pub(crate) async fn forward(request: &[u8]) -> Vec<u8> {
    let url: url::Url = placement_url().parse().unwrap();
    forward_to(&format!("{}:{}", url.host_str().unwrap(), url.port().unwrap()), request).await
}

async fn forward_to(server: &str, request: &[u8]) -> Vec<u8> {
    let mut server = TcpStream::connect(server).await.unwrap();
    server.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await.unwrap();
    answer
}

pub(crate) async fn read_message(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        if let Some(head) = head_length(&message) {
            let text = String::from_utf8_lossy(&message[..head]).to_ascii_lowercase();
            let length = text.split("content-length:").nth(1).and_then(|rest| rest.lines().next());
            if message.len() >= head + length.map_or(0, |length| length.trim().parse().unwrap()) {
                return Some(message);
            }
        }
        if client.read_buf(&mut message).await.ok()? == 0 {
            return None;
        }
    }
}

pub(crate) fn head_length(message: &[u8]) -> Option<usize> {
    message.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

pub(crate) fn status(answer: &[u8]) -> u16 {
    String::from_utf8_lossy(&answer[..12]).rsplit(' ').next().unwrap().parse().unwrap()
}

fn asked(number: usize, request: &[u8]) -> Seen {
    let text = String::from_utf8_lossy(request);
    let mut words = text.split(' ');
    let mut word = || words.next().unwrap().to_owned();
    let (method, target) = (word(), word());
    let mut lines = text.lines().filter_map(|line| line.split_once(": "));
    let token = lines.find(|(name, _)| name.eq_ignore_ascii_case("x-auth-token"));
    let token = token.map_or(String::new(), |(_, token)| token.to_owned());
    let at = std::time::Instant::now();
    Seen { number, method, target, status: 0, at, token, raw: request.to_vec() }
}

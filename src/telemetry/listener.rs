//! The TCP listener: loopback unless the configuration says otherwise, GET alone.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;

use super::App;
use super::serve::serve;
use crate::model::{Code, Finding};

/// An address that is taken may be free again.
const AGAIN: Duration = Duration::from_secs(30);

/// Listens there and answers, for as long as it is polled. An address that cannot be had is said and tried again:
/// Placement is kept true whoever watches.
pub async fn listen(at: SocketAddr, app: App, say: impl Fn(Option<Finding>)) {
    let routes = app.routes();
    loop {
        match TcpListener::bind(at).await {
            Ok(listener) => {
                let at = listener.local_addr().unwrap_or(at);
                tracing::info!("listening on http://{at}/");
                say(None);
                return serve(listener, routes).await;
            }
            Err(error) => say(Some(taken(at, &error))),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

fn taken(at: SocketAddr, error: &io::Error) -> Finding {
    Finding::new(
        Code::NoListener,
        at,
        format!("nobody can be answered there: {error}"),
        "free the address (`ss -ltnp`) or set telemetry.listen to another; it is tried again every 30 s",
    )
}

//! Serving HTTP/1.1 within limits, so that nobody who asks can hold more than a little of the agent for more than a
//! little while: it runs beside the loop, on the same thread.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Connections at once; more wait to be accepted. Prometheus needs one, a person with a page a few.
const CONNECTIONS: usize = 32;
/// The head of a request is sent within this; a connection that asks nothing is closed after it.
const HEAD: Duration = Duration::from_secs(10);
/// The head of a request is no longer than this, in bytes; a body is never read.
const HEAD_MOST: usize = 16 * 1024;
/// After this a connection takes no further request.
const CONNECTION: Duration = Duration::from_secs(60);
/// After that, what is under way is cut off: somebody who reads this slowly does not read at all.
const LAST: Duration = Duration::from_secs(30);

/// Answers whoever connects, for as long as it is polled.
pub(super) async fn serve(mut listener: impl Listener<Addr: Send>, app: Router) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // It is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let (stream, _) = listener.accept().await;
        let service = TowerToHyperService::new(app.clone());
        tokio::spawn(async move {
            let mut connection = std::pin::pin!(
                http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEAD)
                    .max_buf_size(HEAD_MOST)
                    .serve_connection(TokioIo::new(stream), service)
            );
            let outcome = match timeout(CONNECTION, connection.as_mut()).await {
                Ok(outcome) => outcome,
                Err(_) => {
                    connection.as_mut().graceful_shutdown();
                    timeout(LAST, connection).await.unwrap_or(Ok(()))
                }
            };
            if let Err(error) = outcome {
                tracing::debug!("a connection of the listener ended: {error}");
            }
            std::mem::drop(place);
        });
    }
}

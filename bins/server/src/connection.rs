//! One connection: HTTP/1.1, with limits against those who send slowly or too much of a head.

use crate::parts::told;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::pin::pin;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;

/// Seconds in which a request's head must be whole, and that a connection may stay open without one.
const HEAD_SECONDS_MAX: u64 = 5;

/// Longest head in bytes: GitHub's have about one kilobyte.
const HEAD_BYTES_MAX: usize = 32 * 1024;

/// Most headers of a request: GitHub sends about twenty.
const HEADERS_MAX: usize = 64;

/// Answers until the other side leaves, a limit is passed, or the server ends; what is being answered then is finished.
pub(crate) async fn answer(stream: TcpStream, router: Router, mut shutdown: watch::Receiver<bool>) {
    // Answers are small and wanted at once.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(HEAD_SECONDS_MAX))
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    tokio::select! {
        // How a connection breaks off is the other side's affair.
        _ = connection.as_mut() => return,
        () = told(&mut shutdown) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

//! One connection over HTTP/1.1, which is kept as long as the other side keeps it, with a request at a time.

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

/// Seconds until an answer counts as none: GitHub waits as long for a receiver of webhooks.
const ANSWER_SECONDS_MAX: u64 = 10;

/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// A connection, made when it is needed.
#[derive(Debug)]
pub(crate) struct Connection {
    address: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The whole body.
    pub(crate) body: Bytes,
}

impl Connection {
    /// A connection to this address, not made yet.
    pub(crate) fn to(address: SocketAddr) -> Self {
        Self {
            address,
            sender: None,
        }
    }

    /// Sends a request and reads the answer to its end.
    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let wait = Duration::from_secs(ANSWER_SECONDS_MAX);
        match tokio::time::timeout(wait, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => {
                self.sender = None;
                bail!("no answer within {ANSWER_SECONDS_MAX} s")
            }
        }
    }

    /// Asks for a path.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer> {
        let request = Request::get(path).header("Host", self.address.to_string());
        self.send(request.body(Full::default())?).await
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let mut sender = self.sender().await?;
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX)
            .collect()
            .await;
        let body = body.map_err(|error| anyhow::anyhow!("the answer broke off: {error}"))?;
        self.sender = Some(sender);
        Ok(Answer {
            status,
            body: body.to_bytes(),
        })
    }

    /// The open connection, or another one if it was closed.
    async fn sender(&mut self) -> Result<SendRequest<Full<Bytes>>> {
        if let Some(mut sender) = self.sender.take()
            && sender.ready().await.is_ok()
        {
            return Ok(sender);
        }
        let stream = TcpStream::connect(self.address).await;
        let stream = stream.with_context(|| format!("failed to connect to {}", self.address))?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends with its sender; how it breaks off is told to whoever waits for an answer.
        drop(tokio::spawn(connection));
        Ok(sender)
    }
}

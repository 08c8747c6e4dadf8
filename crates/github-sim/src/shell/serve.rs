//! HTTP on loopback: requests become values for the model, its answers become responses.

use super::carry::Shell;
use super::clock::{self, Clock};
use super::files::{self, OutBody};
use super::git_http;
use crate::error::SimError;
use crate::exchange::{Answer, AnswerBody, Fate, Host, Request, RequestBody};
use bytes::Bytes;
use domain_types::Timestamp;
use http::Method;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};
use tokio::net::{TcpListener, TcpStream};

/// How large a body may be that is kept in memory, in bytes: larger than anything that the API takes.
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The connection is to break without an answer.
#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the connection was broken on purpose")
    }
}

impl std::error::Error for Broken {}

/// Takes connections for one host until the end.
pub(crate) async fn listen(shell: Arc<Shell>, listener: TcpListener, host: Host) {
    let mut stop = shell.stop.subscribe();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    shell.runtime.spawn(converse(Arc::clone(&shell), stream, host));
                }
            }
            _ = stop.wait_for(|is_over| *is_over) => return,
        }
    }
}

async fn converse(shell: Arc<Shell>, stream: TcpStream, host: Host) {
    // An answer is small and somebody waits for it.
    let _ = stream.set_nodelay(true);
    let mut stop = shell.stop.subscribe();
    let answering = Arc::clone(&shell);
    let service = service_fn(move |request| answer(Arc::clone(&answering), request, host));
    tokio::select! {
        // Connections break, on purpose and otherwise: nobody needs to hear of it.
        _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service) => {}
        _ = stop.wait_for(|is_over| *is_over) => {}
    }
}

/// A request that is being answered, until it is, or until whoever asked has gone.
struct Counted<'a> {
    all: &'a AtomicUsize,
    now: usize,
}

impl<'a> Counted<'a> {
    fn on(all: &'a AtomicUsize) -> Self {
        let now = all.fetch_add(1, Ordering::Relaxed) + 1;
        Self { all, now }
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn answer(
    shell: Arc<Shell>,
    request: http::Request<Incoming>,
    host: Host,
) -> Result<http::Response<OutBody>, Broken> {
    let counted = Counted::on(&shell.answering);
    let is_head = request.method() == Method::HEAD;
    let answered = match read(&shell, request, host).await {
        Ok(Some(request)) if host == Host::Api && git_http::is_read_by_git(&request.path) => {
            git_http::answer(&shell, &request).await
        }
        Ok(Some(mut request)) => {
            request.concurrent = counted.now;
            let answered = shell.with(|model, now| (model.handle(now, &request), now));
            answered.map(|(mut answer, now)| {
                // Where time passes as on the machine, the server below tells it.
                if shell.clock == Clock::Hand {
                    answer.header("date", &http_date(now));
                }
                answer
            })
        }
        Ok(None) => Ok(Answer::refusal(413, "Payload Too Large")),
        Err(error) => Err(error),
    };
    drop(counted);
    let answer = answered.unwrap_or_else(|error| Answer::refusal(500, &error.to_string()));
    match answer.fate {
        Fate::Arrives => {}
        Fate::Reset => return Err(Broken),
        Fate::Silence => {
            let mut stop = shell.stop.subscribe();
            let _ = stop.wait_for(|is_over| *is_over).await;
            return Err(Broken);
        }
    }
    response(answer, is_head).await.map_err(|_| Broken)
}

/// The request as a value; `None` if its body is too large or broke off.
async fn read(
    shell: &Shell,
    request: http::Request<Incoming>,
    host: Host,
) -> Result<Option<Request>, SimError> {
    let (parts, body) = request.into_parts();
    let is_upload =
        host == Host::Api && parts.method == Method::POST && parts.uri.path().starts_with("/uploads/");
    let body = if is_upload {
        let path = shell.next_upload();
        match files::store(body, &path).await? {
            None => return Ok(None),
            Some(file) if file.size == 0 => RequestBody::Bytes(Bytes::new()),
            Some(file) => RequestBody::File(file),
        }
    } else {
        match Limited::new(body, BODY_BYTES_MAX).collect().await {
            Ok(body) => RequestBody::Bytes(body.to_bytes()),
            Err(_) => return Ok(None),
        }
    };
    let headers = parts.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    // Reading the head alone is reading; enterprise clients put `/api/v3` before every path.
    let method = if parts.method == Method::HEAD {
        Method::GET
    } else {
        parts.method
    };
    let path = parts.uri.path();
    Ok(Some(Request {
        host,
        method,
        path: path.strip_prefix("/api/v3").unwrap_or(path).to_owned(),
        query: parts.uri.query().map(query_pairs).unwrap_or_default(),
        headers: headers.collect(),
        body,
        wall: clock::wall(),
        concurrent: 1,
    }))
}

fn query_pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

/// The simulator's time, in the form of HTTP: a client compares clocks by it.
fn http_date(now: Timestamp) -> String {
    let since_epoch = Duration::from_secs(u64::try_from(now.seconds()).unwrap_or_default());
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + since_epoch)
}

async fn response(answer: Answer, is_head: bool) -> io::Result<http::Response<OutBody>> {
    let mut response = http::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    let body = match &answer.body {
        _ if is_head => full(Bytes::new()),
        AnswerBody::Bytes(bytes) => full(bytes.clone()),
        AnswerBody::File(file) => {
            response = response.header("content-length", file.size);
            files::stream_file(file).await?
        }
    };
    response.body(body).map_err(io::Error::other)
}

fn full(bytes: Bytes) -> OutBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

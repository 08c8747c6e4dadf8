//! Reads a request's body while it comes: never more than the limit, never longer than the time, never more of all bodies together
//! than there is memory for.

use crate::problem::Problem;
use axum::body::Body;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Longest body in bytes: GitHub sends no delivery above 25 MB.
pub(crate) const BODY_BYTES_MAX: usize = 25 * 1024 * 1024;

/// Longest body of an API request in bytes: an order is a line.
pub(crate) const ORDER_BYTES_MAX: usize = 64 * 1024;

/// Seconds in which a body must be whole. GitHub gives up after ten.
const BODY_SECONDS_MAX: u64 = 10;

/// Bytes of all bodies that are in memory at a time: ten of the largest, tens of thousands of the usual.
const BODIES_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The unit in which memory is lent, in bytes: small enough for the usual body, large enough to count in 32 bits.
const LOAN_BYTES: usize = 1024;

/// How much memory all bodies together may take.
#[derive(Debug, Clone)]
pub(crate) struct BodyMemory(Arc<Semaphore>);

impl BodyMemory {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(BODIES_BYTES_MAX / LOAN_BYTES)))
    }

    fn lend(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let loans = u32::try_from(bytes.div_ceil(LOAN_BYTES)).ok()?;
        Arc::clone(&self.0).try_acquire_many_owned(loans).ok()
    }
}

/// A whole body and the memory that was lent for it.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) bytes: Vec<u8>,
    loan: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// Nothing, of no memory.
    pub(crate) fn empty() -> Self {
        Self {
            bytes: Vec::new(),
            loan: None,
        }
    }

    fn grow(&mut self, memory: &BodyMemory, chunk: &[u8]) -> Result<(), Problem> {
        let more = memory
            .lend(chunk.len())
            .ok_or_else(|| Problem::unavailable("too many large bodies are being read at the same time"))?;
        match &mut self.loan {
            Some(loan) => loan.merge(more),
            None => self.loan = Some(more),
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    /// The loan alone: for as long as the bytes live on in another shape.
    pub(crate) fn into_parts(self) -> (Vec<u8>, Option<OwnedSemaphorePermit>) {
        (self.bytes, self.loan)
    }
}

/// Reads a body of at most `bytes_max`.
///
/// # Errors
/// 413 before anything is read if the length that was declared is too large, or as soon as more has come; 408 if it takes too
/// long; 400 if it breaks off; 503 if there is no memory for it.
pub(crate) async fn read_body(
    memory: &BodyMemory,
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
) -> Result<Held, Problem> {
    if declared(headers).is_some_and(|length| length > bytes_max as u64) {
        return Err(too_large(bytes_max));
    }
    let reading = read(memory, body, bytes_max);
    match tokio::time::timeout(Duration::from_secs(BODY_SECONDS_MAX), reading).await {
        Ok(read) => read,
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("the body was not whole after {BODY_SECONDS_MAX} seconds"),
            "send it faster",
        )),
    }
}

async fn read(memory: &BodyMemory, mut body: Body, bytes_max: usize) -> Result<Held, Problem> {
    let mut held = Held::empty();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::bad("the body broke off", "send the request again"))?;
        let Ok(chunk) = frame.into_data() else {
            continue;
        };
        if held.bytes.len() + chunk.len() > bytes_max {
            return Err(too_large(bytes_max));
        }
        held.grow(memory, &chunk)?;
    }
    Ok(held)
}

fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

pub(crate) fn too_large(bytes_max: usize) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("the body has more than {bytes_max} bytes"),
        "send less: GitHub itself sends no larger delivery, what was left out is found by listing",
    )
}

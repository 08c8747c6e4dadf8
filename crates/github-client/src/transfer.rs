//! Streams: files that come and go without ever being whole in memory.

use crate::answer::{Meaning, meaning, next_piece, read_body, words};
use crate::call::{Call, encode};
use crate::client::{Client, body_error, header, made};
use crate::engine::AnswerBody;
use crate::exchange::{Failure, Payload, Sent, undecodable};
use crate::piped::{Piped, pump};
use crate::{GitHubError, Written};
use domain_types::{DigestWriter, Sha256Digest};
use http::header::{ACCEPT, LOCATION};
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use octocrab::OctoBody;
use serde::de::DeserializeOwned;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

/// Redirects that a download follows: GitHub needs one, a store behind it another.
const REDIRECTS_MAX: usize = 3;
/// Bytes of an error's body that are read.
const ERROR_BYTES_MAX: u64 = 64 * 1024;

/// What a download brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Downloaded {
    /// How many bytes.
    pub bytes: u64,
    /// Their digest.
    pub sha256: Sha256Digest,
}

/// What is said of a file that is uploaded.
pub(crate) struct Upload<'a> {
    /// The release's `upload_url`, a template.
    pub(crate) url_template: &'a str,
    pub(crate) name: &'a str,
    pub(crate) size: u64,
    pub(crate) content_type: &'a str,
}

impl Client {
    /// Writes what GitHub sends, or has somebody else send, and says what came. The redirect gets no token: its address is signed.
    pub(crate) async fn download(
        &self,
        call: &Call,
        writer: &mut (dyn AsyncWrite + Unpin + Send),
        bytes_max: u64,
    ) -> Result<Downloaded, GitHubError> {
        let live = self.begin(call, None).await.map_err(Failure::into_error)?;
        if live.status().is_success() {
            let (body, _permit) = live.into_body();
            return copy(call, body, writer, bytes_max).await;
        }
        let from: Uri = self
            .address
            .url(&call.target)
            .parse()
            .map_err(|_| undecodable(call, "an address that is none"))?;
        let response = self.follow(call, from, live.into_response()).await?;
        copy(call, response.into_body(), writer, bytes_max).await
    }

    /// Follows redirects to a success.
    async fn follow(
        &self,
        call: &Call,
        mut from: Uri,
        mut response: Response<AnswerBody>,
    ) -> Result<Response<AnswerBody>, GitHubError> {
        for _ in 0..REDIRECTS_MAX {
            let location = header(response.headers(), &LOCATION).unwrap_or_default();
            let next =
                absolute(&from, &location).ok_or_else(|| undecodable(call, "a redirect to no address"))?;
            if !self.address.may_lead_to(&next) {
                return Err(foreign(call, &next));
            }
            let request = Request::get(next.clone())
                .header(ACCEPT, "*/*")
                .body(OctoBody::empty())
                .map_err(|error| undecodable(call, &error.to_string()))?;
            let answered = self.engine.send(request, self.answer_seconds_max).await;
            response = answered.map_err(|none| none.of(call.operation()))?;
            if response.status().is_success() {
                return Ok(response);
            }
            if !response.status().is_redirection() {
                return Err(not_there(call, response).await);
            }
            from = next;
        }
        Err(undecodable(call, "redirects without end"))
    }

    /// Uploads what `reader` has, once, as it is read.
    pub(crate) async fn upload<T: DeserializeOwned>(
        &self,
        call: &Call,
        upload: &Upload<'_>,
        reader: impl AsyncRead + Unpin + Send,
    ) -> Written<T> {
        let (url, content_type) = match self.upload_head(call, upload) {
            Ok(head) => head,
            Err(error) => return Written::Rejected(error),
        };
        let (sender, piped) = Piped::new(upload.size);
        let payload = Payload::Stream {
            body: OctoBody::new(piped),
            size: upload.size,
            content_type,
        };
        let sending = self.send_once(call, &url, None, payload);
        let pumping = pump(reader, sender, upload.size);
        tokio::pin!(sending, pumping);
        let mut pumped = None;
        let sent = loop {
            tokio::select! {
                biased;
                sent = &mut sending => break sent,
                outcome = &mut pumping, if pumped.is_none() => pumped = Some(outcome),
            }
        };
        match (sent, pumped) {
            (Ok(Sent::Answer(live)), _) => made(call, live).await,
            // The stream is used up, so this one is not sent again here.
            (Ok(Sent::Again(error)), _) => Written::Rejected(error),
            (Err(Failure::InDoubt(_)), Some(Err(source))) => Written::Unknown(GitHubError::Local {
                operation: call.operation(),
                source,
            }),
            (Err(failure), _) => failure.into_written(),
        }
    }

    fn upload_head(&self, call: &Call, upload: &Upload<'_>) -> Result<(String, HeaderValue), GitHubError> {
        let content_type = HeaderValue::from_str(upload.content_type)
            .map_err(|_| undecodable(call, "a content type that is no header value"))?;
        let base = upload.url_template.split('{').next().unwrap_or_default();
        let url = format!("{base}?name={}", encode(upload.name));
        let uri: Uri = url
            .parse()
            .map_err(|_| undecodable(call, "an upload address that is none"))?;
        if self.address.takes_uploads(&uri) {
            Ok((url, content_type))
        } else {
            Err(foreign(call, &uri))
        }
    }
}

async fn copy(
    call: &Call,
    mut body: AnswerBody,
    writer: &mut (dyn AsyncWrite + Unpin + Send),
    bytes_max: u64,
) -> Result<Downloaded, GitHubError> {
    let local = |source| GitHubError::Local {
        operation: call.operation(),
        source,
    };
    let mut digest = DigestWriter::new();
    loop {
        let piece = next_piece(&mut body).await;
        let Some(piece) = piece.map_err(|failure| body_error(call, failure, bytes_max))? else {
            break;
        };
        if digest.bytes() + piece.len() as u64 > bytes_max {
            return Err(GitHubError::TooLarge {
                operation: call.operation(),
                unit: "bytes",
                max: bytes_max,
            });
        }
        digest.update(&piece);
        writer.write_all(&piece).await.map_err(local)?;
    }
    writer.flush().await.map_err(local)?;
    Ok(Downloaded {
        bytes: digest.bytes(),
        sha256: digest.finish(),
    })
}

/// Where a redirect leads; one without a host stays on the host that it came from.
fn absolute(from: &Uri, location: &str) -> Option<Uri> {
    let to: Uri = location.parse().ok()?;
    if to.host().is_some() {
        return Some(to);
    }
    let path = to
        .path_and_query()
        .filter(|path| path.as_str().starts_with('/'))?;
    let builder = Uri::builder()
        .scheme(from.scheme()?.clone())
        .authority(from.authority()?.clone());
    builder.path_and_query(path.clone()).build().ok()
}

fn foreign(call: &Call, uri: &Uri) -> GitHubError {
    GitHubError::ForeignHost {
        operation: call.operation(),
        host: uri.host().unwrap_or_default().to_owned(),
    }
}

/// Why a store of files did not give one. It is not the API: its limits are not ours to count.
async fn not_there(call: &Call, response: Response<AnswerBody>) -> GitHubError {
    let (head, body) = response.into_parts();
    let words = words(&read_body(body, ERROR_BYTES_MAX).await.unwrap_or_default());
    let operation = call.operation();
    let status = head.status.as_u16();
    let passing = head.status == StatusCode::TOO_MANY_REQUESTS
        || meaning(head.status, &head.headers, &words) == Meaning::ServerFailed;
    if passing {
        GitHubError::ServerFailed {
            operation,
            status,
            message: words,
        }
    } else {
        GitHubError::Refused {
            operation,
            status,
            message: words,
        }
    }
}

/// Keeps the last bytes of what is written.
pub(crate) struct TailWriter {
    kept: VecDeque<u8>,
    bytes_max: usize,
}

impl TailWriter {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            kept: VecDeque::new(),
            bytes_max,
        }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.kept.into()
    }
}

impl AsyncWrite for TailWriter {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let bytes_max = self.bytes_max;
        let fresh = &bytes[bytes.len().saturating_sub(bytes_max)..];
        let surplus = (self.kept.len() + fresh.len()).saturating_sub(bytes_max);
        self.kept.drain(..surplus);
        self.kept.extend(fresh);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

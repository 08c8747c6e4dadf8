//! Streams: files that come and go without ever being whole in memory.

use domain_types::Sha256Digest;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;

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

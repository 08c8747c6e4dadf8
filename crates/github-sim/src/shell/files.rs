//! Bodies that are too large for memory: uploads are streamed to disk and digested on the way, downloads are streamed from it.

use super::disk::failed;
use crate::error::SimError;
use crate::exchange::StoredFile;
use bytes::Bytes;
use futures::TryStreamExt as _;
use futures::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use sha2::{Digest as _, Sha256};
use std::io;
use std::path::Path;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// How much is read from disk at once, in bytes.
const CHUNK_BYTES: usize = 64 * 1024;

/// A body that is sent.
pub(crate) type OutBody = UnsyncBoxBody<Bytes, io::Error>;

/// Writes an upload to a file; `None` if it broke off, and then nothing is left.
pub(crate) async fn store(mut body: Incoming, path: &Path) -> Result<Option<StoredFile>, SimError> {
    if let Some(parent) = path.parent() {
        tokio::fs::create_dir_all(parent)
            .await
            .map_err(failed("create", parent))?;
    }
    let mut file = File::create(path).await.map_err(failed("create", path))?;
    let mut hasher = Sha256::new();
    let mut size = 0u64;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            let removed = tokio::fs::remove_file(path).await;
            return removed.map(|()| None).map_err(failed("remove", path));
        };
        if let Some(bytes) = frame.data_ref() {
            hasher.update(bytes);
            size += bytes.len() as u64;
            file.write_all(bytes).await.map_err(failed("write", path))?;
        }
    }
    file.flush().await.map_err(failed("write", path))?;
    let sha256 = hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Some(StoredFile {
        path: path.to_owned(),
        size,
        sha256,
    }))
}

/// Writes bytes to a file, as if they had been uploaded.
pub(crate) fn keep(bytes: &[u8], path: &Path) -> Result<StoredFile, SimError> {
    super::disk::write(path, bytes)?;
    Ok(StoredFile {
        path: path.to_owned(),
        size: bytes.len() as u64,
        sha256: crate::workers::sha256(bytes),
    })
}

/// The body that is a file.
pub(crate) async fn stream_file(file: &StoredFile) -> io::Result<OutBody> {
    let file = File::open(&file.path).await?;
    let chunks = stream::try_unfold(file, |mut file| async move {
        let mut chunk = vec![0; CHUNK_BYTES];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, io::Error>((read > 0).then(|| (Bytes::from(chunk), file)))
    });
    Ok(StreamBody::new(chunks.map_ok(Frame::data)).boxed_unsync())
}

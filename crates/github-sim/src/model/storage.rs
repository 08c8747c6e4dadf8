//! The host that downloads lie on. It knows nothing of GitHub's tokens: whoever has the address may fetch, for a short time.

use super::GitHub;
use crate::exchange::{Answer, AnswerBody, Request, StoredFile};
use bytes::Bytes;
use domain_types::Timestamp;

/// For how long an address holds, in seconds: one minute for artifacts and logs, and no longer for anything else.
const OFFERED_SECONDS: u64 = 60;

/// Something that can be fetched.
#[derive(Debug, Clone)]
pub(crate) struct Download {
    body: AnswerBody,
    media_type: String,
    until: Timestamp,
}

impl Download {
    pub(crate) fn zip(bytes: Bytes) -> Self {
        Self::new(AnswerBody::Bytes(bytes), "application/zip")
    }

    pub(crate) fn text(text: String) -> Self {
        Self::new(AnswerBody::Bytes(text.into()), "text/plain; charset=utf-8")
    }

    pub(crate) fn file(file: StoredFile, media_type: &str) -> Self {
        Self::new(AnswerBody::File(file), media_type)
    }

    fn new(body: AnswerBody, media_type: &str) -> Self {
        Self {
            body,
            media_type: media_type.to_owned(),
            until: Timestamp::from_seconds(0),
        }
    }
}

impl GitHub {
    /// Gives something an address for a short time, and the answer that leads there.
    pub(crate) fn offer(&mut self, mut download: Download) -> Answer {
        download.until = self.now.plus_seconds(OFFERED_SECONDS);
        let now = self.now;
        self.downloads.retain(|_, known| known.until > now);
        let key = self.random.word(40);
        let answer = Answer::found(&format!("{}/{key}?sig={}", self.storage, self.random.word(20)));
        self.downloads.insert(key, download);
        answer
    }

    /// Answers for the storage host.
    pub(crate) fn fetch(&mut self, request: &Request) -> Answer {
        if request.headers.contains_key("authorization") {
            // As the blob storage behind GitHub does with a token that is not its own.
            return Answer::bytes(
                403,
                Bytes::from_static(b"Server failed to authenticate the request."),
            );
        }
        let found = self.downloads.get(request.path.trim_start_matches('/'));
        match found.filter(|download| self.now < download.until) {
            None => Answer::bytes(
                403,
                Bytes::from_static(b"Signature not valid in the specified time frame."),
            ),
            Some(download) => {
                let mut answer = Answer::empty(200);
                answer.body = download.body.clone();
                answer.header("content-type", &download.media_type);
                answer
            }
        }
    }
}

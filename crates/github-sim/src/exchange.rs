//! Requests and answers as plain values: what the model takes and gives, whoever carries them.

use bytes::Bytes;
use domain_types::Timestamp;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Which of GitHub's hosts a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// The API, uploads included.
    Api,
    /// Where downloads lie: it knows nothing of GitHub's tokens.
    Storage,
}

/// A request, read from wherever it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// The host that was asked.
    pub host: Host,
    /// The verb.
    pub method: Method,
    /// The path, still percent-encoded.
    pub path: String,
    /// The query, decoded, in the order of the URL.
    pub query: Vec<(String, String)>,
    /// The headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: RequestBody,
    /// The time on the clock of the machine, which App tokens are made by.
    pub wall: Timestamp,
    /// How many requests are being answered at this moment, this one included.
    pub concurrent: usize,
}

/// The body of a request.
#[derive(Debug, Clone)]
pub enum RequestBody {
    /// In memory.
    Bytes(Bytes),
    /// An upload that was streamed to disk.
    File(StoredFile),
}

/// A file that the shell keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256 digest in hex.
    pub sha256: String,
}

/// What the model says to a request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: AnswerBody,
    /// What becomes of the answer on its way.
    pub fate: Fate,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub enum AnswerBody {
    /// In memory.
    Bytes(Bytes),
    /// A file that the shell keeps.
    File(StoredFile),
}

/// What becomes of an answer on its way to whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It arrives.
    Arrives,
    /// The connection breaks before the first byte.
    Reset,
    /// Nothing is ever sent; the connection stays open.
    Silence,
}

impl Answer {
    /// An answer with a JSON body.
    pub fn json(status: u16, value: &Value) -> Self {
        let mut answer = Self::bytes(status, value.to_string().into());
        answer.header("content-type", "application/json; charset=utf-8");
        answer
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self::bytes(status, Bytes::new())
    }

    /// An answer of these bytes.
    pub fn bytes(status: u16, bytes: Bytes) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: AnswerBody::Bytes(bytes),
            fate: Fate::Arrives,
        }
    }

    /// A refusal as GitHub words it.
    pub fn refusal(status: u16, message: &str) -> Self {
        let body = json!({
            "message": message,
            "documentation_url": "https://docs.github.com/rest",
            "status": status.to_string(),
        });
        Self::json(status, &body)
    }

    /// 404, which also hides what must not be seen.
    pub fn not_found() -> Self {
        Self::refusal(404, "Not Found")
    }

    /// 422 about one field of a resource.
    pub fn invalid(resource: &str, field: &str, code: &str) -> Self {
        let body = json!({
            "message": "Validation Failed",
            "errors": [{"resource": resource, "field": field, "code": code}],
            "documentation_url": "https://docs.github.com/rest",
            "status": "422",
        });
        Self::json(422, &body)
    }

    /// 302 to another place.
    pub fn found(location: &str) -> Self {
        let mut answer = Self::empty(302);
        answer.header("location", location);
        answer
    }

    /// Adds a header.
    pub fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// The value of a header, if the answer has it.
    pub fn header_value(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null if it is none.
    pub fn value(&self) -> Value {
        match &self.body {
            AnswerBody::Bytes(bytes) => serde_json::from_slice(bytes).unwrap_or(Value::Null),
            AnswerBody::File(_) => Value::Null,
        }
    }
}

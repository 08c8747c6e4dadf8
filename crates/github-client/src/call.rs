//! A request before it is sent: what is asked, for whom, how urgent it is and what it costs. Nothing here does IO.

use crate::GitHubError;
use bytes::Bytes;
use domain_types::Timestamp;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

/// What RFC 3986 leaves unreserved stays as it is; everything else is encoded, in a path segment and in a query alike.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// A path or reference within an address: its slashes separate.
const ENCODED_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// How urgent a request is. While our share of a limit is short, the more urgent go first.
///
/// Statuses come first: somebody's merge waits for them. What moves a release comes before what only looks, and looking
/// comes before talking. Within one priority the order is that of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// The status of a commit.
    Status,
    /// Dispatches and every other write that moves a release.
    Dispatch,
    /// Reads.
    Read,
    /// Comments, redeliveries and whatever else may wait.
    Comment,
}

/// In whose name a request is made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Account {
    /// As the App itself, by its JWT.
    App,
    /// As the App's installation with this account or organisation, by a token.
    Owner {
        /// The account.
        owner: String,
        /// The repository by which the installation is found.
        repository: String,
    },
}

impl Account {
    /// As GitHub counts: by installation, whichever of its repositories is asked about.
    pub(crate) fn without_repository(self) -> Self {
        match self {
            Self::App => Self::App,
            Self::Owner { owner, .. } => Self::Owner {
                owner,
                repository: String::new(),
            },
        }
    }
}

/// A request before it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) account: Account,
    pub(crate) method: Method,
    /// The path as GitHub documents it, with placeholders.
    pub(crate) template: &'static str,
    /// The path and query that are sent, encoded.
    pub(crate) target: String,
    pub(crate) accept: &'static str,
    pub(crate) body: Option<Bytes>,
    pub(crate) priority: Priority,
    /// Whether it makes something visible, which GitHub counts apart.
    pub(crate) content: bool,
    /// When it is too late to send it.
    pub(crate) not_after: Option<Timestamp>,
}

impl Call {
    /// A request whose placeholders are filled with `values`, in order.
    pub(crate) fn new(account: Account, method: Method, template: &'static str, values: &[&str]) -> Self {
        let priority = if method == Method::GET {
            Priority::Read
        } else {
            Priority::Dispatch
        };
        Self {
            account,
            method,
            template,
            target: fill(template, values),
            accept: "application/vnd.github+json",
            body: None,
            priority,
            content: false,
            not_after: None,
        }
    }

    /// Not sent any more after this, should it have to wait.
    pub(crate) fn not_after(mut self, latest: Option<Timestamp>) -> Self {
        self.not_after = latest;
        self
    }

    /// With a parameter of the query.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        let separator = if self.target.contains('?') { '&' } else { '?' };
        self.target.push(separator);
        self.target.push_str(name);
        self.target.push('=');
        self.target.push_str(&encode(value));
        self
    }

    /// With a parameter of the query if there is a value.
    pub(crate) fn query_if(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// With a JSON body.
    pub(crate) fn json(mut self, body: &impl Serialize) -> Result<Self, GitHubError> {
        let bytes = serde_json::to_vec(body).map_err(|error| GitHubError::Undecodable {
            operation: self.operation(),
            reason: error.to_string(),
        })?;
        self.body = Some(bytes.into());
        Ok(self)
    }

    /// Makes something visible.
    pub(crate) fn content(mut self) -> Self {
        self.content = true;
        self
    }

    /// More or less urgent than its method says.
    pub(crate) fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Wants another form of answer.
    pub(crate) fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    /// `METHOD /template`, for errors and for counting.
    pub(crate) fn operation(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// What GitHub counts for it per minute.
    pub(crate) fn points(&self) -> u32 {
        if self.method == Method::GET { 1 } else { 5 }
    }
}

/// A value as a path segment or as a value of a query.
pub(crate) fn encode(value: &str) -> String {
    utf8_percent_encode(value, ENCODED).to_string()
}

fn fill(template: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let mut target = String::with_capacity(template.len() + 40);
    for part in template.split_inclusive(['{', '}']) {
        match part.strip_suffix('}') {
            Some(placeholder) => {
                let value = values.next().copied().unwrap_or_default();
                // `ref` and `path` have slashes of their own.
                let set = if matches!(placeholder, "ref" | "path") {
                    ENCODED_PATH
                } else {
                    ENCODED
                };
                target.extend(utf8_percent_encode(value, set));
            }
            None => target.push_str(part.strip_suffix('{').unwrap_or(part)),
        }
    }
    debug_assert!(
        values.next().is_none(),
        "more values than placeholders in {template}"
    );
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &'static str, values: &[&str], expected: &str) {
        assert_eq!(fill(template, values), expected);
    }

    #[test]
    fn values_are_encoded_into_their_places() {
        check("/app", &[], "/app");
        check("/repos/{owner}/{repo}", &["o", "r.x"], "/repos/o/r.x");
        check("/a/{b}/c", &["../x?y#z"], "/a/..%2Fx%3Fy%23z/c");
        check("/git/ref/{ref}", &["tags/v1+b"], "/git/ref/tags/v1%2Bb");
        check(
            "/contents/{path}",
            &[".github/workflows/a b.yml"],
            "/contents/.github/workflows/a%20b.yml",
        );
    }

    #[test]
    fn parameters_are_encoded_and_separated() {
        let call = Call::new(Account::App, Method::GET, "/runs", &[])
            .query("created", ">=2026-11-24T06:00:00Z")
            .query_if("event", None)
            .query_if("actor", Some("gate[bot]"));
        assert_eq!(
            call.target,
            "/runs?created=%3E%3D2026-11-24T06%3A00%3A00Z&actor=gate%5Bbot%5D"
        );
    }
}

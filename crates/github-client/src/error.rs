//! Why GitHub was not reached, or did not do what it was asked, by what the caller can do about it.

use domain_types::Invalid;

/// The cause as a library told it; kept for the log, not to be matched on.
pub type Cause = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Seconds after which a caller without better knowledge may try again: a failing server is not helped by haste.
const RETRY_SECONDS: u64 = 5;

/// A request to GitHub failed. `operation` is its method and path template, such as `GET /repos/{owner}/{repo}`.
///
/// Texts fit "failed to …: " and never contain a token.
#[derive(Debug, thiserror::Error)]
pub enum GitHubError {
    /// A name, tag or digest that GitHub could not have.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A setting with which no client can be made.
    #[error("{setting} cannot be used: {reason}")]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// No connection: nothing was sent. Retryable.
    #[error("{operation}: GitHub is not reached, nothing was sent: {source}")]
    NotSent {
        /// What was asked.
        operation: String,
        /// Why there is no connection.
        source: Cause,
    },
    /// It had to wait until it was too late to send it: nothing was sent. Retryable.
    #[error("{operation}: it had to wait for too long, nothing was sent")]
    TooLate {
        /// What was asked.
        operation: String,
    },
    /// The connection broke after sending began: a write may have happened. Retryable for reads.
    #[error("{operation}: the connection broke: {source}")]
    Broken {
        /// What was asked.
        operation: String,
        /// How it broke.
        source: Cause,
    },
    /// No answer in time: a write may have happened. Retryable for reads.
    #[error("{operation}: no answer within {seconds} s")]
    TimedOut {
        /// What was asked.
        operation: String,
        /// How long was waited, in seconds.
        seconds: u64,
    },
    /// GitHub itself failed (5xx): a write may have happened. Retryable for reads.
    #[error("{operation}: GitHub failed with status {status}: {message}")]
    ServerFailed {
        /// What was asked.
        operation: String,
        /// The HTTP status.
        status: u16,
        /// GitHub's words, shortened.
        message: String,
    },
    /// GitHub refused; asking again changes nothing.
    #[error("{operation}: GitHub refuses with status {status}: {message}")]
    Refused {
        /// What was asked.
        operation: String,
        /// The HTTP status.
        status: u16,
        /// GitHub's words with the codes of its findings, shortened.
        message: String,
    },
    /// The token was refused, and so was a new one. Retryable where no new one could be tried.
    #[error("{operation}: GitHub does not accept our token: {message}")]
    Unauthorized {
        /// What was asked.
        operation: String,
        /// GitHub's words, shortened.
        message: String,
        /// Whether a new token has been tried already.
        renewed: bool,
    },
    /// The App is not installed on the repository.
    #[error("the App is not installed on {repository}")]
    NotInstalled {
        /// `owner/name`.
        repository: String,
    },
    /// A limit of GitHub, or our share of one: nothing was done. Retryable after the wait.
    #[error("{operation}: {limit}; again in {wait_seconds} s")]
    Limited {
        /// What was asked.
        operation: String,
        /// Which limit.
        limit: Limit,
        /// How long to wait, in seconds.
        wait_seconds: u64,
    },
    /// An answer, a list or a file above its limit.
    #[error("{operation}: the answer has more than {max} {unit}")]
    TooLarge {
        /// What was asked.
        operation: String,
        /// `bytes`, `pages` or `rows`.
        unit: &'static str,
        /// The limit.
        max: u64,
    },
    /// An answer that is not what GitHub documents. After a write: it may have happened.
    #[error("{operation}: the answer is not understood: {reason}")]
    Undecodable {
        /// What was asked.
        operation: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An address in an answer leads to a host that the settings do not name.
    #[error("{operation}: the answer leads to {host}, which is not among the download hosts")]
    ForeignHost {
        /// What was asked.
        operation: String,
        /// The host.
        host: String,
    },
    /// The caller's own reader or writer failed.
    #[error("{operation}: the data could not be read or written here: {source}")]
    Local {
        /// What was asked.
        operation: String,
        /// Why.
        source: std::io::Error,
    },
}

/// Which limit stands against a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// The hourly number of requests.
    #[error("the hourly limit of requests is used up")]
    Primary,
    /// GitHub's unwritten limit on bursts and on content.
    #[error("the secondary limit was reached")]
    Secondary,
    /// Our own share, kept so that GitHub's limits are never reached.
    #[error("our own share of the limits is used up")]
    OwnShare,
}

impl GitHubError {
    /// Whether the same request may succeed later without anybody changing anything. For a write this says nothing
    /// about whether it has happened: that is what [`crate::Written`] says.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotSent { .. }
            | Self::TooLate { .. }
            | Self::Broken { .. }
            | Self::TimedOut { .. }
            | Self::ServerFailed { .. }
            | Self::Limited { .. } => true,
            Self::Unauthorized { renewed, .. } => !renewed,
            Self::Invalid(_)
            | Self::Setting { .. }
            | Self::Refused { .. }
            | Self::NotInstalled { .. }
            | Self::TooLarge { .. }
            | Self::Undecodable { .. }
            | Self::ForeignHost { .. }
            | Self::Local { .. } => false,
        }
    }

    /// Seconds from now before which trying again is pointless; none if it is pointless for ever.
    pub fn not_before(&self) -> Option<u64> {
        match self {
            Self::Limited { wait_seconds, .. } => Some(*wait_seconds),
            Self::NotSent { .. }
            | Self::TooLate { .. }
            | Self::Broken { .. }
            | Self::TimedOut { .. }
            | Self::ServerFailed { .. } => Some(RETRY_SECONDS),
            Self::Unauthorized { renewed, .. } => (!renewed).then_some(0),
            Self::Invalid(_)
            | Self::Setting { .. }
            | Self::Refused { .. }
            | Self::NotInstalled { .. }
            | Self::TooLarge { .. }
            | Self::Undecodable { .. }
            | Self::ForeignHost { .. }
            | Self::Local { .. } => None,
        }
    }

    /// The HTTP status that GitHub answered, where it is the reason.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::ServerFailed { status, .. } | Self::Refused { status, .. } => Some(*status),
            Self::Unauthorized { .. } => Some(401),
            Self::Invalid(_)
            | Self::Setting { .. }
            | Self::NotSent { .. }
            | Self::TooLate { .. }
            | Self::Broken { .. }
            | Self::TimedOut { .. }
            | Self::NotInstalled { .. }
            | Self::Limited { .. }
            | Self::TooLarge { .. }
            | Self::Undecodable { .. }
            | Self::ForeignHost { .. }
            | Self::Local { .. } => None,
        }
    }
}

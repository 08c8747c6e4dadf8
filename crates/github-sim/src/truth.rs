//! What really happened, for whoever tests against the simulator: every request and every effect that the world can see.

use domain_types::Timestamp;

/// One line of the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// When, on the simulator's clock.
    pub at: Timestamp,
    /// What.
    pub what: Happened,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the variants and fields say what they are; an effect per variant"
)]
pub enum Happened {
    /// A request was answered. `host` is `api`, `uploads`, `storage` or `git`.
    Request {
        host: &'static str,
        asker: String,
        method: String,
        path: String,
        status: u16,
    },
    /// A fault was played.
    Fault { kind: &'static str, on: String },
    /// A token of an installation was made.
    TokenMade { installation: u64 },
    /// A branch or tag came to be.
    RefCreated {
        repository: String,
        name: String,
        sha: String,
    },
    /// A branch or tag names another commit.
    RefMoved {
        repository: String,
        name: String,
        sha: String,
    },
    /// A branch or tag is gone.
    RefDeleted { repository: String, name: String },
    /// A dispatch was accepted.
    Dispatched {
        repository: String,
        event: String,
        started: Vec<u64>,
    },
    /// A run came to be.
    RunCreated {
        repository: String,
        run: u64,
        event: String,
        head_sha: String,
        title: String,
        dispatch_id: Option<String>,
    },
    /// A run was started again.
    RunRestarted { run: u64, attempt: u32 },
    /// A run ended.
    RunCompleted {
        run: u64,
        attempt: u32,
        conclusion: String,
    },
    /// A run was asked to end.
    RunCancelled { run: u64, force: bool },
    /// A release came to be.
    ReleaseCreated {
        repository: String,
        release: u64,
        tag: String,
        draft: bool,
    },
    /// A release was changed.
    ReleaseEdited { release: u64 },
    /// A draft was published.
    ReleasePublished {
        repository: String,
        release: u64,
        tag: String,
    },
    /// A release is gone.
    ReleaseDeleted { release: u64, tag: String },
    /// An asset was uploaded whole.
    AssetUploaded {
        release: u64,
        asset: u64,
        name: String,
        sha256: String,
    },
    /// An asset is gone.
    AssetDeleted { release: u64, asset: u64, name: String },
    /// A commit status was set; `by` is the account of a person or an App.
    StatusCreated {
        repository: String,
        sha: String,
        context: String,
        state: String,
        by: String,
    },
    /// A webhook was sent; `status` is what came back, 0 if nothing did.
    WebhookSent {
        app: u64,
        guid: String,
        event: String,
        status: u16,
    },
    /// A comment was written.
    CommentCreated {
        repository: String,
        number: u64,
        comment: u64,
    },
    /// A check run was created or changed.
    CheckRunWritten {
        repository: String,
        sha: String,
        name: String,
        conclusion: Option<String>,
    },
}

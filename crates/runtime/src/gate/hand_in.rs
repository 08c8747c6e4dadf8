//! A signature that somebody hands in: verified as those in comments are, and put into the pull request as a comment of ours. Only once
//! the forge has it anything is promised; it counts when a look finds it there.

use super::book::Book;
use super::look::look;
use super::mirror::{Mirrored, mirror, plain};
use super::recent::Turn;
use super::reception::{GITHUB_SECONDS_MAX, Reception};
use super::statements::statements_of;
use super::visitors::MirrorOrder;
use super::words;
use crate::ports::Unfinished;
use domain_types::{CommitSha, PullRequestId, RepoName, Sha256Digest, Timestamp};
use governance_rules::{Electorate, Ruleset};
use signatures::{SignatureText, Statement};
use storage::{StoreError, StoredPullRequest};

/// What became of a signature that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedIn {
    /// For which pull request.
    pub pull_request: PullRequestId,
    /// Its repository: `owner/name`.
    pub repository: String,
    /// Whose signature it is.
    pub signer: String,
    /// The head that was signed.
    pub head: CommitSha,
    /// Whether it is known already, or will count with the next look.
    pub receipt: Receipt,
}

/// How far a signature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It was received before, and counts as far as the rules let it.
    Known,
    /// The forge has it; the next look counts it.
    Kept,
}

/// Why a signature was not taken. Nothing was written then, unless somebody can tell of no write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Nobody was shown such a statement, or the pull request has moved on.
    #[error("no open pull request has this statement now")]
    UnknownStatement,
    /// The text is no signature.
    #[error("this is no signature: {0}")]
    Malformed(String),
    /// No key that may sign made it.
    #[error("this signature is not of this statement by a key that is registered for its repository")]
    Unverified,
    /// Whoever signed took it back.
    #[error("{0} took this signature back: it counts no more for this head")]
    TakenBack(String),
    /// There are no rules to tell who may sign.
    #[error("the rules cannot be used now")]
    NoRules,
    /// Too many at a time, or of one statement.
    #[error("too many signatures are being handed in")]
    Crowded,
    /// The store does not answer.
    #[error("the store does not answer")]
    Store,
    /// The forge could not be asked, or did not say what became of it.
    #[error("GitHub has not taken it: {0}")]
    Unfinished(String),
    /// The forge does not take it.
    #[error("GitHub does not take it: {0}")]
    Refused(String),
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "failed to read pull requests");
        Self::Store
    }
}

/// A signature that counts for a statement.
struct Verified {
    signer: String,
    key: String,
    head: CommitSha,
    text: SignatureText,
}

impl Reception {
    /// Takes a signature of the statement with this digest. Whoever sends it does not matter.
    ///
    /// Die before the forge has it: nothing was promised, and it is handed in again. Die after: the next look finds it there.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub async fn hand_in(&self, digest: Sha256Digest, text: &str) -> Result<HandedIn, NotTaken> {
        let _place = self.places.try_acquire().map_err(|_| NotTaken::Crowded)?;
        let (store, now) = (&self.parts.store, self.parts.clock.now());
        let text = signature_in(text)?;
        let place = self.statements.place(&digest, &**store, now).await?;
        let stored = match place {
            Some(id) => store.pull_request(id).await?,
            None => None,
        };
        let stored = stored
            .filter(|stored| stored.open)
            .ok_or(NotTaken::UnknownStatement)?;
        let statement = shown_statement(&stored, &digest).ok_or(NotTaken::UnknownStatement)?;
        let verified = self.verify(&stored.repository, statement, text, now).await?;
        let signatures = store.signatures(stored.id).await?;
        let known = signatures.iter().find(|row| {
            row.signature.name.statement_digest == digest && row.signature.name.key_identity == verified.key
        });
        let receipt = match known.map(|row| row.withdrawn_at) {
            Some(Some(_)) => return Err(NotTaken::TakenBack(verified.signer)),
            Some(None) => Receipt::Known,
            None => self.keep(&stored, digest, &verified).await?,
        };
        Ok(HandedIn {
            pull_request: stored.id,
            repository: stored.repository,
            signer: verified.signer,
            head: verified.head,
            receipt,
        })
    }

    /// Verifies it beside the other requests: an old certificate takes milliseconds.
    async fn verify(
        &self,
        repository: &str,
        statement: Statement,
        text: SignatureText,
        now: Timestamp,
    ) -> Result<Verified, NotTaken> {
        let rules = self.parts.rules.now();
        let name = repository.rsplit('/').next().unwrap_or_default().to_owned();
        let verifying = tokio::task::spawn_blocking(move || match rules.as_ref() {
            Ok(rules) => verified(rules, &name, (&statement, &text), now),
            Err(_) => Err(NotTaken::NoRules),
        });
        verifying.await.unwrap_or(Err(NotTaken::Crowded))
    }

    /// Has the forge keep it, once.
    async fn keep(
        &self,
        stored: &StoredPullRequest,
        digest: Sha256Digest,
        verified: &Verified,
    ) -> Result<Receipt, NotTaken> {
        let now = self.parts.clock.now();
        let order = mirror(
            stored.id,
            &stored.repository,
            &Mirrored {
                statement: digest,
                key: &verified.key,
                signer: &verified.signer,
                head: &verified.head,
                signature: &verified.text,
            },
        );
        let (going, is_in_doubt) = match self.recent.begin(&(digest, verified.key.clone()), now) {
            Turn::Shows => return Ok(Receipt::Kept),
            Turn::Theirs | Turn::Crowded => return Err(NotTaken::Crowded),
            Turn::Yours { going, is_in_doubt } => (going, is_in_doubt),
        };
        match self.write(&order, is_in_doubt).await {
            Ok(()) => going.shows(),
            Err(Unfinished::Failed(failure)) => {
                going.does_not_show();
                return Err(NotTaken::Refused(failure.reason));
            }
            Err(Unfinished::Unknown { reason }) => return Err(NotTaken::Unfinished(reason)),
        }
        tracing::info!(pull_request = %stored.id, signer = verified.signer, "kept a signature that was handed in");
        self.want(stored).await;
        Ok(Receipt::Kept)
    }

    /// Writes it where it does not show already.
    async fn write(&self, order: &MirrorOrder, is_in_doubt: bool) -> Result<(), Unfinished> {
        let (host, clock) = (&self.parts.host, &self.parts.clock);
        let writing = async {
            let unknown = |reason| Unfinished::Unknown { reason };
            if is_in_doubt && host.is_mirrored(order).await.map_err(unknown)? {
                return Ok(());
            }
            host.mirror(order).await
        };
        let until = clock.now().plus_seconds(GITHUB_SECONDS_MAX);
        tokio::select! {
            written = writing => written,
            () = clock.wait_until(until) => Err(Unfinished::Unknown {
                reason: format!("no answer within {GITHUB_SECONDS_MAX} seconds"),
            }),
        }
    }

    /// Has the pull request looked at now; without this its webhook, or the next look, does the same.
    async fn want(&self, stored: &StoredPullRequest) {
        let now = self.parts.clock.now();
        let wanted = look(stored.id, &stored.repository, now);
        if let Err(error) = self.parts.store.want_pull_requests(&[wanted], now).await {
            tracing::warn!(error = %error, "a look could not be asked for");
        }
        self.parts.bell.notify_one();
    }
}

/// The one signature of what was sent: by itself, or within other text.
fn signature_in(text: &str) -> Result<SignatureText, NotTaken> {
    match SignatureText::parse(text) {
        Ok(signature) => Ok(signature),
        Err(error) => {
            let mut found = signatures::find_armour(text);
            match (found.pop(), found.is_empty()) {
                (Some(only), true) => Ok(only),
                (Some(_), false) => Err(NotTaken::Malformed("there are several".to_owned())),
                (None, _) => Err(NotTaken::Malformed(error.to_string())),
            }
        }
    }
}

/// The statement with this digest, if the pull request still shows it.
fn shown_statement(stored: &StoredPullRequest, digest: &Sha256Digest) -> Option<Statement> {
    let book = Book::read(stored.body.as_deref()).ok()?;
    let mut shown = statements_of(&book).into_iter();
    shown.find(|statement| statement.digest() == *digest)
}

/// Verifies as the gate does, but without foreign words around it: that is what is kept.
fn verified(
    rules: &Ruleset,
    repository: &str,
    (statement, text): (&Statement, &SignatureText),
    now: Timestamp,
) -> Result<Verified, NotTaken> {
    let repository: RepoName = repository.parse().map_err(|_| NotTaken::Unverified)?;
    let electorate = Electorate::of(rules, &repository);
    let statements = std::slice::from_ref(statement);
    let text = plain(text).ok_or(NotTaken::Unverified)?;
    let (login, approval) =
        words::verified(statements, &text, &electorate, now).ok_or(NotTaken::Unverified)?;
    Ok(Verified {
        signer: login.to_string(),
        key: approval.proof.key().to_string(),
        head: approval.statement.head_sha,
        text,
    })
}

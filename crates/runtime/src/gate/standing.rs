//! Where a pull request stands, for people who look: what was decided last, what is missing, and who signed.

use super::book::{Book, Ordered};
use super::decision_body::DecisionBody;
use super::found::{GateMode, ShownStatus};
use super::judge::{GateSettings, reverified};
use super::recorded::Said;
use super::signing::{ToSign, to_sign};
use domain_types::{CommitSha, PullRequestId, RepoName, Sha256Digest, Timestamp, TreeSha};
use governance_rules::{Electorate, Ruleset};
use serde_json::Value;
use signatures::Statement;
use storage::{DecisionRow, SignatureRow, StoredPullRequest};

/// Where a pull request stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Which.
    pub id: PullRequestId,
    /// Its repository as last heard: `owner/name`.
    pub repository: String,
    /// Whether it was open when it was looked at last.
    pub is_open: bool,
    /// Whether it is held back at all.
    pub mode: GateMode,
    /// When the last look at it ended.
    pub looked_at: Timestamp,
    /// Why it could not be looked at since.
    pub trouble: Option<String>,
    /// The status that was ordered last, and its context.
    pub shown: Option<(String, ShownStatus)>,
    /// The newest decision.
    pub decided: Option<Decided>,
    /// What is to be signed for its head, if anything can be.
    pub to_sign: Option<ToSign>,
    /// Signatures of it, the oldest first.
    pub signatures: Vec<SignatureStanding>,
    /// Its page on the forge.
    pub forge_page: String,
    /// Its page here.
    pub page: Option<String>,
}

/// A decision, read back.
#[derive(Debug, Clone)]
pub struct Decided {
    /// Its number.
    pub revision: u64,
    /// When.
    pub at: Timestamp,
    /// Its word.
    pub outcome: String,
    /// The rules that were applied.
    pub ruleset: Sha256Digest,
    /// The head that it is about.
    pub head: CommitSha,
    /// The tree of that head.
    pub head_tree: TreeSha,
    /// The branch that it is to be merged into.
    pub base: String,
    /// The verdict as it was recorded; none where no rules could be used.
    pub verdict: Option<Value>,
    /// The same in words.
    pub said: Option<Said>,
}

/// A signature that was received.
#[derive(Debug, Clone)]
pub struct SignatureStanding {
    /// Whose key it is now; none if the key is nobody's.
    pub signer: Option<String>,
    /// How it signs.
    pub scheme: String,
    /// What names the key.
    pub key: String,
    /// The statement that was signed.
    pub statement: String,
    /// Where it came from.
    pub source: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// Whether it counts; none where the verdict does not name everybody.
    pub counts: Option<bool>,
    /// Why it does not.
    pub because: Option<String>,
}

/// What a standing is made of.
pub(super) struct Kept<'k> {
    pub(super) stored: &'k StoredPullRequest,
    pub(super) newest: Option<&'k DecisionRow>,
    pub(super) signatures: &'k [SignatureRow],
    pub(super) rules: Option<&'k Ruleset>,
    pub(super) now: Timestamp,
}

/// Where it stands.
///
/// # Errors
/// What cannot be read of it.
pub(super) fn standing(kept: &Kept<'_>, settings: &GateSettings) -> Result<Standing, String> {
    let stored = kept.stored;
    let book = Book::read(stored.body.as_deref())?;
    let decided = kept.newest.map(|row| decided(row, &book)).transpose()?;
    let (_, name) = stored.repository.split_once('/').unwrap_or_default();
    let electorate = kept
        .rules
        .zip(name.parse::<RepoName>().ok())
        .map(|(rules, name)| Electorate::of(rules, &name));
    let about = About {
        electorate: electorate.as_ref(),
        head: book.heads.last().map(|head| &head.sha),
        base: book.base.as_deref(),
        said: decided.as_ref().and_then(|decided| decided.said.as_ref()),
        now: kept.now,
    };
    let number = stored.id.number();
    Ok(Standing {
        id: stored.id,
        repository: stored.repository.clone(),
        is_open: stored.open,
        mode: settings.mode_of(name),
        looked_at: stored.updated_at,
        trouble: stored.reason.clone(),
        to_sign: current_statement(&book)
            .filter(|_| stored.open)
            .map(|statement| to_sign(&statement, settings.public_url.as_deref())),
        shown: book
            .status
            .map(|Ordered { context, status, .. }| (context, status)),
        signatures: kept.signatures.iter().map(|row| about.standing(row)).collect(),
        forge_page: format!("https://{}/{}/pull/{number}", settings.forge, stored.repository),
        page: settings
            .public_url
            .as_ref()
            .map(|url| format!("{url}/p/{}/{number}", stored.id.repository_id())),
        decided,
    })
}

/// The statement that was shown last for the newest head.
pub(super) fn current_statement(book: &Book) -> Option<Statement> {
    let last = book.statements.last()?;
    Statement::parse(last.as_bytes()).ok()
}

/// A decision, read back. One that says that nobody could look names nothing: it is about the head that was seen last.
fn decided(row: &DecisionRow, book: &Book) -> Result<Decided, String> {
    let seen = book.heads.last();
    let recorded = DecisionBody::read(&row.decision.body)?;
    Ok(Decided {
        revision: row.decision.revision,
        at: row.at,
        outcome: row.decision.outcome.clone(),
        ruleset: row.decision.ruleset_digest,
        head: recorded
            .head
            .or_else(|| seen.map(|head| head.sha.clone()))
            .ok_or("the decision names no head")?,
        head_tree: recorded
            .head_tree
            .or_else(|| seen?.tree.clone())
            .ok_or("the decision names no tree")?,
        base: recorded
            .base
            .or_else(|| book.base.clone())
            .ok_or("the decision names no base")?,
        said: recorded.verdict.as_ref().and_then(Said::of),
        verdict: recorded.verdict,
    })
}

/// What a signature is held against.
struct About<'a> {
    electorate: Option<&'a Electorate>,
    head: Option<&'a CommitSha>,
    base: Option<&'a str>,
    said: Option<&'a Said>,
    now: Timestamp,
}

impl About<'_> {
    fn standing(&self, row: &SignatureRow) -> SignatureStanding {
        let key = &row.signature.name.key_identity;
        let signer = self.electorate.and_then(|electorate| electorate.owner(key));
        let signer = signer.map(ToString::to_string);
        let (counts, because) = match self.objection(row, signer.as_deref()) {
            Some(because) => (Some(false), Some(because)),
            None => {
                let counts = self
                    .said
                    .and_then(|said| said.counts(signer.as_deref().unwrap_or_default()));
                let because = (counts == Some(false))
                    .then(|| "it is valid, but the rules do not count this person here".to_owned());
                (counts, because)
            }
        };
        SignatureStanding {
            signer,
            scheme: row.signature.scheme.clone(),
            key: key.clone(),
            statement: row.signature.statement.clone(),
            source: row.signature.source.clone(),
            received_at: row.signature.received_at,
            counts,
            because,
        }
    }

    /// What is to be said against a signature, whatever the rules count.
    fn objection(&self, row: &SignatureRow, signer: Option<&str>) -> Option<String> {
        if let Some(at) = row.withdrawn_at {
            return Some(format!("it was taken back at {at}"));
        }
        let Ok(Statement::Approval(approval)) = Statement::parse(row.signature.statement.as_bytes()) else {
            return Some("its statement is none of an approval".to_owned());
        };
        if self.head != Some(&approval.head_sha) {
            return Some(format!("it is for the head {}", approval.head_sha));
        }
        let base = approval.base_ref.as_str().strip_prefix("refs/heads/");
        if base != self.base {
            return Some(format!("it is for {}", approval.base_ref.as_str()));
        }
        let Some(electorate) = self.electorate else {
            return Some("the rules cannot be used now".to_owned());
        };
        if signer.is_none() {
            return Some("its key is not registered for this layer now".to_owned());
        }
        match reverified(row, electorate, self.now) {
            Some(_) => None,
            None => Some("it cannot be verified with the key as it is registered now".to_owned()),
        }
    }
}

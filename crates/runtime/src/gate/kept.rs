//! Facts that are kept with a decision, and handed out again with the signatures that were received: so that anybody can judge a pull request by
//! other rules, or with something supposed, and needs no server for that.

use super::book::Book;
use super::judge::Judged;
use super::past::{Past, past};
use super::reception::{NotShown, Reception};
use domain_types::PullRequestId;
use governance_rules::{FACTS_BYTES_MAX, FactsDocument, KeptDecision, KeptMerge, KeptSignature, Outcome};
use serde_json::Value;
use storage::{DecisionRow, Listed, SignatureRow, StoredPullRequest};

/// Pull requests of one page of facts: a few megabytes if all of them are as large as they may be.
pub const FACTS_PAGE: u32 = 20;

/// What is kept with a decision: nothing where nothing was judged, or where it would be too large.
pub(super) fn kept(judged: &Judged) -> Option<FactsDocument> {
    let facts = judged.facts.as_deref()?;
    let asked = judged.book.emergency.as_ref().and_then(|asked| asked.request());
    let document = FactsDocument::of(facts, asked.as_ref());
    let bytes = serde_json::to_string(&document).map_or(usize::MAX, |text| text.len());
    if bytes > FACTS_BYTES_MAX {
        let number = facts.subject.number;
        tracing::warn!(repository = %facts.subject.repository, number, bytes, "the facts are too large to be kept");
        return None;
    }
    Some(document)
}

/// A pull request whose facts cannot be handed out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithoutFacts {
    /// Its repository as last heard: `owner/name`.
    pub repository: String,
    /// Its number.
    pub number: u64,
    /// Why: a fragment.
    pub because: String,
}

/// Facts of several pull requests.
#[derive(Debug, Clone)]
pub struct FactsPage {
    /// Of each that has some.
    pub facts: Vec<FactsDocument>,
    /// Those that have none.
    pub without: Vec<WithoutFacts>,
    /// The last pull request of this page, if there may be more behind it.
    pub next: Option<PullRequestId>,
}

impl Reception {
    /// The facts of the newest verdict about a pull request: as of its merge, or of the last look while it is open.
    ///
    /// # Errors
    /// [`NotShown`].
    pub async fn facts(
        &self,
        stored: &StoredPullRequest,
    ) -> Result<Result<FactsDocument, WithoutFacts>, NotShown> {
        let store = &self.parts.store;
        let past = past(&**store, stored.id).await?;
        let signatures = store.signatures(stored.id).await?;
        Ok(
            handed_out(stored, past, &signatures).map_err(|because| WithoutFacts {
                repository: stored.repository.clone(),
                number: stored.id.number(),
                because,
            }),
        )
    }

    /// The facts of the pull requests behind this one, in the order of their ids.
    ///
    /// # Errors
    /// [`NotShown`].
    pub async fn facts_page(&self, after: Option<PullRequestId>) -> Result<FactsPage, NotShown> {
        let _place = self.whole.try_acquire().map_err(|_| NotShown::Crowded)?;
        let store = &self.parts.store;
        let some = store.pull_requests(None, Listed::All, after, FACTS_PAGE).await?;
        let is_full = u32::try_from(some.len()).is_ok_and(|many| many == FACTS_PAGE);
        let mut page = FactsPage {
            facts: Vec::new(),
            without: Vec::new(),
            next: some.last().filter(|_| is_full).map(|last| last.id),
        };
        for stored in &some {
            match self.facts(stored).await? {
                Ok(facts) => page.facts.push(facts),
                Err(without) => page.without.push(without),
            }
        }
        Ok(page)
    }
}

/// The document of the newest verdict, with what the book knows beside it.
fn handed_out(
    stored: &StoredPullRequest,
    past: Past,
    signatures: &[SignatureRow],
) -> Result<FactsDocument, String> {
    let Some((row, body)) = past.verdict else {
        return Err("nothing was judged of it".to_owned());
    };
    let Some(facts) = body.facts else {
        return Err(
            "its last decision keeps no facts: it was made by an older program, or they were too large"
                .to_owned(),
        );
    };
    let mut document: FactsDocument =
        serde_json::from_value(facts).map_err(|error| format!("its facts cannot be read: {error}"))?;
    let merged = past.merge.filter(|(head, _)| *head == document.subject.head_sha);
    let merged = merged.map(|(_, merge)| KeptMerge {
        at: merge.at,
        by: merge.by,
    });
    // A verdict holds until the next one: of what is open until the last look, of what was merged until then.
    let looked_at = Book::read(stored.body.as_deref())?.looked_at;
    let held_until = match &merged {
        Some(merge) => Some(merge.at),
        None => looked_at.filter(|_| stored.open),
    };
    document.observed_at = held_until
        .max(Some(document.observed_at))
        .unwrap_or(document.observed_at);
    document.signatures = signatures.iter().filter_map(signature).collect();
    document.decided = Some(KeptDecision {
        outcome: outcome(&row)?,
        revision: row.decision.revision,
        at: row.at,
        ruleset: row.decision.ruleset_digest,
        merged,
    });
    Ok(document)
}

fn signature(row: &SignatureRow) -> Option<KeptSignature> {
    row.withdrawn_at.is_none().then(|| KeptSignature {
        statement: row.signature.statement.clone(),
        signature: row.signature.signature.clone(),
        key: row.signature.name.key_identity.clone(),
        received_at: row.received_at,
    })
}

fn outcome(row: &DecisionRow) -> Result<Outcome, String> {
    let word = Value::String(row.decision.outcome.clone());
    serde_json::from_value(word).map_err(|error| format!("its outcome cannot be read: {error}"))
}

//! Facts that are kept with a decision, and handed out again with the signatures that were received: so that anybody can judge a pull request by
//! other rules, or with something supposed, and needs no server for that.

use super::book::Book;
use super::decision_body::outcome;
use super::judge::Judged;
use super::past::{Past, past};
use super::reception::{NotShown, Reception};
use domain_types::{PullRequestId, Sha256Digest, Timestamp};
use governance_rules::{FACTS_BYTES_MAX, FactsDocument, KeptDecision, KeptMerge, KeptSignature};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use storage::{DecisionRow, Listed, SignatureRow, StoreError, StoredPullRequest};

/// Pull requests of one page of facts: a few megabytes if all of them are as large as they may be.
pub const FACTS_PAGE: u32 = 20;

/// What a decision says of the facts that it rests on. They have a form of their own, so that a body that an older program wrote is none of an
/// older version.
#[derive(Debug, Default, Serialize)]
pub(super) struct KeptFacts {
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<FactsDocument>,
    /// The revision of the decision that has them: they are the same but for their time, which the verdict tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    facts_at: Option<u64>,
}

/// The same, read back.
#[derive(Debug, Default, Deserialize)]
struct RecordedFacts {
    facts: Option<Value>,
    facts_at: Option<u64>,
}

impl RecordedFacts {
    /// Of a decision; none if they cannot be read.
    fn of(row: &DecisionRow) -> Self {
        serde_json::from_str(&row.decision.body).unwrap_or_default()
    }
}

/// What is kept with the decision of this revision: nothing where nothing was judged, or where it would be too large. The same facts are kept
/// once, however many comments are answered meanwhile.
pub(super) fn kept(judged: &mut Judged, revision: u64) -> KeptFacts {
    let Some(document) = document(judged) else {
        return KeptFacts::default();
    };
    let digest = digest(&document);
    if let Some((at, _)) = judged.book.facts.filter(|(_, of)| digest == Some(*of)) {
        return KeptFacts {
            facts: None,
            facts_at: Some(at),
        };
    }
    judged.book.facts = digest.map(|digest| (revision, digest));
    KeptFacts {
        facts: Some(document),
        facts_at: None,
    }
}

fn document(judged: &Judged) -> Option<FactsDocument> {
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

/// The same facts at another time have the same digest.
fn digest(document: &FactsDocument) -> Option<Sha256Digest> {
    let timeless = FactsDocument {
        observed_at: Timestamp::EPOCH,
        ..document.clone()
    };
    let text = serde_json::to_string(&timeless).ok()?;
    Some(Sha256Digest::of(text.as_bytes()))
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
        let facts = match &past.verdict {
            Some((row, _)) => self.recorded_facts(stored.id, row).await?,
            None => None,
        };
        let signatures = store.signatures(stored.id).await?;
        Ok(
            handed_out(stored, (past, facts), &signatures).map_err(|because| WithoutFacts {
                repository: stored.repository.clone(),
                number: stored.id.number(),
                because,
            }),
        )
    }

    /// The facts that a decision rests on, wherever they are kept; none if they are not, or cannot be read.
    async fn recorded_facts(
        &self,
        id: PullRequestId,
        row: &DecisionRow,
    ) -> Result<Option<Value>, StoreError> {
        let own = RecordedFacts::of(row);
        let Some(revision) = own.facts_at.filter(|_| own.facts.is_none()) else {
            return Ok(own.facts);
        };
        let rows = self.parts.store.decisions(id, revision.checked_add(1), 1).await?;
        let row = rows.iter().find(|row| row.decision.revision == revision);
        Ok(row.and_then(|row| RecordedFacts::of(row).facts))
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
    (past, facts): (Past, Option<Value>),
    signatures: &[SignatureRow],
) -> Result<FactsDocument, String> {
    let Some((row, body)) = past.verdict else {
        return Err("nothing was judged of it".to_owned());
    };
    let judged_at = body.judged_at();
    let Some(facts) = facts else {
        return Err(
            "its last decision keeps no facts: it was made by an older program, or they were too large"
                .to_owned(),
        );
    };
    let mut document: FactsDocument =
        serde_json::from_value(facts).map_err(|error| format!("its facts cannot be read: {error}"))?;
    let merged = past.merge.filter(|(head, _)| *head == document.subject.head_sha);
    let merged = merged.map(|(_, merge)| KeptMerge {
        at: merge.found.at,
        by: merge.found.by,
    });
    // A verdict holds until the next one: of what is open until the last look, of what was merged until then.
    let looked_at = Book::read(stored.body.as_deref())?.looked_at;
    let held_until = match &merged {
        Some(merge) => Some(merge.at),
        None => looked_at.filter(|_| stored.open),
    };
    let known = Some(document.observed_at).max(judged_at).max(held_until);
    document.observed_at = known.unwrap_or(document.observed_at);
    let until = merged.as_ref().map(|_| document.observed_at);
    let in_time = |row: &&SignatureRow| until.is_none_or(|until| row.signature.received_at <= until);
    document.signatures = signatures.iter().filter(in_time).filter_map(signature).collect();
    document.decided = Some(KeptDecision {
        outcome: outcome(&row.decision).map_err(|error| format!("its outcome cannot be read: {error}"))?,
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
        received_at: row.signature.received_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_types::{Sha256Digest, Timestamp};
    use governance_rules::{Outcome, PullRequestFacts};
    use serde_json::json;
    use storage::NewDecision;

    /// A document as it is kept, without its signatures.
    fn document() -> Value {
        json!({
            "schema": "governance/facts/v1",
            "observed_at": "2026-03-02T00:00:00.000Z",
            "subject": {
                "forge": "github.com", "repository_id": 7, "owner": "atlas", "repository": "node", "number": 42,
                "base_ref": "refs/heads/main", "head_sha": "a".repeat(40), "head_tree": "b".repeat(40),
            },
            "clock": {"opened_at": "2026-03-01T00:00:00.000Z"},
        })
    }

    fn stored() -> StoredPullRequest {
        let at = Timestamp::from_seconds(0);
        StoredPullRequest {
            id: PullRequestId::new(7, 42).unwrap(),
            repository: "atlas/node".to_owned(),
            open: false,
            revision: 4,
            body: None,
            wanted: 0,
            seen: 0,
            due: None,
            failures: 0,
            reason: None,
            first_seen_at: at,
            updated_at: at,
            leased: None,
        }
    }

    fn past(facts: &Value, merge: &Value) -> (Past, Option<Value>) {
        let row = DecisionRow {
            at: Timestamp::from_seconds(1),
            decision: NewDecision {
                revision: 4,
                ruleset_digest: Sha256Digest::of(b"rules"),
                facts_digest: Sha256Digest::of(b"facts"),
                outcome: "neutral".to_owned(),
                body: String::new(),
            },
        };
        let body = json!({"version": 1, "head": "a".repeat(40), "verdict": {}});
        let merged = json!({"version": 1, "head": merge, "merge": {
            "at": "2026-03-05T00:00:00.000Z", "by": "ada", "commit": null, "status": null, "mode": "dry_run",
        }});
        let merge = (!merge.is_null()).then(|| {
            let at = serde_json::from_value(merged["merge"].clone()).unwrap();
            (serde_json::from_value(merge.clone()).unwrap(), at)
        });
        let past = Past {
            verdict: Some((row, serde_json::from_value(body).unwrap())),
            merge,
        };
        (past, Some(facts.clone()).filter(|facts| !facts.is_null()))
    }

    #[test]
    fn what_an_older_or_a_newer_program_kept_is_told_apart_and_not_guessed_at() {
        let mut newer = document();
        newer["later"] = json!(1);
        for (past, because) in [
            ((Past::default(), None), "nothing was judged of it"),
            (past(&Value::Null, &Value::Null), "made by an older program"),
            (past(&newer, &Value::Null), "unknown field `later`"),
        ] {
            let refused = handed_out(&stored(), past, &[]).unwrap_err();
            assert!(refused.contains(because), "{refused}");
        }
    }

    #[test]
    fn a_verdict_holds_until_its_own_head_was_merged() {
        for (head, observed_at) in [
            (Value::Null, "2026-03-02T00:00:00.000Z"),
            (json!("a".repeat(40)), "2026-03-05T00:00:00.000Z"),
            (json!("c".repeat(40)), "2026-03-02T00:00:00.000Z"),
        ] {
            let facts = handed_out(&stored(), past(&document(), &head), &[]).unwrap();
            assert_eq!(facts.observed_at.to_string(), observed_at, "{head}");
            let decided = facts.decided.unwrap();
            assert_eq!((decided.outcome, decided.revision), (Outcome::NotGoverned, 4));
            assert_eq!(decided.merged.is_some(), observed_at.contains("05T"), "{head}");
        }
    }

    #[test]
    fn facts_that_are_too_large_are_not_kept() {
        let document: FactsDocument = serde_json::from_value(document()).unwrap();
        let rules = governance_rules::Ruleset::default();
        let kept_of = |letters: usize| {
            let mut facts: PullRequestFacts = document.restored(&rules).facts;
            facts.change.body = "x".repeat(letters);
            let mut judged = Judged::silent(Book::default());
            judged.facts = Some(Box::new(facts));
            kept(&mut judged, 4).facts.is_some()
        };
        assert!(kept_of(FACTS_BYTES_MAX - 2_000));
        assert!(!kept_of(FACTS_BYTES_MAX));
        assert!(kept(&mut Judged::silent(Book::default()), 4).facts.is_none());
    }

    #[test]
    fn the_same_facts_are_kept_once_and_named_afterwards() {
        let document: FactsDocument = serde_json::from_value(document()).unwrap();
        let facts = document.restored(&governance_rules::Ruleset::default()).facts;
        let mut book = Book::default();
        let mut kept_of = |revision: u64, seconds: i64, title: &str| {
            let mut facts = facts.clone();
            facts.observed_at = Timestamp::from_seconds(seconds);
            facts.change.title = title.to_owned();
            let mut judged = Judged::silent(book.clone());
            judged.facts = Some(Box::new(facts));
            let kept = kept(&mut judged, revision);
            book = judged.book;
            (kept.facts.map(|facts| facts.change.title), kept.facts_at)
        };
        let whole = |title: &str| (Some(title.to_owned()), None);
        assert_eq!(kept_of(1, 10, "a"), whole("a"));
        assert_eq!(kept_of(2, 20, "a"), (None, Some(1)));
        assert_eq!(kept_of(3, 30, "b"), whole("b"));
        assert_eq!(kept_of(4, 40, "b"), (None, Some(3)));
        assert_eq!(kept_of(5, 50, "a"), whole("a"));
    }

    #[test]
    fn facts_that_were_kept_before_are_of_the_time_of_the_verdict() {
        let mut past = past(&document(), &Value::Null);
        let verdict = json!({"outcome": "neutral", "observed_at": "2026-03-04T00:00:00.000Z"});
        past.0.verdict.as_mut().unwrap().1.verdict = Some(verdict);
        let facts = handed_out(&stored(), past, &[]).unwrap();
        assert_eq!(facts.observed_at.to_string(), "2026-03-04T00:00:00.000Z");
    }
}

//! The body of a decision: how it is written, and how it is read again. Whoever wants to know later what was decided reads it here.

use super::ending::Merge;
use super::found::Found;
use super::judge::Judged;
use super::kept::KeptFacts;
use super::landed::{LandedFinding, LandedResult};
use domain_types::{CommitSha, Timestamp, TreeSha};
use governance_rules::{Outcome, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use storage::NewDecision;

/// The version of the body. A newer one is never taken for an older.
const VERSION: u32 = 1;

/// A verdict as it stands in the book for ever: of which head and base.
#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    head: &'a CommitSha,
    head_tree: &'a TreeSha,
    base: &'a str,
    verdict: &'a Option<Verdict>,
    #[serde(flatten)]
    facts: KeptFacts,
    #[serde(skip_serializing_if = "Option::is_none")]
    merge: &'a Option<Merge>,
    #[serde(skip_serializing_if = "Option::is_none")]
    landed: &'a Option<LandedFinding>,
}

/// That nobody could look.
#[derive(Serialize)]
struct Unknown<'a> {
    version: u32,
    unknown: &'a str,
}

/// What a look came to.
///
/// # Errors
/// Never: everything in it can be written.
pub(super) fn judged(found: &Found, judged: &Judged, facts: KeptFacts) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Written {
        version: VERSION,
        head: &found.head,
        head_tree: &found.head_tree,
        base: &found.base,
        verdict: &judged.verdict,
        facts,
        merge: &judged.merge,
        landed: &judged.landed,
    })
}

/// What looks that came to nothing come to.
///
/// # Errors
/// Never: everything in it can be written.
pub(super) fn unknown(reason: &str) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Unknown {
        version: VERSION,
        unknown: reason,
    })
}

/// What is read of it, but for the facts, which may be large. What looks that came to nothing left has none of it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct DecisionBody {
    version: u32,
    pub(crate) head: Option<CommitSha>,
    pub(crate) head_tree: Option<TreeSha>,
    pub(crate) base: Option<String>,
    /// In the words in which it was written.
    pub(crate) verdict: Option<Value>,
    /// Present where it tells of the merge.
    pub(crate) merge: Option<Merge>,
    /// What was found out later about what landed.
    pub(crate) landed: Option<LandedFinding>,
}

impl DecisionBody {
    /// As it was stored.
    ///
    /// # Errors
    /// If it cannot be read, or a newer program wrote it.
    pub(crate) fn read(body: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_str(body).map_err(|error| error.to_string())?;
        match read.version <= VERSION {
            true => Ok(read),
            false => Err(format!(
                "it has version {}, and this program knows {VERSION}",
                read.version
            )),
        }
    }

    /// Whether it says that something else landed than the merge gives.
    pub(crate) fn is_of_something_else(&self) -> bool {
        let finding = self.landed.as_ref();
        finding.is_some_and(|finding| finding.result == LandedResult::Different)
    }

    /// When its verdict was made, where that is of a form that is known.
    pub(super) fn judged_at(&self) -> Option<Timestamp> {
        let at = self.verdict.as_ref()?.get("observed_at")?;
        at.as_str()?.parse().ok()
    }
}

/// The outcome of a look. Without rules it is an error; of a merge it says whether it was let through, and of what landed whether it is what
/// the merge gives.
pub(super) fn outcome_of(judged: &Judged) -> Outcome {
    if let Some(merge) = &judged.merge {
        return match merge.was_green() {
            true => Outcome::Success,
            false => Outcome::Failure,
        };
    }
    match judged.landed.as_ref().map(|landed| landed.result) {
        Some(LandedResult::Different) => return Outcome::Failure,
        Some(LandedResult::Unknown) => return Outcome::Error,
        // That it landed as it was judged says nothing of whether it was let through.
        Some(LandedResult::Same) => return Outcome::NotGoverned,
        None => {}
    }
    let verdict = judged.verdict.as_ref();
    verdict.map_or(Outcome::Error, |verdict| verdict.outcome)
}

/// The word of an outcome as decisions have it.
pub(super) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotGoverned => "neutral",
        Outcome::Success | Outcome::Pending | Outcome::Failure | Outcome::Error => outcome.as_str(),
    }
}

/// The outcome of a decision, by its word.
///
/// # Errors
/// If it is no word that is known here.
pub(crate) fn outcome(decision: &NewDecision) -> Result<Outcome, serde_json::Error> {
    serde_json::from_value(Value::String(decision.outcome.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_a_later_version_is_not_guessed_at() {
        let body = |version: u32| {
            format!(
                "{{\"version\": {version}, \"head\": \"6dcb09b5b57875f334f61aebed695e2e4193db5e\", \
                 \"head_tree\": \"6dcb09b5b57875f334f61aebed695e2e4193db5e\", \"base\": \"main\", \"verdict\": null}}"
            )
        };
        assert!(DecisionBody::read(&body(1)).is_ok());
        assert!(DecisionBody::read(&body(2)).unwrap_err().contains("version 2"));
        assert!(DecisionBody::read("{}").is_err());
    }

    #[test]
    fn what_looks_that_came_to_nothing_leave_is_read_again() {
        let read = DecisionBody::read(&unknown("it is down").unwrap()).unwrap();
        assert_eq!((read.head, read.verdict), (None, None));
    }

    #[test]
    fn what_a_newer_program_found_out_about_what_landed_is_not_known_here() {
        let body = |result: &str| {
            format!(
                "{{\"version\": 1, \"landed\": {{\"result\": \"{result}\", \"because\": \"why\", \"mode\": \"enforce\"}}}}"
            )
        };
        for (result, expected) in [
            ("same", LandedResult::Same),
            ("different", LandedResult::Different),
            ("unknown", LandedResult::Unknown),
            ("later", LandedResult::Unknown),
        ] {
            let read = DecisionBody::read(&body(result)).unwrap();
            assert_eq!(read.landed.unwrap().result, expected, "{result}");
        }
    }
}

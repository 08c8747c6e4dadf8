//! A decision as it stands in the book, read back for people: the words of the verdict, not the verdict.

use domain_types::{CommitSha, Timestamp, TreeSha};
use serde::Deserialize;
use serde_json::Value;

/// The newest version of the body that is understood.
const VERSION: u32 = 1;

/// A verdict that was recorded, and what it was about.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Recorded {
    version: u32,
    pub(super) head: CommitSha,
    pub(super) head_tree: TreeSha,
    pub(super) base: String,
    pub(super) verdict: Option<Value>,
}

impl Recorded {
    /// As it was stored.
    ///
    /// # Errors
    /// If it cannot be read, or a newer program wrote it.
    pub(super) fn read(body: &str) -> Result<Self, String> {
        let recorded: Self = serde_json::from_str(body).map_err(|error| error.to_string())?;
        match recorded.version <= VERSION {
            true => Ok(recorded),
            false => Err(format!(
                "the decision has version {}, and this program knows {VERSION}",
                recorded.version
            )),
        }
    }
}

/// What a verdict said.
#[derive(Debug, Clone, Deserialize)]
pub struct Said {
    /// Its word, such as `pending`.
    pub outcome: String,
    /// The tiers that the change falls into.
    #[serde(default)]
    pub tiers: Vec<String>,
    /// What it needs.
    #[serde(default)]
    pub requirement: Option<SaidRequirement>,
    /// What every rule said.
    #[serde(default)]
    pub rulings: Vec<SaidRuling>,
    /// When it turns by itself.
    #[serde(default)]
    pub turns_at: Option<Timestamp>,
    /// As of when.
    pub observed_at: Timestamp,
}

/// What a change needs.
#[derive(Debug, Clone, Deserialize)]
pub struct SaidRequirement {
    /// Signatures of different maintainers.
    pub required: u32,
    /// Maintainers that the rules have in mind.
    pub total: u32,
    /// Days of review.
    pub review_days: u32,
    /// Why these numbers.
    #[serde(default)]
    pub reasons: Vec<String>,
}

/// What one rule said.
#[derive(Debug, Clone, Deserialize)]
pub struct SaidRuling {
    /// The rule.
    pub rule: String,
    /// Its word.
    pub outcome: String,
    /// Why.
    pub because: String,
    /// What to do.
    #[serde(default)]
    pub remedy: Option<SaidRemedy>,
    /// Where the rules say so.
    #[serde(default)]
    pub sources: Vec<SaidSource>,
    /// What it consists of.
    #[serde(default)]
    pub parts: Vec<SaidRuling>,
}

/// What to do.
#[derive(Debug, Clone, Deserialize)]
pub struct SaidRemedy {
    /// What is missing.
    pub missing: String,
    /// Who can give it.
    #[serde(default)]
    pub who: Vec<String>,
    /// What to type.
    #[serde(default)]
    pub commands: Vec<String>,
    /// When it turns by itself.
    #[serde(default)]
    pub turns_at: Option<Timestamp>,
    /// When it turns, in words; empty where an older program wrote it.
    #[serde(default)]
    pub turns: String,
}

/// Where a rule stands.
#[derive(Debug, Clone, Deserialize)]
pub struct SaidSource {
    /// The rule.
    pub rule: String,
    /// The file.
    pub file: String,
    /// Its line.
    pub line: usize,
}

impl Said {
    /// What a recorded verdict said; none if it is of a form that is not known here.
    pub(super) fn of(verdict: &Value) -> Option<Self> {
        serde_json::from_value(verdict.clone()).ok()
    }

    /// Everything that is not fulfilled and says what to do, in order.
    pub fn unmet(&self) -> Vec<&SaidRuling> {
        self.rulings.iter().flat_map(SaidRuling::unmet).collect()
    }

    /// Whether somebody's signature was counted, as far as the verdict names those whose were.
    pub(super) fn counts(&self, login: &str) -> Option<bool> {
        let counting: Vec<&SaidRuling> = self.rulings.iter().flat_map(SaidRuling::counting).collect();
        let named = counting.iter().filter_map(|ruling| signers(&ruling.because));
        let mut is_whole = !counting.is_empty();
        for (names, is_shortened) in named {
            if names.iter().any(|name| name.eq_ignore_ascii_case(login)) {
                return Some(true);
            }
            is_whole = is_whole && !is_shortened;
        }
        is_whole.then_some(false)
    }
}

impl SaidRuling {
    fn unmet(&self) -> Vec<&Self> {
        let mut found: Vec<&Self> = self.parts.iter().flat_map(Self::unmet).collect();
        if self.outcome != "success" && self.remedy.is_some() {
            found.insert(0, self);
        }
        found
    }

    /// The rules that count persons.
    fn counting(&self) -> Vec<&Self> {
        let own = matches!(self.rule.as_str(), "maintainers" | "keyholders").then_some(self);
        own.into_iter()
            .chain(self.parts.iter().flat_map(Self::counting))
            .collect()
    }
}

/// Who signed, by the words of a rule that counts persons, and whether the list is a part only.
fn signers(because: &str) -> Option<(Vec<&str>, bool)> {
    let (_, names) = because.split_once("signed by ")?;
    let names = names.split([';', '(', ':']).next().unwrap_or(names);
    let (names, is_shortened) = match names.split_once(" and ") {
        Some((names, _)) => (names, true),
        None => (names, false),
    };
    Some((names.split(',').map(str::trim).collect(), is_shortened))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(rulings: &str) -> Said {
        let text = format!(
            "{{\"outcome\": \"pending\", \"rulings\": {rulings}, \"observed_at\": \"2026-03-01T00:00:00.000Z\", \"later\": 1}}"
        );
        Said::of(&serde_json::from_str(&text).unwrap()).unwrap()
    }

    #[test]
    fn who_was_counted_is_told_by_the_rule_that_counts() {
        let ruling = |because: &str| {
            format!("[{{\"rule\": \"maintainers\", \"outcome\": \"pending\", \"because\": \"{because}\"}}]")
        };
        let of_parts = format!(
            "[{{\"rule\": \"signatures\", \"outcome\": \"pending\", \"because\": \"who\", \"parts\": {}}}]",
            ruling("1 of 2 maintainers: signed by ada")
        );
        for (rulings, login, counts) in [
            (ruling("1 of 2 maintainers: signed by Ada"), "ada", Some(true)),
            (
                ruling("2 of 2 maintainers: signed by ada, ben"),
                "ben",
                Some(true),
            ),
            (
                ruling("2 of 2 maintainers: signed by ada, ben"),
                "be",
                Some(false),
            ),
            (
                ruling("9 of 9 maintainers: signed by ada, ben and 7 more"),
                "gus",
                None,
            ),
            (ruling("0 of 2 maintainers: nobody signed"), "ada", Some(false)),
            (
                ruling("1 of 2 maintainers: signed by ada; ben does not count"),
                "ada",
                Some(true),
            ),
            (of_parts, "ada", Some(true)),
            ("[]".to_owned(), "ada", None),
        ] {
            assert_eq!(said(&rulings).counts(login), counts, "{rulings} {login}");
        }
    }

    #[test]
    fn a_record_of_a_later_version_is_not_guessed_at() {
        let body = |version: u32| {
            format!(
                "{{\"version\": {version}, \"head\": \"6dcb09b5b57875f334f61aebed695e2e4193db5e\", \
                 \"head_tree\": \"6dcb09b5b57875f334f61aebed695e2e4193db5e\", \"base\": \"main\", \"verdict\": null}}"
            )
        };
        assert!(Recorded::read(&body(1)).is_ok());
        assert!(Recorded::read(&body(2)).unwrap_err().contains("version 2"));
        assert!(Recorded::read("{}").is_err());
    }
}

//! A verdict as it stands in the book, read back for people: its words, not the verdict.

use domain_types::Timestamp;
use serde::Deserialize;
use serde_json::Value;

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
    pub(crate) fn of(verdict: &Value) -> Option<Self> {
        Self::deserialize(verdict).ok()
    }

    /// Everything that is not fulfilled and says what to do, in order.
    pub fn unmet(&self) -> Vec<&SaidRuling> {
        self.rulings.iter().flat_map(SaidRuling::unmet).collect()
    }

    /// Who signed, as the rules that count persons say: each name once, and how many they do not name.
    pub(crate) fn signers(&self) -> (Vec<String>, u64) {
        let (mut names, mut more) = (Vec::new(), 0);
        for ruling in self.counting() {
            let Some((counted, rest)) = signers(&ruling.because) else {
                continue;
            };
            let unnamed = rest.and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok());
            more += unnamed.unwrap_or(0);
            for name in counted {
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        (names, more)
    }

    /// The rules that count persons.
    fn counting(&self) -> Vec<&SaidRuling> {
        self.rulings.iter().flat_map(SaidRuling::counting).collect()
    }

    /// Whether somebody's signature was counted, as far as the verdict names those whose were.
    pub(super) fn counts(&self, login: &str) -> Option<bool> {
        let counting = self.counting();
        let named = counting.iter().filter_map(|ruling| signers(&ruling.because));
        let mut is_whole = !counting.is_empty();
        for (names, rest) in named {
            if names.iter().any(|name| name.eq_ignore_ascii_case(login)) {
                return Some(true);
            }
            is_whole = is_whole && rest.is_none();
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

/// Who signed, by the words of a rule that counts persons, such as `9 of 9 maintainers: signed by ada, ben and 7 more`; and what stands there
/// for those that it does not name.
fn signers(because: &str) -> Option<(Vec<&str>, Option<&str>)> {
    let (_, names) = because.split_once("signed by ")?;
    let names = names.split([';', '(', ':']).next().unwrap_or(names);
    let (names, rest) = match names.split_once(" and ") {
        Some((names, rest)) => (names, Some(rest)),
        None => (names, None),
    };
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    Some((names.collect(), rest))
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
}

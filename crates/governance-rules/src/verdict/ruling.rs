//! What one rule says of a pull request, and what would change its mind.

use super::remedy::Remedy;
use crate::Source;
use domain_types::Timestamp;
use serde::{Deserialize, Serialize};

/// How far a pull request is. The words of a commit status, the last but for one that no status is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing is missing.
    Success,
    /// Something is missing that people or time can bring.
    Pending,
    /// A rule is broken; something must change.
    Failure,
    /// Nobody can tell, or nobody can ever fulfil it.
    Error,
    /// No rule speaks of this repository. A decision says `neutral`.
    #[serde(alias = "neutral")]
    NotGoverned,
}

impl Outcome {
    /// The word as it is stored and written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Pending => "pending",
            Self::Failure => "failure",
            Self::Error => "error",
            Self::NotGoverned => "not_governed",
        }
    }
}

/// What one rule says: how it went, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ruling {
    /// The rule, such as `signatures`.
    pub rule: &'static str,
    /// How it went.
    pub outcome: Outcome,
    /// Why: a fragment.
    pub because: String,
    /// What to do, unless nothing is missing.
    pub remedy: Option<Remedy>,
    /// When it turns although it is fulfilled now.
    pub turns_at: Option<Timestamp>,
    /// Where the rules say so.
    pub sources: Vec<Source>,
    /// What it consists of.
    pub parts: Vec<Ruling>,
}

impl Ruling {
    /// A rule that is fulfilled.
    pub(crate) fn success(rule: &'static str, because: impl Into<String>) -> Self {
        Self {
            rule,
            outcome: Outcome::Success,
            because: because.into(),
            remedy: None,
            turns_at: None,
            sources: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// A rule that is not, and what to do about it. Whoever asks for a remedy always gets one.
    pub(crate) fn unmet(
        rule: &'static str,
        outcome: Outcome,
        because: impl Into<String>,
        remedy: Remedy,
    ) -> Self {
        Self {
            rule,
            outcome,
            because: because.into(),
            remedy: Some(remedy),
            turns_at: None,
            sources: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// A rule that consists of others: as bad as the worst of them.
    pub(crate) fn of_parts(rule: &'static str, because: impl Into<String>, parts: Vec<Self>) -> Self {
        let worst = parts.iter().map(|part| part.outcome).max();
        Self {
            rule,
            outcome: worst.unwrap_or(Outcome::Success),
            because: because.into(),
            remedy: None,
            turns_at: None,
            sources: Vec::new(),
            parts,
        }
    }

    /// The same, which turns at this time.
    pub(crate) fn until(self, turns_at: Option<Timestamp>) -> Self {
        Self { turns_at, ..self }
    }

    /// The same, with where the rules say so.
    pub(crate) fn by(self, sources: Vec<Source>) -> Self {
        Self { sources, ..self }
    }

    /// When it, or any part of it, turns by itself: the earliest time.
    pub fn next_turn(&self) -> Option<Timestamp> {
        let remedy = self.remedy.as_ref().and_then(Remedy::turns_at);
        let parts = self.parts.iter().filter_map(Self::next_turn);
        remedy.into_iter().chain(self.turns_at).chain(parts).min()
    }

    /// Everything that is not fulfilled and has a remedy of its own, in order.
    pub fn unmet_leaves(&self) -> Vec<&Self> {
        let mut found: Vec<&Self> = self.parts.iter().flat_map(Self::unmet_leaves).collect();
        if self.outcome != Outcome::Success && self.remedy.is_some() {
            found.insert(0, self);
        }
        found
    }
}

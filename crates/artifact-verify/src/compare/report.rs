//! The result of a comparison, as text and as JSON.

use crate::document::to_json;
use domain_types::AssetName;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fmt::Write as _;

/// The schema of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ComparisonSchema {
    /// `governance/comparison/v1`.
    #[default]
    #[serde(rename = "governance/comparison/v1")]
    V1,
}

/// How two files of the same name compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemVerdict {
    /// Listed only; says nothing about the whole.
    NotCompared,
    /// The same bytes.
    Identical,
    /// The same meaning in other bytes.
    Equivalent,
    /// Neither.
    Different,
}

/// How two releases compare: as their worst item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonVerdict {
    /// Every compared item has the same bytes.
    Identical,
    /// Every compared item has at least the same meaning.
    Equivalent,
    /// Some item differs.
    Different,
}

impl fmt::Display for ItemVerdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::NotCompared => "not compared",
            Self::Identical => "identical",
            Self::Equivalent => "equivalent",
            Self::Different => "different",
        })
    }
}

impl fmt::Display for ComparisonVerdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Identical => "identical",
            Self::Equivalent => "equivalent",
            Self::Different => "different",
        })
    }
}

/// One file of either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedItem {
    /// Its name.
    pub name: AssetName,
    /// How it compares.
    pub verdict: ItemVerdict,
    /// Why we say so.
    pub because: String,
}

/// How two releases compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Which form this document has.
    pub schema: ComparisonSchema,
    /// The answer.
    pub verdict: ComparisonVerdict,
    /// The files, bytewise by name.
    pub items: Vec<ComparedItem>,
}

impl Comparison {
    pub(super) fn new(items: impl Iterator<Item = ComparedItem>) -> Self {
        let items: Vec<ComparedItem> = items.collect();
        let worst = items
            .iter()
            .map(|item| item.verdict)
            .max()
            .unwrap_or(ItemVerdict::Identical);
        let verdict = match worst {
            ItemVerdict::NotCompared | ItemVerdict::Identical => ComparisonVerdict::Identical,
            ItemVerdict::Equivalent => ComparisonVerdict::Equivalent,
            ItemVerdict::Different => ComparisonVerdict::Different,
        };
        Self {
            schema: ComparisonSchema::V1,
            verdict,
            items,
        }
    }

    /// The comparison as JSON with a final LF.
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// The comparison for people: a line per file, the answer at the end.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for item in &self.items {
            let _infallible = writeln!(text, "{:<12} {}: {}", item.verdict, item.name, item.because);
        }
        text + &format!("{}: {} files\n", self.verdict, self.items.len())
    }
}

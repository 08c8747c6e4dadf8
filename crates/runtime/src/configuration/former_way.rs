//! `[release.former_way]`: the way in which the organisation released before, for releases that cannot go on.

use super::document::Document;
use super::follow_up::inputs;
use super::repository::ForgeRepository;
use super::values::{argument, field, inner_path, parsed, truth};
use std::collections::BTreeMap;
use toml::de::DeTable;

const KEYS: &[&str] = &[
    "repository",
    "branch",
    "orchestrator",
    "orchestrator_inputs",
    "release",
    "release_inputs",
    "automatic",
];

/// A workflow of the former way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerStep {
    /// `orchestrator` or `release`.
    pub name: &'static str,
    /// Its file below `.github/workflows/`.
    pub file: String,
    /// What it is given; `{tag}` and `{version}` stand for the release's.
    pub inputs: BTreeMap<String, String>,
}

/// The former way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerWaySettings {
    /// Where its workflows lie.
    pub repository: ForgeRepository,
    /// The branch whose workflows they are.
    pub branch: String,
    /// One after the other.
    pub steps: Vec<FormerStep>,
    /// Whether a stalled release of the prerelease channel takes it by itself. One of the production channel never does.
    pub automatic: bool,
}

/// Reads it; where the table is absent, there is none.
pub(super) fn read(document: &mut Document, release: &DeTable<'_>) -> Option<FormerWaySettings> {
    let table = document.table("release.", release, "former_way")?;
    document.check_keys("release.former_way", table, KEYS);
    let repository = field(document, table, "repository", parsed);
    let branch = field(document, table, "branch", argument);
    let first = step(document, table, ("orchestrator", "orchestrator_inputs"));
    let second = step(document, table, ("release", "release_inputs"));
    let automatic = field(document, table, "automatic", truth).unwrap_or_default();
    for key in ["repository", "branch", "orchestrator"] {
        if !table.contains_key(key) {
            let place = release.get("former_way").map_or(0..0, |value| value.span());
            let message = format!("`[release.former_way]` has no `{key}`");
            document.problem_at(
                place,
                message,
                &format!("add `{key} = \"...\"`, or remove the table"),
            );
        }
    }
    Some(FormerWaySettings {
        repository: repository?,
        branch: branch?,
        steps: std::iter::once(first?).chain(second).collect(),
        automatic,
    })
}

fn step(
    document: &mut Document,
    table: &DeTable<'_>,
    (name, of_inputs): (&'static str, &'static str),
) -> Option<FormerStep> {
    let given = field(document, table, of_inputs, inputs);
    let file = field(document, table, name, inner_path)?;
    Some(FormerStep {
        name,
        file: file
            .strip_prefix(".github/workflows/")
            .unwrap_or(&file)
            .to_owned(),
        inputs: given.unwrap_or_default(),
    })
}

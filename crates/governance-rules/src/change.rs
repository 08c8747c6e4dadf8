//! What is known of a change: facts, as one value.

use crate::TierId;
use std::collections::BTreeSet;

/// A change that somebody proposes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Its files.
    pub paths: Vec<ChangedPath>,
    /// There are more files than could be listed.
    pub more_than_listed: bool,
    /// Its title.
    pub title: String,
    /// What its author says about it.
    pub body: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// Tiers that maintainers have raised it to.
    pub raised: Vec<TierId>,
    /// The tiers that hold in the place of all others, where enough have signed that they do.
    pub lowered: Option<BTreeSet<TierId>>,
    /// The tier of an activated emergency that names this change.
    pub emergency: Option<TierId>,
}

impl Change {
    /// A change of these files, of which nothing else is known.
    pub fn of_paths(paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let path = |path: String| ChangedPath { path, previous: None };
        Self {
            paths: paths.into_iter().map(|text| path(text.into())).collect(),
            ..Self::default()
        }
    }

    /// Every path that the change touches: the names now, and those before.
    pub(crate) fn touched(&self) -> impl Iterator<Item = &str> {
        self.paths
            .iter()
            .flat_map(|file| [Some(file.path.as_str()), file.previous.as_deref()])
            .flatten()
    }
}

/// A file of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedPath {
    /// Its path from the root of the repository.
    pub path: String,
    /// The path that it had before, if that was another.
    pub previous: Option<String>,
}

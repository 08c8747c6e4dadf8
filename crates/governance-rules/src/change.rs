//! What is known of a change: facts, as one value.

use crate::TierId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A change that somebody proposes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    /// The tiers that hold in the place of all others, where enough have signed that they do. It follows from signatures, and is never
    /// written down.
    #[serde(skip)]
    pub lowered: Option<BTreeSet<TierId>>,
    /// The tier of an activated emergency that names this change. It follows from signatures, and is never written down.
    #[serde(skip)]
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
///
/// In documents a file that was nowhere else before is its path alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "PathForm", into = "PathForm")]
pub struct ChangedPath {
    /// Its path from the root of the repository.
    pub path: String,
    /// The path that it had before, if that was another.
    pub previous: Option<String>,
}

/// How a file of a change is written down.
#[derive(Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum PathForm {
    Plain(String),
    Moved { path: String, previous: String },
}

impl From<PathForm> for ChangedPath {
    fn from(form: PathForm) -> Self {
        match form {
            PathForm::Plain(path) => Self { path, previous: None },
            PathForm::Moved { path, previous } => Self {
                path,
                previous: Some(previous),
            },
        }
    }
}

impl From<ChangedPath> for PathForm {
    fn from(file: ChangedPath) -> Self {
        let path = file.path;
        match file.previous {
            Some(previous) => Self::Moved { path, previous },
            None => Self::Plain(path),
        }
    }
}

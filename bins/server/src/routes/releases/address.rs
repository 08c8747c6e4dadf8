//! Which release a path means, and what is asked of it.

use super::of_store;
use crate::problem::Problem;
use axum::http::StatusCode;
use domain_types::ReleaseVersion;
use runtime::github::is_rehearsal;
use storage::{ReleaseSummary, Store};

/// The last part of a path that is no part of a release's id.
const WORDS: [&str; 9] = [
    "events",
    "refusals",
    "approve",
    "pause",
    "resume",
    "retry",
    "cancel",
    "withdraw",
    "fall-back",
];

/// A path, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) release: String,
    pub(super) what: Option<String>,
}

impl Asked {
    /// `ID` or `ID/WORD`. The id has a slash of its own, written as it is or as `%2F`.
    pub(super) fn of(path: &str) -> Self {
        match path.rsplit_once('/') {
            Some((release, word)) if WORDS.contains(&word) => Self {
                release: release.to_owned(),
                what: Some(word.to_owned()),
            },
            Some(_) | None => Self {
                release: path.to_owned(),
                what: None,
            },
        }
    }
}

/// The release of an id, or of a version: then the one that occupies it, else the newest. Rehearsals are named by their ids only.
///
/// # Errors
/// 404; 409 if the version was released under several names.
pub(super) async fn find(store: &dyn Store, asked: &str) -> Result<ReleaseSummary, Problem> {
    let all = store.list_releases().await.map_err(of_store)?;
    if let Some(release) = all.iter().find(|release| release.id.as_str() == asked) {
        return Ok(release.clone());
    }
    let version = asked.parse::<ReleaseVersion>().ok();
    let fits = |release: &&ReleaseSummary| {
        version.as_ref() == Some(&release.row.version) && !is_rehearsal(&release.row.name)
    };
    let found: Vec<&ReleaseSummary> = all.iter().filter(fits).collect();
    if found.iter().any(|release| release.row.name != found[0].row.name) {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "several releases have this version",
            "say which by its id: `GET /api/v1/releases` lists them",
        ));
    }
    let chosen = found
        .iter()
        .find(|release| release.row.occupies)
        .or(found.first());
    chosen.map(|release| (*release).clone()).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "there is no such release",
            "name its id or its version: `GET /api/v1/releases` lists them",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_a_path_is_an_order_only_if_it_is_one() {
        let rows = [
            ("0.1.0", "0.1.0", None),
            ("0.1.0/pause", "0.1.0", Some("pause")),
            (
                "commons@0.1.0/0123456789abcdef",
                "commons@0.1.0/0123456789abcdef",
                None,
            ),
            (
                "commons@0.1.0/0123456789abcdef/events",
                "commons@0.1.0/0123456789abcdef",
                Some("events"),
            ),
            ("0.1.0/explode", "0.1.0/explode", None),
            ("/pause", "", Some("pause")),
        ];
        for (path, release, what) in rows {
            let asked = Asked::of(path);
            assert_eq!(
                (asked.release.as_str(), asked.what.as_deref()),
                (release, what),
                "{path}"
            );
        }
    }
}

//! Rules as they lie in the book: what they say, why they were accepted, and since when they hold.

use crate::error::sentence;
use domain_types::{Sha256Digest, Timestamp};
use governance_rules::{Ruleset, read_ruleset};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use storage::{PullRequestStore, RulesetRow};

/// The version of what is stored.
const STORED_VERSION: u32 = 1;

/// The texts by path.
#[derive(Serialize, Deserialize)]
struct StoredRules {
    version: u32,
    files: BTreeMap<String, String>,
}

/// Rulesets that are gone back from the newest: more than an organisation has in years.
const BACK_MAX: usize = 500;

/// Why rules were accepted.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Acceptance {
    /// In words.
    pub(crate) because: String,
    /// The rules before them; none for the first.
    #[serde(default)]
    pub(crate) before: Option<Sha256Digest>,
    /// When they came to the default branch; none for those that were pinned, and where an older program wrote it.
    #[serde(default)]
    pub(crate) landed_at: Option<Timestamp>,
}

/// The rules that held at a time: the newest that had landed then, the oldest where none had. None where none are written down.
///
/// # Errors
/// Why they cannot be read.
pub(crate) async fn rules_at(store: &dyn PullRequestStore, at: Timestamp) -> Result<Option<Ruleset>, String> {
    let newest = store.newest_ruleset().await;
    let Some(mut row) = newest.map_err(|error| sentence(&error))? else {
        return Ok(None);
    };
    for _ in 0..BACK_MAX {
        let told: Acceptance = serde_json::from_str(&row.because).unwrap_or_default();
        let (Some(landed), Some(before)) = (told.landed_at, told.before) else {
            break;
        };
        if landed <= at {
            break;
        }
        let former = store.ruleset(&before).await;
        match former.map_err(|error| sentence(&error))? {
            // The same texts that came back later say the same, but not what was before them.
            Some(former) if former.version > row.version => {
                row = former;
                break;
            }
            Some(former) => row = former,
            None => break,
        }
    }
    read_stored(&row).map(Some)
}

/// These texts as they are stored.
///
/// # Errors
/// None that texts can cause.
pub(crate) fn written(files: &BTreeMap<String, String>) -> Result<String, serde_json::Error> {
    serde_json::to_string(&StoredRules {
        version: STORED_VERSION,
        files: files.clone(),
    })
}

/// The rules of a row.
///
/// # Errors
/// Why they cannot be used.
pub(crate) fn read_stored(row: &RulesetRow) -> Result<Ruleset, String> {
    let stored: StoredRules = serde_json::from_str(&row.body).map_err(|error| error.to_string())?;
    if stored.version > STORED_VERSION {
        return Err(format!(
            "the rules of version {} were stored by a newer program",
            row.version
        ));
    }
    read_texts(&stored.files)
}

/// The rules of these texts.
///
/// # Errors
/// The first of what is wrong with them.
pub(crate) fn read_texts(files: &BTreeMap<String, String>) -> Result<Ruleset, String> {
    read_ruleset(files).map_err(|errors| errors.first().map_or_else(String::new, ToString::to_string))
}

//! How pull requests are judged beyond numbers: what restarts a review, who may sign, what else must be green. All of it may be left out.

use crate::names::Repository;
use crate::{Located, Spot};
use domain_types::Timestamp;

/// `config/pull-requests.yml`. Each default is the careful one.
#[derive(Debug)]
pub(crate) struct Settings {
    /// What lets the review begin anew.
    pub(crate) restart: Restart,
    /// Where `restart` is written.
    pub(crate) restart_spot: Option<Spot>,
    /// Days without a push before a change may be merged.
    pub(crate) quiet_days: Option<Located<u32>>,
    /// Whether the author of a change may be among those who sign it.
    pub(crate) author_may_sign: bool,
    /// Days after which a signature no longer counts.
    pub(crate) signature_days_max: Option<Located<u32>>,
    /// Whether repositories that no file names are held back.
    pub(crate) unknown_repositories: Unknown,
    /// Times in which nothing is merged.
    pub(crate) freezes: Vec<Freeze>,
    /// How long a hold lasts at most.
    pub(crate) hold_days_max: u32,
    /// How many holds one person may have at a time.
    pub(crate) holds_per_person_max: u32,
    /// Checks that must have passed.
    pub(crate) required_checks: Vec<RequiredCheck>,
    /// Repositories in which signatures of the text of before count, which binds to no commit.
    pub(crate) legacy_text_repositories: Vec<Repository>,
}

/// Days that a hold lasts where nothing is said: long enough to come back from a holiday.
const HOLD_DAYS: u32 = 14;
/// Holds of one person where nothing is said.
const HOLDS_PER_PERSON: u32 = 3;

impl Default for Settings {
    fn default() -> Self {
        Self {
            restart: Restart::Diff,
            restart_spot: None,
            quiet_days: None,
            author_may_sign: false,
            signature_days_max: None,
            unknown_repositories: Unknown::Ignore,
            freezes: Vec::new(),
            hold_days_max: HOLD_DAYS,
            holds_per_person_max: HOLDS_PER_PERSON,
            required_checks: Vec::new(),
            legacy_text_repositories: Vec::new(),
        }
    }
}

/// Which pushes let the review of a change begin anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Restart {
    /// Each.
    AnyPush,
    /// One after which the change is another one, or after which nobody can tell.
    Diff,
    /// None.
    Never,
}

/// What becomes of a change in a repository that no file names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// It is held back until the rules say something of it.
    Block,
    /// It is said not to be governed.
    Ignore,
}

/// A time in which nothing is merged.
#[derive(Debug)]
pub(crate) struct Freeze {
    pub(crate) name: Located<String>,
    pub(crate) from: Timestamp,
    /// The first moment after it.
    pub(crate) until: Timestamp,
    /// Which repositories; all of them where none is named.
    pub(crate) repositories: Vec<Repository>,
}

/// A check that must have passed on the head.
#[derive(Debug)]
pub(crate) struct RequiredCheck {
    pub(crate) name: Located<String>,
    /// The App that must have said so; a check of this name by anybody else counts for nothing.
    pub(crate) app: Located<u32>,
    /// In which repositories; in all where none is named.
    pub(crate) repositories: Vec<Repository>,
}

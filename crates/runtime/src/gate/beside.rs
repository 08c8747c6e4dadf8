//! What is looked for only where some rule wants it: runs of workflows, pull requests in other repositories that belong to this one, and the
//! versions of other repositories that its files refer to.

use super::book::Book;
use super::found::Found;
use domain_types::{PullRequestId, Sha256Digest};
use governance_rules::{Companion, Named, References, RunFact, named};

/// As it was found.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// Runs of workflows on the head, each as its newest attempt.
    pub runs: Vec<RunFact>,
    /// Pull requests that it names, of those repositories that were asked for.
    pub companions: Vec<FoundCompanion>,
    /// What its files refer to, of those repositories that were asked for.
    pub references: Vec<References>,
}

/// A pull request that another one names.
#[derive(Debug, Clone)]
pub struct FoundCompanion {
    /// Which.
    pub id: PullRequestId,
    /// `owner/name`.
    pub full_name: String,
    /// What the rules may want to know of it.
    pub companion: Companion,
}

/// Whom to wake: those that this pull request names, if it is another one for them than when it was last looked at. So that who waits for
/// it need not wait for the hour. Each only wakes the other when something changed, so they come to rest.
pub(crate) fn news(book: &mut Book, found: &Found) -> Vec<(PullRequestId, String)> {
    let names: Vec<Named> = named(&found.body);
    let now = format!("{} {} {} {names:?}", found.is_open, found.head, found.base);
    let now = Sha256Digest::of(now.as_bytes());
    if book.told_companions.replace(now) == Some(now) {
        return Vec::new();
    }
    let companions = found.beside.companions.iter();
    companions
        .map(|companion| (companion.id, companion.full_name.clone()))
        .collect()
}

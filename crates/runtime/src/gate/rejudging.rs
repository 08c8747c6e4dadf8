//! Other rules hold: who would have to be told something else is looked at; for whom nothing changes, nothing is asked.

use super::book::Book;
use super::found::ShownStatus;
use super::judge::{Judged, Question, Rules, judge};
use super::landed::Comparison;
use super::look::Looking;
use domain_types::Timestamp;
use storage::StoredPullRequest;

impl Looking {
    /// Whether the rules that hold now change nothing of what is shown of a pull request, by what was found of it lately. A green is never
    /// taken on trust: it is asked for anew under the new rules. Whatever is unknown counts as a change.
    pub(crate) async fn stands(&self, stored: &StoredPullRequest) -> bool {
        let now = self.clock.now();
        let Some(seen) = self.remembered(|lately| lately.lately(stored.id, now)) else {
            return false;
        };
        // What is remembered was committed before it was remembered: this book is at least as new.
        let Ok(Some(stored)) = self.store.pull_request(stored.id).await else {
            return false;
        };
        let Ok(book) = Book::read(stored.body.as_deref()) else {
            return false;
        };
        if is_green(&book) || seen.wanted != self.wanted(seen.found.name.as_str()) {
            return false;
        }
        let Ok(twins) = self.twins(&seen.found).await else {
            return false;
        };
        let Ok(signatures) = self.store.signatures(stored.id).await else {
            return false;
        };
        let rules = self.rules.now();
        let Ok(rules) = rules.as_ref() else { return false };
        let mut found = seen.found.clone();
        found.observed_at = now;
        let judged = judge(Question {
            id: stored.id,
            settings: &self.settings,
            rules: Rules::Accepted(rules),
            found: &found,
            book: book.clone(),
            signatures: &signatures,
            twins: &twins,
            members: &[],
            landed: Comparison::Off,
            first_seen_at: stored.first_seen_at,
        });
        changes_nothing(&judged, &book, stored.due)
    }
}

fn is_green(book: &Book) -> bool {
    let shown = book.status.as_ref();
    let own = book.outcome.as_ref().map(|(_, _, own)| own);
    let shown = shown.map(|ordered| &ordered.status);
    own.into_iter().chain(shown).any(ShownStatus::is_green)
}

/// Nothing is to be shown, nobody is to be woken, the same is to be signed, and it turns no sooner.
fn changes_nothing(judged: &Judged, before: &Book, due: Option<Timestamp>) -> bool {
    let is_silent = judged.orders.is_empty() && judged.wake.is_empty() && judged.elsewhere.is_empty();
    let is_same = judged.book.statements == before.statements && judged.book.outcome == before.outcome;
    let turns_no_sooner = match (judged.due, due) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(now), Some(before)) => now >= before,
    };
    is_silent && is_same && turns_no_sooner
}

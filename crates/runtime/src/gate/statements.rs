//! Which pull request a statement was shown for: remembered, and read anew from the books of the open ones when one is not known.

use super::book::Book;
use domain_types::{PullRequestId, Sha256Digest, Timestamp};
use signatures::Statement;
use std::collections::BTreeMap;
use storage::{Listed, PullRequestStore, StoreError};
use tokio::sync::Mutex;

/// Seconds between two readings: whoever asks for statements that nobody was shown costs one reading in that time.
const READ_SECONDS: u64 = 2;
/// Pull requests that are read in one go.
const PAGE: u32 = 100;
/// Pages at most: more open pull requests than any organisation has.
const PAGES_MAX: usize = 200;

/// The statements of the open pull requests, by digest.
#[derive(Debug, Default)]
pub(super) struct ShownStatements(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    read_at: Option<Timestamp>,
    places: BTreeMap<Sha256Digest, PullRequestId>,
}

impl ShownStatements {
    /// The pull request for which a statement was shown. It may have moved on since.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn place(
        &self,
        statement: &Sha256Digest,
        store: &dyn PullRequestStore,
        now: Timestamp,
    ) -> Result<Option<PullRequestId>, StoreError> {
        // Who comes while somebody reads waits for that.
        let mut remembered = self.0.lock().await;
        if let Some(id) = remembered.places.get(statement) {
            return Ok(Some(*id));
        }
        let is_fresh = |at: Timestamp| now.milliseconds_since(at) < READ_SECONDS * 1000;
        if remembered.read_at.is_some_and(is_fresh) {
            return Ok(None);
        }
        remembered.places = read(store).await?;
        remembered.read_at = Some(now);
        Ok(remembered.places.get(statement).copied())
    }
}

async fn read(store: &dyn PullRequestStore) -> Result<BTreeMap<Sha256Digest, PullRequestId>, StoreError> {
    let (mut places, mut after) = (BTreeMap::new(), None);
    for _ in 0..PAGES_MAX {
        let some = store.pull_requests(None, Listed::Open, after, PAGE).await?;
        let Some(last) = some.last() else { break };
        after = Some(last.id);
        for stored in &some {
            // A book that cannot be read shows nothing; its look says so.
            let Ok(book) = Book::read(stored.body.as_deref()) else {
                continue;
            };
            let shown = statements_of(&book).into_iter();
            places.extend(shown.map(|statement| (statement.digest(), stored.id)));
        }
    }
    Ok(places)
}

/// The statements that were shown for the newest head, the newest last.
pub(super) fn statements_of(book: &Book) -> Vec<Statement> {
    let shown = book.statements.iter();
    shown
        .filter_map(|text| Statement::parse(text.as_bytes()).ok())
        .collect()
}

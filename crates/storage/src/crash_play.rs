//! What the crash tests of both databases play: events one after another, and whether what is stored of them is whole.

use crate::contract::Sample;
use crate::{Claim, NewInboxRow, Step, Store, StoreError};
use domain_types::Timestamp;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

/// The k-th event of a release: an inbox row, and the step that follows from it.
pub(crate) async fn advance(
    store: &dyn Store,
    sample: &Sample,
    revision: u64,
    body: &str,
) -> Result<(), StoreError> {
    let row = NewInboxRow {
        key: format!("event-{revision}"),
        release: Some(sample.release.clone()),
        kind: "advance".to_owned(),
        body: body.to_owned(),
        actor: "test".to_owned(),
    };
    store.append_inbox(&[row], at(0)).await?;
    let claim = Claim {
        owner: format!("owner-{revision}"),
        now: at(100),
        lease_seconds: 0,
        release: None,
    };
    let inbox = store.claim_inbox(&claim).await?.map(|claimed| claimed.lease);
    let step = Step {
        inbox,
        facts: body.to_owned(),
        builds: (0..8)
            .map(|number| sample.build(&format!("r{number}"), "waiting", Some("key")))
            .collect(),
        intents: (0..8).map(|index| sample.intent(revision, index, 0)).collect(),
        ..sample.step(revision)
    };
    store.commit_step(&step).await
}

/// Journal, builds and intents of all revisions up to the newest, each whole; answers the newest.
pub(crate) async fn whole_revision(store: &dyn Store, sample: &Sample) -> u64 {
    let Some(release) = store.load_release(&sample.release).await.unwrap() else {
        assert_eq!(store.journal(&sample.release, 0, 10).await.unwrap(), []);
        return 0;
    };
    let mut entries = 0;
    while let page = store.journal(&sample.release, entries, 1000).await.unwrap()
        && !page.is_empty()
    {
        entries += page.len() as u64;
    }
    assert_eq!((entries, release.builds.len()), (release.revision, 8));
    assert_eq!(
        store.intents(&sample.release).await.unwrap().len() as u64,
        8 * release.revision
    );
    release.revision
}

/// Polls a future at most so often, then drops it.
pub(crate) struct Polled<'f, F> {
    pub(crate) future: Pin<&'f mut F>,
    pub(crate) polls_left: u32,
}

impl<F: Future> Future for Polled<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls_left == 0 {
            return Poll::Ready(None);
        }
        self.polls_left -= 1;
        self.future.as_mut().poll(context).map(Some)
    }
}

/// Begins every event again and again, each time dropped a little later, until one gets through. Answers how often it was dropped.
pub(crate) async fn drop_everywhere(store: &dyn Store, sample: &Sample) -> u32 {
    let (mut revision, mut dropped) = (0, 0);
    for polls_left in 0.. {
        let ended = {
            let mut future = std::pin::pin!(advance(store, sample, revision + 1, "{}"));
            Polled {
                future: future.as_mut(),
                polls_left,
            }
            .await
        };
        let found = whole_revision(store, sample).await;
        assert!(
            found == revision || found == revision + 1,
            "{found} after {revision}"
        );
        revision = found;
        match ended {
            None => dropped += 1,
            Some(Ok(())) => break,
            // The row of a dropped try was decided by it; the next event has another key.
            Some(Err(StoreError::RevisionConflict { .. } | StoreError::LeaseLost { .. })) => (),
            Some(Err(other)) => panic!("{other}"),
        }
    }
    dropped
}

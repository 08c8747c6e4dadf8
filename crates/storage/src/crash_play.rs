//! What the crash tests of both databases play: events one after another, and whether what is stored of them is whole.

use crate::contract::Sample;
use crate::contract::pull_request_sample::{id, intent, look, plain, signature, verdict};
use crate::{Claim, Decision, IntentState, NewInboxRow, PullRequestStore, Step, Store, StoreError};
use domain_types::Timestamp;
use std::future::Future;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::pin::Pin;
use std::process::{Command, Stdio};
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

/// Begins every piece of work again and again, each time dropped a little later, until one gets through. Answers how often it was dropped.
pub(crate) async fn drop_everywhere(
    advance: impl AsyncFn(u64) -> Result<(), StoreError>,
    whole_revision: impl AsyncFn() -> u64,
) -> u32 {
    let (mut revision, mut dropped) = (0, 0);
    for polls_left in 0.. {
        let ended = {
            let mut future = std::pin::pin!(advance(revision + 1));
            Polled {
                future: future.as_mut(),
                polls_left,
            }
            .await
        };
        let found = whole_revision().await;
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

/// Signatures that each decision of a play receives.
const SIGNATURES: u64 = 4;

/// The k-th decision about a pull request: it is wanted, claimed and judged, every second signature is withdrawn, and the status supersedes
/// the one before it.
pub(crate) async fn judge(store: &dyn PullRequestStore, revision: u64, body: &str) -> Result<(), StoreError> {
    store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    let claim = Claim {
        owner: format!("owner-{revision}"),
        now: at(100),
        lease_seconds: 0,
        release: None,
    };
    let claimed = store.claim_pull_request(&claim).await?.expect("it was wanted");
    let signatures: Vec<_> = (0..SIGNATURES)
        .map(|key| signature(&format!("statement {revision}"), &format!("key {key}")))
        .collect();
    let decision = Decision {
        body: body.to_owned(),
        decided: Some(verdict(revision)),
        withdrawn: signatures.iter().step_by(2).map(|it| it.name.clone()).collect(),
        signatures,
        intents: vec![
            intent(1, revision, 0, "status"),
            intent(1, revision, 1, "comment"),
        ],
        supersedes: vec!["status".to_owned()],
        ..plain(&claimed.lease, 100)
    };
    store.commit_decision(&decision).await
}

/// Book, signatures and withdrawals of all decisions up to the newest, each whole; answers the newest.
pub(crate) async fn whole_decision(store: &dyn PullRequestStore) -> u64 {
    let Some(known) = store.pull_request(id(1)).await.unwrap() else {
        return 0;
    };
    let (mut decisions, mut before) = (0, None);
    while let page = store.decisions(id(1), before, 1000).await.unwrap()
        && let Some(last) = page.last()
    {
        before = Some(last.decision.revision);
        decisions += page.len() as u64;
    }
    let signatures = store.signatures(id(1)).await.unwrap();
    let withdrawn = signatures.iter().filter(|row| row.withdrawn_at.is_some());
    assert_eq!(
        (decisions, signatures.len() as u64, withdrawn.count() as u64),
        (
            known.revision,
            SIGNATURES * known.revision,
            SIGNATURES / 2 * known.revision
        )
    );
    let intents = store.pull_request_intents(id(1), 1000).await.unwrap();
    let abandoned = intents.iter().filter(|row| row.state == IntentState::Abandoned);
    let newest = known.revision.min(500);
    assert_eq!(
        (intents.len() as u64, abandoned.count() as u64),
        (2 * newest, newest.saturating_sub(1))
    );
    known.revision
}

/// Starts a test as a child in that folder, lets it acknowledge so many pieces of work, kills it with SIGKILL; answers the last acknowledged
/// revision.
pub(crate) fn kill_after(child: &str, folder: &Path, acknowledged: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", child, "--nocapture", "--test-threads=1"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let stored = |line: String| line.split_once("stored ")?.1.parse::<u64>().ok();
    let mut stored = lines.map_while(Result::ok).filter_map(stored);
    let last = stored.by_ref().take(acknowledged).last();
    child.kill().unwrap();
    // What it said before it died counts too.
    let last = stored.last().or(last);
    child.wait().unwrap();
    last.expect("the child said something")
}

/// Tells the parent what was stored.
pub(crate) fn acknowledge(revision: u64) {
    println!("stored {revision}");
    std::io::stdout().flush().unwrap();
}

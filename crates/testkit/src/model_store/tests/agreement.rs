//! Whatever is asked, in whatever order: the model answers as SQLite does, and a call that fails changes nothing.

use super::draw::{
    Call, ClaimDraw, CommandDraw, Draw, LeaseDraw, OutcomeDraw, RELEASES, REUSE_KEYS, RowDraw, StepDraw,
    Twist, draw,
};
use super::pair::{Pair, at};
use domain_types::{CommandId, ReleaseId, Sha256Digest, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use storage::contract::Sample;
use storage::{
    BuildRow, Claim, Hold, InboxLease, IntentLease, IntentOutcome, NewInboxRow, NewIntent, NewTimer,
    PoolCapacity, Step, StoreError,
};

/// A play: the stores, the time, and what was given out.
struct Play {
    pair: Pair,
    samples: [Sample; RELEASES],
    seconds: i64,
    inbox: Vec<InboxLease>,
    intents: Vec<IntentLease>,
}

/// How many of the newest leases count as recent.
const RECENT: usize = 3;

fn pick<T: Clone>(given: &[T], draw: &LeaseDraw) -> Option<T> {
    let first = if draw.recent {
        given.len().saturating_sub(RECENT)
    } else {
        0
    };
    let given = &given[first..];
    (!given.is_empty()).then(|| draw.which.get(given).clone())
}

fn twisted(twist: Twist, owner: &str, epoch: u64) -> (String, u64) {
    match twist {
        Twist::None => (owner.to_owned(), epoch),
        Twist::NextEpoch => (owner.to_owned(), epoch + 1),
        Twist::OtherOwner => ("nobody".to_owned(), epoch),
    }
}

impl Play {
    async fn new() -> Self {
        let samples = [
            Sample::new("commons", "0.1.0", "plan"),
            Sample::new("commons", "0.1.0", "another plan"),
            Sample::new("commons", "0.2.0", "plan"),
            Sample::new("other", "0.1.0", "plan"),
        ];
        Self {
            pair: Pair::new().await,
            samples,
            seconds: 0,
            inbox: Vec::new(),
            intents: Vec::new(),
        }
    }

    fn now(&self) -> Timestamp {
        at(self.seconds)
    }

    fn release(&self, which: usize) -> ReleaseId {
        self.samples[which].release.clone()
    }

    fn inbox_lease(&self, draw: &LeaseDraw) -> Option<InboxLease> {
        let InboxLease { id, owner, epoch } = pick(&self.inbox, draw)?;
        let (owner, epoch) = twisted(draw.twist, &owner, epoch);
        Some(InboxLease { id, owner, epoch })
    }

    fn intent_lease(&self, draw: &LeaseDraw) -> Option<IntentLease> {
        let IntentLease { id, owner, epoch } = pick(&self.intents, draw)?;
        let (owner, epoch) = twisted(draw.twist, &owner, epoch);
        Some(IntentLease { id, owner, epoch })
    }

    fn claim(&self, draw: &ClaimDraw) -> Claim {
        Claim {
            owner: draw.owner.to_owned(),
            now: self.now(),
            lease_seconds: draw.lease_seconds,
            release: draw.release.map(|which| self.release(which)),
        }
    }

    fn rows(&self, draws: &[RowDraw]) -> Vec<NewInboxRow> {
        let row = |draw: &RowDraw| NewInboxRow {
            key: draw.key.to_owned(),
            release: draw.release.map(|which| self.release(which)),
            kind: draw.kind.to_owned(),
            body: format!("{{\"at\":{}}}", self.seconds),
            actor: "operator".to_owned(),
        };
        draws.iter().map(row).collect()
    }

    fn outcome(&self, draw: OutcomeDraw) -> IntentOutcome {
        let text = format!("{{\"at\":{}}}", self.seconds);
        match draw {
            OutcomeDraw::Done => IntentOutcome::Done { result: text },
            OutcomeDraw::Rejected => IntentOutcome::Rejected { reason: text },
            OutcomeDraw::Unknown(seconds) => IntentOutcome::Unknown {
                reason: text,
                run_after: at(self.seconds + seconds),
            },
            OutcomeDraw::NotApplied(seconds) => IntentOutcome::NotApplied {
                run_after: at(self.seconds + seconds),
            },
        }
    }

    fn step(&self, draw: &StepDraw) -> Step {
        let sample = &self.samples[draw.release];
        let stored = self.pair.model.with_rows(|rows| {
            rows.release(&sample.release)
                .map_or(0, |release| release.revision)
        });
        let revision = (stored + 1).saturating_add_signed(draw.revision_off);
        let command = |draw: &CommandDraw| self.command(draw, sample, revision);
        let mut step = sample.step(revision);
        step.at = self.now();
        step.inbox = draw.inbox.as_ref().and_then(|lease| self.inbox_lease(lease));
        draw.phase.clone_into(&mut step.row.phase);
        (step.row.held, step.row.occupies) = (draw.held, draw.occupies);
        step.builds = draw
            .builds
            .iter()
            .map(|build| BuildRow {
                attempt: u32::try_from(revision % 3).unwrap(),
                ..sample.build(build.repository, build.state, build.reuse_key)
            })
            .collect();
        step.intents = draw
            .intents
            .iter()
            .map(|intent| NewIntent {
                id: command(&intent.id),
                kind: intent.kind.to_owned(),
                body: "{}".to_owned(),
                priority: intent.priority,
                pool: intent.pool.map(str::to_owned),
                hold: if intent.passes_hold {
                    Hold::Passes
                } else {
                    Hold::Obeys
                },
            })
            .collect();
        step.slots_freed = draw.freed.iter().map(command).collect();
        step.abandoned = draw.abandoned.iter().map(command).collect();
        step.timers_set = draw
            .timers_set
            .iter()
            .map(|timer| NewTimer {
                key: timer.key.to_owned(),
                due: at(self.seconds + timer.seconds),
                kind: timer.kind.to_owned(),
                body: format!("{{\"revision\":{revision}}}"),
            })
            .collect();
        step.timers_cleared = draw.timers_cleared.iter().map(|&key| key.to_owned()).collect();
        step.snapshot = draw.snapshot.then(|| format!("{{\"revision\":{revision}}}"));
        step
    }

    fn command(&self, draw: &CommandDraw, sample: &Sample, revision: u64) -> CommandId {
        let foreign = |other: &&Sample| other.release != sample.release;
        let sample = self
            .samples
            .iter()
            .find(foreign)
            .filter(|_| draw.foreign)
            .unwrap_or(sample);
        sample.command(revision.saturating_sub(draw.revision_ago), draw.index)
    }

    async fn ask(&mut self, call: &Call) -> Result<(), StoreError> {
        let (pair, now) = (&self.pair, self.now());
        match call {
            Call::Append(rows) => pair.append(&self.rows(rows), now).await.map(drop),
            Call::ClaimInbox(claim) => {
                let claimed = pair.claim_inbox(&self.claim(claim)).await?;
                self.inbox.extend(claimed.map(|claimed| claimed.lease));
                Ok(())
            }
            Call::Step(step) => pair.commit(&self.step(step)).await,
            Call::ClaimIntent(claim, pools) => {
                let pools: Vec<_> = pools
                    .iter()
                    .map(|&(pool, slots)| PoolCapacity {
                        pool: pool.to_owned(),
                        slots,
                    })
                    .collect();
                let claimed = pair.claim_intent(&self.claim(claim), &pools).await?;
                self.intents.extend(claimed.map(|claimed| claimed.lease));
                Ok(())
            }
            Call::TakeOver(owner) => pair.take_over(owner, now).await,
            Call::Fire(limit) => pair.fire(now, *limit).await,
            Call::Waits => pair.compare_waits(now).await,
            Call::Journal(release, after, limit) => {
                pair.compare_journal(&self.release(*release), *after, *limit)
                    .await
            }
            Call::Refuse(lease) => match self.inbox_lease(lease) {
                Some(lease) => pair.refuse(&lease, "not now", now).await,
                None => Ok(()),
            },
            Call::Answer(lease, follows) => match self.inbox_lease(lease) {
                Some(lease) => pair.answer(&lease, &self.rows(follows), now).await.map(drop),
                None => Ok(()),
            },
            Call::MarkSending(draw)
            | Call::RecordHandle(draw)
            | Call::Renew(draw, _)
            | Call::Finish(draw, _, _) => match self.intent_lease(draw) {
                Some(lease) => self.ask_with_lease(call, &lease).await,
                None => Ok(()),
            },
        }
    }

    async fn ask_with_lease(&self, call: &Call, lease: &IntentLease) -> Result<(), StoreError> {
        let (pair, now) = (&self.pair, self.now());
        match call {
            Call::MarkSending(_) => pair.mark_sending(lease, now).await,
            Call::RecordHandle(_) => {
                pair.record_handle(lease, &format!("group {}", self.seconds))
                    .await
            }
            Call::Renew(_, seconds) => pair.renew(lease, at(self.seconds + seconds)).await,
            Call::Finish(_, outcome, replies) => {
                pair.finish(lease, &self.outcome(*outcome), &self.rows(replies), now)
                    .await
            }
            Call::Append(_)
            | Call::ClaimInbox(_)
            | Call::Refuse(_)
            | Call::Answer(..)
            | Call::Step(_)
            | Call::ClaimIntent(..)
            | Call::TakeOver(_)
            | Call::Fire(_)
            | Call::Waits
            | Call::Journal(..) => panic!("{call:?} needs no lease"),
        }
    }

    async fn compare_all(&self) {
        let keys = REUSE_KEYS.map(|key| Sha256Digest::of(key.as_bytes()));
        let releases = self.samples.iter().map(|sample| &sample.release);
        self.pair.compare_all(releases, &keys).await.unwrap();
    }
}

async fn play(draws: Vec<Draw>) {
    let mut play = Play::new().await;
    for draw in draws {
        play.seconds += draw.waited;
        let before = format!("{:?}", play.pair.model);
        if play.ask(&draw.call).await.is_err() {
            assert_eq!(format!("{:?}", play.pair.model), before, "{:?} failed", draw.call);
            play.compare_all().await;
        }
    }
    play.compare_all().await;
}

/// Calls in one play. Most of what two calls can do to each other is met within thirty.
const CALLS_MAX: usize = 60;

#[test]
fn the_model_and_sqlite_give_the_same_answers() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let config = ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(&vec(draw(), 1..CALLS_MAX), |draws| {
        runtime.block_on(play(draws));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

//! Whatever is asked of the queue of pull requests, in whatever order: it answers as a naive one does, which keeps a few numbers per pull
//! request and looks at all of them each time.

use crate::contract::pull_request_sample::{look, plain, stored, verdict};
use crate::{Claim, Decision, Listed, PullRequestLease, PullRequestStore, StoreError, StoredPullRequest};
use domain_types::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Pull requests of a play: few, so that they are met again.
const PULL_REQUESTS: u64 = 4;

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    /// Time passes.
    Wait(i64),
    /// These are wanted, each not before so many seconds from now.
    Want(Vec<(u64, i64)>),
    /// Somebody claims for so many seconds.
    Claim(&'static str, u32),
    /// A look that was begun ends with a commit; the next one is due after so many seconds.
    Commit(Index, Option<i64>),
    /// A look that was begun is put off for so many seconds.
    PutOff(Index, i64),
    /// All others are dead.
    TakeOver(&'static str),
}

fn ask() -> impl Strategy<Value = Ask> {
    let owner = || prop::sample::select(vec!["one", "two", "three"]);
    let looks = vec((1..=PULL_REQUESTS, -2_i64..12), 0..4);
    prop_oneof![
        3 => (1_i64..9).prop_map(Ask::Wait),
        4 => looks.prop_map(Ask::Want),
        5 => (owner(), 0_u32..12).prop_map(|(owner, seconds)| Ask::Claim(owner, seconds)),
        4 => (any::<Index>(), prop::option::of(-2_i64..20)).prop_map(|(which, due)| Ask::Commit(which, due)),
        2 => (any::<Index>(), 0_i64..20).prop_map(|(which, until)| Ask::PutOff(which, until)),
        1 => owner().prop_map(Ask::TakeOver),
    ]
}

/// Runs plays, each with what `run` sets up.
pub(crate) fn check_queue(cases: u32, run: impl AsyncFn(Vec<Ask>)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let checked = runner.run(&vec(ask(), 1..60), |plays| {
        runtime.block_on(run(plays));
        Ok(())
    });
    checked.unwrap_or_else(|failed| panic!("{failed}"));
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

/// One pull request, naively.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Naive {
    wanted: u64,
    seen: u64,
    due: Option<i64>,
    lease: Option<(&'static str, i64)>,
    epoch: u64,
    failures: u32,
}

impl Naive {
    /// From when on it can be claimed.
    fn claimable(&self) -> Option<i64> {
        self.lease.map_or(self.due, |(_, until)| Some(until))
    }

    fn want(&mut self, not_before: i64) {
        self.wanted += 1;
        self.due = Some(self.due.map_or(not_before, |due| due.min(not_before)));
    }
}

/// What is compared: number, wanted, seen, due, lease, failures.
type Shown = (u64, u64, u64, Option<Timestamp>, Option<(String, Timestamp)>, u32);

fn as_stored(stored: &StoredPullRequest) -> Shown {
    (
        stored.id.number(),
        stored.wanted,
        stored.seen,
        stored.due,
        stored.leased.clone(),
        stored.failures,
    )
}

fn as_expected((number, naive): (&u64, &Naive)) -> Shown {
    let leased = naive.lease.map(|(owner, until)| (owner.to_owned(), at(until)));
    (
        *number,
        naive.wanted,
        naive.seen,
        naive.due.map(at),
        leased,
        naive.failures,
    )
}

/// A play: the time, the naive queue, and what was given out.
struct Play<'s> {
    store: &'s dyn PullRequestStore,
    now: i64,
    naive: BTreeMap<u64, Naive>,
    given: Vec<PullRequestLease>,
}

/// Plays, and compares after each ask.
pub(crate) async fn play(store: &dyn PullRequestStore, asks: Vec<Ask>) {
    let mut play = Play {
        store,
        now: 0,
        naive: BTreeMap::new(),
        given: Vec::new(),
    };
    for ask in asks {
        play.ask(ask.clone()).await;
        let stored = store.pull_requests(None, Listed::All, None, 100).await.unwrap();
        let stored: Vec<_> = stored.iter().map(as_stored).collect();
        let expected: Vec<_> = play.naive.iter().map(as_expected).collect();
        assert_eq!(stored, expected, "after {ask:?}");
        let next = play.naive.values().filter_map(Naive::claimable).min();
        assert_eq!(store.next_look().await.unwrap(), next.map(at), "after {ask:?}");
    }
}

impl Play<'_> {
    async fn ask(&mut self, ask: Ask) {
        match ask {
            Ask::Wait(seconds) => self.now += seconds,
            Ask::Want(looks) => self.want(&looks).await,
            Ask::Claim(owner, seconds) => self.claim(owner, seconds).await,
            Ask::Commit(which, due) => self.commit(which, due).await,
            Ask::PutOff(which, seconds) => self.put_off(which, seconds).await,
            Ask::TakeOver(owner) => self.take_over(owner).await,
        }
    }

    async fn want(&mut self, looks: &[(u64, i64)]) {
        let now = self.now;
        let wanted: Vec<_> = looks
            .iter()
            .map(|(number, seconds)| look(*number, now + seconds))
            .collect();
        self.store.want_pull_requests(&wanted, at(now)).await.unwrap();
        let mut earliest: BTreeMap<u64, i64> = BTreeMap::new();
        for (number, seconds) in looks {
            let known = earliest.entry(*number).or_insert(*seconds);
            *known = (*known).min(*seconds);
        }
        for (number, seconds) in earliest {
            self.naive.entry(number).or_default().want(now + seconds);
        }
    }

    async fn claim(&mut self, owner: &'static str, lease_seconds: u32) {
        let claim = Claim {
            owner: owner.to_owned(),
            now: at(self.now),
            lease_seconds,
            release: None,
        };
        let claimed = self.store.claim_pull_request(&claim).await.unwrap();
        let due = |(number, naive): (&u64, &Naive)| Some((naive.claimable()?, *number));
        let first = self.naive.iter().filter_map(due).min();
        let expected = first.filter(|(due, _)| *due <= self.now);
        let given = claimed.as_ref().map(|claimed| claimed.stored.id.number());
        assert_eq!(given, expected.map(|(_, number)| number));
        let Some((claimed, (_, number))) = claimed.zip(expected) else {
            return;
        };
        let naive = self.naive.get_mut(&number).unwrap();
        naive.lease = Some((owner, self.now + i64::from(lease_seconds)));
        (naive.due, naive.epoch) = (None, naive.epoch + 1);
        assert_eq!(
            (claimed.lease.epoch, claimed.lease.wanted),
            (naive.epoch, naive.wanted)
        );
        self.given.push(claimed.lease);
    }

    /// One of the leases that were given out, and what it is about if it is still good.
    fn pick(&mut self, which: Index) -> Option<(PullRequestLease, Option<&mut Naive>)> {
        if self.given.is_empty() {
            return None;
        }
        let lease = which.get(&self.given).clone();
        let naive = self.naive.get_mut(&lease.id.number());
        let held = naive.filter(|naive| naive.lease.is_some() && naive.epoch == lease.epoch);
        Some((lease, held))
    }

    async fn commit(&mut self, which: Index, due: Option<i64>) {
        let (store, now) = (self.store, self.now);
        let Some((lease, held)) = self.pick(which) else {
            return;
        };
        let decision = Decision {
            due: due.map(|seconds| at(now + seconds)),
            ..plain(&lease, now)
        };
        let answer = store.commit_decision(&decision).await;
        let Some(naive) = held else {
            assert!(matches!(answer, Err(StoreError::LeaseLost { .. })), "{answer:?}");
            return;
        };
        answer.unwrap();
        let wanted = naive.due.filter(|_| naive.wanted > lease.wanted);
        let due = due.map(|seconds| now + seconds);
        naive.due = [wanted, due].into_iter().flatten().min();
        (naive.seen, naive.lease, naive.failures) = (lease.wanted, None, 0);
    }

    async fn put_off(&mut self, which: Index, seconds: i64) {
        let (store, now) = (self.store, self.now);
        let Some((lease, held)) = self.pick(which) else {
            return;
        };
        let answer = store
            .put_off_pull_request(&lease, at(now + seconds), "no answer", at(now))
            .await;
        let Some(naive) = held else {
            assert!(matches!(answer, Err(StoreError::LeaseLost { .. })), "{answer:?}");
            return;
        };
        answer.unwrap();
        (naive.due, naive.lease) = (Some(now + seconds), None);
        naive.failures += 1;
    }

    async fn take_over(&mut self, owner: &'static str) {
        let taken = self.store.take_over(owner, at(self.now)).await.unwrap();
        let mut ended = 0;
        for naive in self.naive.values_mut() {
            if naive.lease.take_if(|(holder, _)| *holder != owner).is_some() {
                (naive.due, naive.epoch) = (Some(self.now), naive.epoch + 1);
                ended += 1;
            }
        }
        assert_eq!(taken.pull_requests, ended);
    }
}

/// Those who want, and those who look, at once.
const HANDS: u64 = 4;

/// How often each who wants wants all pull requests.
const ROUNDS: u64 = 20;

/// Wants all pull requests again and again.
async fn want_often<S: PullRequestStore>(store: Arc<S>) {
    for _ in 0..ROUNDS {
        let looks: Vec<_> = (1..=PULL_REQUESTS).map(|number| look(number, 0)).collect();
        store.want_pull_requests(&looks, at(0)).await.unwrap();
    }
}

/// Looks until everybody who wants is done and nothing is due. Whoever else looks at the same is caught.
async fn look_often<S: PullRequestStore>(
    store: Arc<S>,
    owner: String,
    looked_at: Arc<Mutex<BTreeSet<u64>>>,
    wanting: Arc<AtomicU64>,
) {
    loop {
        let is_last = wanting.load(Ordering::SeqCst) == 0;
        let claim = Claim {
            owner: owner.clone(),
            now: at(1),
            lease_seconds: 600,
            release: None,
        };
        let Some(claimed) = store.claim_pull_request(&claim).await.unwrap() else {
            if is_last {
                return;
            }
            tokio::task::yield_now().await;
            continue;
        };
        let number = claimed.stored.id.number();
        assert!(looked_at.lock().unwrap().insert(number), "two look at {number}");
        tokio::task::yield_now().await;
        assert!(looked_at.lock().unwrap().remove(&number));
        let decision = Decision {
            decided: Some(verdict(claimed.stored.revision + 1)),
            ..plain(&claimed.lease, 1)
        };
        store.commit_decision(&decision).await.unwrap();
    }
}

/// Many want and many look, over two stores: no two look at the same, and everything wanted is seen.
pub(crate) async fn hammer<S: PullRequestStore>(stores: [Arc<S>; 2]) {
    let (looked_at, wanting) = (Arc::default(), Arc::new(AtomicU64::new(HANDS)));
    let store_of = |hand: u64| Arc::clone(&stores[usize::from(hand % 2 == 1)]);
    let lookers: Vec<_> = (0..HANDS)
        .map(|hand| {
            let owner = format!("looker-{hand}");
            let (looked_at, wanting) = (Arc::clone(&looked_at), Arc::clone(&wanting));
            tokio::spawn(look_often(store_of(hand), owner, looked_at, wanting))
        })
        .collect();
    let wanters: Vec<_> = (0..HANDS)
        .map(|hand| {
            let (store, wanting) = (store_of(hand), Arc::clone(&wanting));
            tokio::spawn(async move {
                want_often(store).await;
                wanting.fetch_sub(1, Ordering::SeqCst);
            })
        })
        .collect();
    for hand in wanters.into_iter().chain(lookers) {
        hand.await.unwrap();
    }
    for number in 1..=PULL_REQUESTS {
        let known = stored(&*stores[0], number).await.unwrap();
        assert_eq!((known.wanted, known.seen), (HANDS * ROUNDS, HANDS * ROUNDS));
        assert!((1..=HANDS * ROUNDS).contains(&known.revision));
        assert_eq!((known.due, known.leased), (None, None));
    }
}

//! Who may see a repository, by the forge's word: asked for now and then, one question at a time, however many want to know.

use super::visitors::VisitorsHost;
use crate::ports::Clock;
use domain_types::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use storage::StoredPullRequest;

/// Seconds for which the forge's word is not asked for again.
const WORD_SECONDS: u64 = 300;
/// Seconds for which it holds while the forge does not answer.
const WORD_SECONDS_MAX: u64 = 3_600;
/// Seconds until a forge that did not answer is asked again.
const SILENCE_SECONDS: u64 = 30;
/// Seconds that the forge may take to answer: a visitor waits.
const ANSWER_SECONDS_MAX: u64 = 15;

/// What the forge said, by the number of a repository: of those that there are pull requests of, so that strangers make none.
#[derive(Debug, Default)]
pub(super) struct Visibility {
    asking: tokio::sync::Mutex<()>,
    words: Mutex<BTreeMap<u64, Word>>,
}

#[derive(Debug, Clone, Copy)]
struct Word {
    asked_at: Timestamp,
    /// What it said last, and when.
    told: Option<(Timestamp, bool)>,
}

impl Word {
    /// Whether it is not yet time to ask again.
    fn holds(&self, now: Timestamp) -> bool {
        let seconds = match self.told {
            Some((at, _)) if at == self.asked_at => WORD_SECONDS,
            Some(_) | None => SILENCE_SECONDS,
        };
        now.milliseconds_since(self.asked_at) < seconds * 1000
    }

    /// What nobody can tell is not public.
    fn is_public(&self, now: Timestamp) -> bool {
        let is_recent = |at: Timestamp| now.milliseconds_since(at) < WORD_SECONDS_MAX * 1000;
        self.told
            .is_some_and(|(at, is_public)| is_public && is_recent(at))
    }
}

impl Visibility {
    /// Whether everybody may see the repository of a pull request.
    pub(super) async fn is_public(
        &self,
        stored: &StoredPullRequest,
        (host, clock): (&dyn VisitorsHost, &dyn Clock),
    ) -> bool {
        let id = stored.id.repository_id();
        if let Some(known) = self.known(id, clock.now()) {
            return known;
        }
        let _asking = self.asking.lock().await;
        let now = clock.now();
        // Whoever asked before us may have learnt it.
        if let Some(known) = self.known(id, now) {
            return known;
        }
        let asked = tokio::select! {
            told = host.is_public(id, &stored.repository) => told,
            () = clock.wait_until(now.plus_seconds(ANSWER_SECONDS_MAX)) => {
                Err(format!("no answer within {ANSWER_SECONDS_MAX} seconds"))
            }
        };
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        let told = match asked {
            Ok(is_public) => Some((now, is_public)),
            Err(reason) => {
                tracing::warn!(pull_request = %stored.id, reason, "nobody can tell who may see it");
                words.get(&id).and_then(|word| word.told)
            }
        };
        let word = Word { asked_at: now, told };
        words.insert(id, word);
        word.is_public(now)
    }

    /// The word that holds still.
    fn known(&self, id: u64, now: Timestamp) -> Option<bool> {
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        let word = words.get(&id).filter(|word| word.holds(now))?;
        Some(word.is_public(now))
    }
}

#[cfg(test)]
mod tests {
    use super::super::visitors::MirrorOrder;
    use super::*;
    use crate::ports::Unfinished;
    use async_trait::async_trait;
    use domain_types::PullRequestId;
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    /// A forge that says this, and counts how often it was asked.
    struct Forge {
        says: Mutex<Result<bool, String>>,
        asked: AtomicUsize,
    }

    #[async_trait]
    impl VisitorsHost for Forge {
        async fn is_public(&self, _repository_id: u64, _repository: &str) -> Result<bool, String> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            self.says.lock().unwrap().clone()
        }

        async fn mirror(&self, _order: &MirrorOrder) -> Result<(), Unfinished> {
            Ok(())
        }

        async fn is_mirrored(&self, _order: &MirrorOrder) -> Result<bool, String> {
            Ok(false)
        }
    }

    /// A clock that is set by hand.
    struct Hand(AtomicI64);

    #[async_trait]
    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(self.0.load(Ordering::SeqCst))
        }

        async fn wait_until(&self, _due: Timestamp) {
            std::future::pending().await
        }
    }

    fn stored() -> StoredPullRequest {
        let at = Timestamp::from_seconds(0);
        StoredPullRequest {
            id: PullRequestId::new(7, 42).unwrap(),
            repository: "atlas/node".to_owned(),
            open: true,
            revision: 0,
            body: None,
            wanted: 0,
            seen: 0,
            due: None,
            failures: 0,
            reason: None,
            first_seen_at: at,
            updated_at: at,
            leased: None,
        }
    }

    #[tokio::test]
    async fn a_word_holds_for_a_while_and_silence_is_not_asked_at_once_again() {
        let forge = Forge {
            says: Mutex::new(Ok(true)),
            asked: AtomicUsize::new(0),
        };
        let clock = Hand(AtomicI64::new(0));
        let visibility = Visibility::default();
        let silent = || Err("down".to_owned());
        for (second, says, is_public, asked) in [
            (0, Ok(true), true, 1),
            (299, Ok(false), true, 1),
            (300, silent(), true, 2),
            (329, Ok(false), true, 2),
            (330, silent(), true, 3),
            (3_599, silent(), true, 4),
            (3_629, silent(), false, 5),
            (3_659, Ok(true), true, 6),
            (3_959, Ok(false), false, 7),
        ] {
            clock.0.store(second, Ordering::SeqCst);
            *forge.says.lock().unwrap() = says;
            let told = visibility.is_public(&stored(), (&forge, &clock)).await;
            let count = forge.asked.load(Ordering::SeqCst);
            assert_eq!((told, count), (is_public, asked), "{second}");
        }
    }

    #[tokio::test]
    async fn many_who_want_to_know_at_once_ask_once() {
        let forge = Forge {
            says: Mutex::new(Ok(true)),
            asked: AtomicUsize::new(0),
        };
        let (clock, visibility, stored) = (Hand(AtomicI64::new(0)), Visibility::default(), stored());
        let ask = || visibility.is_public(&stored, (&forge, &clock));
        assert_eq!(tokio::join!(ask(), ask(), ask()), (true, true, true));
        assert_eq!(forge.asked.load(Ordering::SeqCst), 1);
    }
}

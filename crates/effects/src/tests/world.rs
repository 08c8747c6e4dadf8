//! A world that counts every effect, and processes that die in it.

use crate::{HandleWriter, Performed, Performer, Probed, Reply};
use async_trait::async_trait;
use domain_types::CommandId;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use storage::contract::{Call, Watch, Watched};
use storage::{Intent, NewInboxRow, SqliteStore, StoreError};

/// The truth: every effect that ever showed, in order. It never deduplicates.
#[derive(Default)]
pub(super) struct World {
    pub(super) effects: Mutex<Vec<CommandId>>,
}

impl World {
    pub(super) fn count(&self, id: &CommandId) -> usize {
        self.effects
            .lock()
            .unwrap()
            .iter()
            .filter(|effect| *effect == id)
            .count()
    }
}

/// One process: it lives for so many steps. A step is a moment at which it may be killed: before and after every store
/// call, before and after the effect.
pub(super) struct Process {
    steps_left: AtomicI64,
    dead: AtomicBool,
    /// How often it asked the store to be on the disk.
    pub(super) settled: AtomicI64,
}

impl Process {
    pub(super) fn living(steps: i64) -> Arc<Self> {
        Arc::new(Self {
            steps_left: AtomicI64::new(steps),
            dead: AtomicBool::new(false),
            settled: AtomicI64::new(0),
        })
    }

    pub(super) fn immortal() -> Arc<Self> {
        Self::living(i64::MAX)
    }

    pub(super) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Whether it survives this moment.
    fn survives(&self) -> bool {
        if self.steps_left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            self.dead.store(true, Ordering::SeqCst);
        }
        !self.is_dead()
    }
}

pub(super) fn reply(intent: &Intent) -> Reply {
    let event = NewInboxRow {
        key: format!("done/{}", intent.id),
        release: intent.subject.release().cloned(),
        kind: "done".to_owned(),
        body: "{}".to_owned(),
        actor: "performer".to_owned(),
    };
    Reply {
        result: "{\"done\":true}".to_owned(),
        events: vec![event],
    }
}

/// Acts in the world, and looks into it.
pub(super) struct Hand {
    pub(super) world: Arc<World>,
    pub(super) process: Arc<Process>,
}

#[async_trait]
impl Performer for Hand {
    async fn perform(&self, intent: &Intent, handle: &HandleWriter<'_>) -> Performed {
        if handle.record("about to act").await.is_err() || !self.process.survives() {
            return Performed::Unknown {
                reason: "dead".to_owned(),
            };
        }
        self.world.effects.lock().unwrap().push(intent.id.clone());
        if !self.process.survives() {
            return Performed::Unknown {
                reason: "dead".to_owned(),
            };
        }
        Performed::Done(reply(intent))
    }

    async fn probe(&self, intent: &Intent) -> Probed {
        if self.world.count(&intent.id) > 0 {
            Probed::Applied(reply(intent))
        } else {
            Probed::NotApplied
        }
    }

    fn given_up(&self, intent: &Intent, reason: &str) -> Vec<NewInboxRow> {
        vec![NewInboxRow {
            key: format!("given up/{}", intent.id),
            body: reason.to_owned(),
            ..reply(intent).events.remove(0)
        }]
    }
}

/// Says what it is told to say, in order; counts what it was asked.
#[derive(Default)]
pub(super) struct Script {
    pub(super) performed: Mutex<VecDeque<Performed>>,
    pub(super) probed: Mutex<VecDeque<Probed>>,
    pub(super) asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Performer for Script {
    async fn perform(&self, intent: &Intent, _handle: &HandleWriter<'_>) -> Performed {
        self.asked
            .lock()
            .unwrap()
            .push(format!("perform {} send {}", intent.id, intent.sends));
        let told = self.performed.lock().unwrap().pop_front();
        told.unwrap_or_else(|| Performed::Done(reply(intent)))
    }

    async fn probe(&self, intent: &Intent) -> Probed {
        self.asked
            .lock()
            .unwrap()
            .push(format!("probe {} unknown {}", intent.id, intent.unknowns));
        self.probed
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or(Probed::NotApplied)
    }

    fn given_up(&self, intent: &Intent, reason: &str) -> Vec<NewInboxRow> {
        vec![NewInboxRow {
            key: format!("given up/{}", intent.id),
            body: reason.to_owned(),
            ..reply(intent).events.remove(0)
        }]
    }
}

/// A store as seen by a process that may be killed before and after each call.
pub(super) type MortalStore = Watched<SqliteStore, Arc<Process>>;

impl Watch for Process {
    async fn around<'c, T: Send + 'c>(
        &'c self,
        call: Call<'c>,
        answer: impl Future<Output = Result<T, StoreError>> + Send + 'c,
    ) -> Result<T, StoreError> {
        if let Call::Settle = call {
            self.settled.fetch_add(1, Ordering::SeqCst);
        }
        if !self.survives() {
            return Err(StoreError::Stopped);
        }
        let answer = answer.await;
        if self.survives() {
            answer
        } else {
            Err(StoreError::Stopped)
        }
    }
}

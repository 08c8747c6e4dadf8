//! Many seeds: played on every core, each compared with its run without faults, each hundredth twice.

use crate::marks::Mark;
use crate::model_store::ModelStore;
use crate::oracle::Violation;
use crate::reach::Pair;
use crate::script::Script;
use crate::sqlite_file::SqliteTemplate;
use crate::stage::{Played, Telling, play};
use crate::verdict;
use crate::world::CrashPoint;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use storage::Store;

/// Every so many-th seed is played twice, and both runs must have done the same.
const REPEATED_EVERY: u64 = 100;

/// Which store the world stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreKind {
    /// In memory.
    Model,
    /// The real one, a file for each run.
    Sqlite,
}

/// A seed that broke something.
#[derive(Debug, Clone)]
pub struct Failed {
    /// Which.
    pub seed: u64,
    /// What.
    pub violation: Violation,
}

/// What a campaign came to.
#[derive(Debug, Clone, Default)]
pub struct Campaign {
    /// Seeds played.
    pub seeds: u64,
    /// Things that happened.
    pub events: u64,
    /// Faults that came to pass.
    pub faults: u64,
    /// Seeds that broke something, in their order.
    pub failed: Vec<Failed>,
    /// Rare paths taken.
    pub marks: BTreeSet<Mark>,
    /// Steps at which a crash happened.
    pub reached: BTreeSet<(Pair, CrashPoint)>,
}

/// Whether a campaign goes on after a violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// All seeds are played.
    GoOn,
    /// The first violation ends it.
    Stop,
}

/// A world's thread: plays one run after the other.
pub struct Player {
    runtime: tokio::runtime::Runtime,
    template: Option<SqliteTemplate>,
}

impl Player {
    /// A player over that kind of store.
    ///
    /// # Errors
    /// If no thread of its own or no file can be had.
    pub fn new(kind: StoreKind) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            // Everybody goes on until all wait: a turn ends when nobody has anything to do, not after so many steps.
            .event_interval(u32::MAX)
            .build()?;
        let template = match kind {
            StoreKind::Model => None,
            StoreKind::Sqlite => Some(SqliteTemplate::make()?),
        };
        Ok(Self { runtime, template })
    }

    /// Plays a script once.
    pub fn play(&self, script: &Script) -> Played {
        self.play_telling(script, Telling::Silent)
    }

    /// Plays a script once and writes its story down.
    pub fn tell(&self, script: &Script) -> Played {
        self.play_telling(script, Telling::Told)
    }

    fn play_telling(&self, script: &Script, telling: Telling) -> Played {
        match &self.template {
            None => self.play_in_memory(script, telling),
            Some(template) => {
                let (file, store) = template.copy();
                let played = self.runtime.block_on(play(script, store, telling));
                drop(file);
                played
            }
        }
    }

    fn play_in_memory(&self, script: &Script, telling: Telling) -> Played {
        let store: Arc<dyn Store> = Arc::new(ModelStore::default());
        self.runtime.block_on(play(script, store, telling))
    }

    /// Plays a script, and without its faults, and compares. What should come of it is played in memory, whatever the store: so
    /// the two are compared as well.
    pub fn judge(&self, script: &Script) -> Played {
        let mut played = self.play(script);
        if played.violation.is_none() {
            let reference = self.play_in_memory(&script.without_faults(), Telling::Silent);
            let same = verdict::compare(script, &played.ends, &reference.ends);
            played.violation = reference.violation.or(same.err());
        }
        played
    }
}

/// Plays so many seeds from the first on, on so many threads.
///
/// # Errors
/// If a thread's player cannot be made.
pub fn campaign(
    (first, count): (u64, u64),
    threads: usize,
    kind: StoreKind,
    after: After,
) -> std::io::Result<Campaign> {
    let next = AtomicU64::new(first);
    let stop = AtomicBool::new(false);
    let end = first.saturating_add(count);
    let parts: Vec<std::io::Result<Campaign>> = std::thread::scope(|scope| {
        let work = || play_share(&next, end, kind, (after, &stop));
        let handles: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        handles
            .into_iter()
            .map(|handle| {
                handle
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    });
    let mut whole = Campaign::default();
    for part in parts {
        whole.add(part?);
    }
    whole.failed.sort_by_key(|failed| failed.seed);
    Ok(whole)
}

fn play_share(
    next: &AtomicU64,
    end: u64,
    kind: StoreKind,
    (after, stop): (After, &AtomicBool),
) -> std::io::Result<Campaign> {
    let player = Player::new(kind)?;
    let mut share = Campaign::default();
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end || stop.load(Ordering::Relaxed) {
            return Ok(share);
        }
        let script = Script::of_seed(seed);
        let mut played = player.judge(&script);
        if seed.is_multiple_of(REPEATED_EVERY) && played.violation.is_none() {
            played.violation = repeats(&player, &script, &played).err();
        }
        share.take(seed, played);
        if after == After::Stop && !share.failed.is_empty() {
            stop.store(true, Ordering::Relaxed);
        }
    }
}

fn repeats(player: &Player, script: &Script, played: &Played) -> Result<(), Violation> {
    let again = player.play(script);
    match again.hash == played.hash {
        true => Ok(()),
        false => Err(Violation::of("B3", "the same seed gave another trace".to_owned())),
    }
}

impl Campaign {
    fn take(&mut self, seed: u64, played: Played) {
        self.seeds += 1;
        self.events += played.events;
        self.faults += played.faults;
        self.marks.extend(played.marks);
        self.reached.extend(played.reached);
        self.failed
            .extend(played.violation.map(|violation| Failed { seed, violation }));
    }

    fn add(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.events += other.events;
        self.faults += other.faults;
        self.marks.extend(other.marks);
        self.reached.extend(other.reached);
        self.failed.extend(other.failed);
    }

    /// Rare paths that were never taken.
    pub fn missing_marks(&self) -> Vec<Mark> {
        let missing = Mark::ALL.iter().copied();
        missing.filter(|mark| !self.marks.contains(mark)).collect()
    }
}

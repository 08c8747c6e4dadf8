//! What may be asked, drawn from small alphabets, so that calls meet each other's rows. A draw that names a lease or a
//! revision means what is there when it is its turn.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// How many releases the alphabet has; the first two are of one name and version.
pub(super) const RELEASES: usize = 4;

/// One call, some time after the one before.
#[derive(Debug, Clone)]
pub(super) struct Draw {
    /// Seconds since the call before; a clock may be set back.
    pub(super) waited: i64,
    pub(super) call: Call,
}

#[derive(Debug, Clone)]
pub(super) enum Call {
    Append(Vec<RowDraw>),
    ClaimInbox(ClaimDraw),
    Refuse(LeaseDraw),
    Answer(LeaseDraw, Vec<RowDraw>),
    Step(Box<StepDraw>),
    ClaimIntent(ClaimDraw, Vec<(&'static str, u32)>),
    MarkSending(LeaseDraw),
    RecordHandle(LeaseDraw),
    Renew(LeaseDraw, i64),
    Finish(LeaseDraw, OutcomeDraw, Vec<RowDraw>),
    TakeOver(&'static str),
    Fire(u32),
    Waits,
    Journal(usize, u64, u32),
}

/// A row of the inbox.
#[derive(Debug, Clone)]
pub(super) struct RowDraw {
    pub(super) key: &'static str,
    pub(super) kind: &'static str,
    pub(super) release: Option<usize>,
}

#[derive(Debug, Clone)]
pub(super) struct ClaimDraw {
    pub(super) owner: &'static str,
    pub(super) lease_seconds: u32,
    pub(super) release: Option<usize>,
}

/// One of the leases that were given out, or nearly one.
#[derive(Debug, Clone)]
pub(super) struct LeaseDraw {
    /// How many leases ago it was given out; mostly the newest ones are asked for.
    pub(super) which: Index,
    pub(super) recent: bool,
    pub(super) twist: Twist,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Twist {
    None,
    NextEpoch,
    OtherOwner,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum OutcomeDraw {
    Done,
    Rejected,
    Unknown(i64),
    NotApplied(i64),
}

#[derive(Debug, Clone)]
pub(super) struct StepDraw {
    pub(super) release: usize,
    /// What is added to the revision that would be right.
    pub(super) revision_off: i64,
    pub(super) inbox: Option<LeaseDraw>,
    pub(super) phase: &'static str,
    pub(super) held: bool,
    pub(super) occupies: bool,
    pub(super) builds: Vec<BuildDraw>,
    pub(super) intents: Vec<IntentDraw>,
    pub(super) freed: Vec<CommandDraw>,
    pub(super) abandoned: Vec<CommandDraw>,
    pub(super) timers_set: Vec<TimerDraw>,
    pub(super) timers_cleared: Vec<&'static str>,
    pub(super) snapshot: bool,
}

#[derive(Debug, Clone)]
pub(super) struct BuildDraw {
    pub(super) repository: &'static str,
    pub(super) state: &'static str,
    pub(super) reuse_key: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub(super) struct IntentDraw {
    pub(super) id: CommandDraw,
    pub(super) kind: &'static str,
    pub(super) priority: i64,
    pub(super) pool: Option<&'static str>,
    pub(super) passes_hold: bool,
}

/// A command: of this release or, rarely, of another; of the new revision or of an older one.
#[derive(Debug, Clone)]
pub(super) struct CommandDraw {
    pub(super) revision_ago: u64,
    pub(super) index: usize,
    pub(super) foreign: bool,
}

#[derive(Debug, Clone)]
pub(super) struct TimerDraw {
    pub(super) key: &'static str,
    pub(super) kind: &'static str,
    pub(super) seconds: i64,
}

/// The keys under which builds can be used again.
pub(super) const REUSE_KEYS: [&str; 2] = ["x", "y"];

/// Names of timers; any name is good, also none.
const TIMER_KEYS: [&str; 3] = ["retry", "deadline", ""];

/// A kind; rarely none, which is forbidden.
fn kind() -> impl Strategy<Value = &'static str> {
    prop_oneof![60 => select(&["start", "pause"][..]), 1 => Just("")]
}

fn owner() -> impl Strategy<Value = &'static str> {
    prop_oneof![40 => select(&["one", "two", "three"][..]), 1 => Just("")]
}

fn pool() -> impl Strategy<Value = &'static str> {
    select(&["runner", "uploader"][..])
}

fn inbox_row() -> impl Strategy<Value = RowDraw> {
    let keys = prop_oneof![60 => select(&["a", "b", "c", "d", "e", "f", "g"][..]), 1 => Just("")];
    (keys, kind(), prop::option::of(0..RELEASES)).prop_map(|(key, kind, release)| RowDraw {
        key,
        kind,
        release,
    })
}

fn claim() -> impl Strategy<Value = ClaimDraw> {
    let release = prop_oneof![4 => Just(None), 1 => (0..RELEASES).prop_map(Some)];
    (owner(), 0_u32..12, release).prop_map(|(owner, lease_seconds, release)| ClaimDraw {
        owner,
        lease_seconds,
        release,
    })
}

fn lease() -> impl Strategy<Value = LeaseDraw> {
    let twist =
        prop_oneof![20 => Just(Twist::None), 1 => Just(Twist::NextEpoch), 1 => Just(Twist::OtherOwner)];
    (any::<Index>(), prop::bool::weighted(0.8), twist).prop_map(|(which, recent, twist)| LeaseDraw {
        which,
        recent,
        twist,
    })
}

fn outcome() -> impl Strategy<Value = OutcomeDraw> {
    prop_oneof![
        Just(OutcomeDraw::Done),
        Just(OutcomeDraw::Rejected),
        (-3_i64..12).prop_map(OutcomeDraw::Unknown),
        (-3_i64..12).prop_map(OutcomeDraw::NotApplied),
    ]
}

fn command(old: f64) -> impl Strategy<Value = CommandDraw> {
    let ago = (prop::bool::weighted(old), 1_u64..4).prop_map(|(is_old, ago)| if is_old { ago } else { 0 });
    (ago, 0_usize..4, prop::bool::weighted(0.02)).prop_map(|(revision_ago, index, foreign)| CommandDraw {
        revision_ago,
        index,
        foreign,
    })
}

fn build() -> impl Strategy<Value = BuildDraw> {
    let states = prop_oneof![
        20 => Just("succeeded"),
        20 => select(&storage::BUILD_STATES[..]),
        1 => Just("dreaming"),
    ];
    let repositories = select(&["a", "b", "B"][..]);
    (repositories, states, prop::option::of(select(&REUSE_KEYS[..]))).prop_map(
        |(repository, state, reuse_key)| BuildDraw {
            repository,
            state,
            reuse_key,
        },
    )
}

fn intent() -> impl Strategy<Value = IntentDraw> {
    (
        command(0.02),
        kind(),
        -1_i64..2,
        prop::option::of(pool()),
        any::<bool>(),
    )
        .prop_map(|(id, kind, priority, pool, passes_hold)| IntentDraw {
            id,
            kind,
            priority,
            pool,
            passes_hold,
        })
}

fn timer() -> impl Strategy<Value = TimerDraw> {
    (select(&TIMER_KEYS[..]), kind(), -2_i64..20).prop_map(|(key, kind, seconds)| TimerDraw {
        key,
        kind,
        seconds,
    })
}

fn step() -> impl Strategy<Value = StepDraw> {
    let revision_off = prop_oneof![12 => Just(0_i64), 1 => Just(1), 1 => -3_i64..0];
    let phase = prop_oneof![30 => select(&storage::RELEASE_PHASES[..]), 1 => Just("dreaming")];
    let row = (
        0..RELEASES,
        revision_off,
        prop::option::of(lease()),
        phase,
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.4),
    );
    let outbox = (
        vec(intent(), 0..4),
        vec(command(0.9), 0..2),
        vec(command(0.9), 0..2),
    );
    let timers = (vec(timer(), 0..3), vec(select(&TIMER_KEYS[..]), 0..2));
    (row, vec(build(), 0..3), outbox, timers, any::<bool>()).prop_map(
        |(row, builds, outbox, timers, snapshot)| StepDraw {
            release: row.0,
            revision_off: row.1,
            inbox: row.2,
            phase: row.3,
            held: row.4,
            occupies: row.5,
            builds,
            intents: outbox.0,
            freed: outbox.1,
            abandoned: outbox.2,
            timers_set: timers.0,
            timers_cleared: timers.1,
            snapshot,
        },
    )
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        3 => vec(inbox_row(), 0..4).prop_map(Call::Append),
        4 => claim().prop_map(Call::ClaimInbox),
        1 => lease().prop_map(Call::Refuse),
        1 => (lease(), vec(inbox_row(), 0..3)).prop_map(|(lease, follows)| Call::Answer(lease, follows)),
        8 => step().prop_map(|step| Call::Step(Box::new(step))),
        8 => (claim(), vec((pool(), 0_u32..3), 0..4)).prop_map(|(claim, pools)| Call::ClaimIntent(claim, pools)),
        6 => lease().prop_map(Call::MarkSending),
        2 => lease().prop_map(Call::RecordHandle),
        2 => (lease(), -5_i64..20).prop_map(|(lease, seconds)| Call::Renew(lease, seconds)),
        6 => (lease(), outcome(), vec(inbox_row(), 0..3))
            .prop_map(|(lease, outcome, replies)| Call::Finish(lease, outcome, replies)),
        1 => owner().prop_map(Call::TakeOver),
        2 => (0_u32..4).prop_map(Call::Fire),
        2 => Just(Call::Waits),
        1 => (0..RELEASES, 0_u64..5, 0_u32..4)
            .prop_map(|(release, after, limit)| Call::Journal(release, after, limit)),
    ]
}

/// A call, some time after the one before.
pub(super) fn draw() -> impl Strategy<Value = Draw> {
    let waited = prop_oneof![10 => Just(0_i64), 10 => 0_i64..6, 1 => -4_i64..0];
    (waited, call()).prop_map(|(waited, call)| Draw { waited, call })
}

//! What one simulated run is asked to go through: releases, outcomes, operators, faults. Written out in full, so that a run
//! that failed can be made smaller line by line, read by a person, and kept for ever.

use crate::reach::Pair;
use orchestrator::{FailureKind, Stage};
use serde::{Deserialize, Serialize};

/// One run, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Durations and delays are drawn from it, by name.
    pub seed: u64,
    /// Where builds run.
    pub hosting: Hosting,
    /// Processes over one store: one where builds are its own, up to three otherwise.
    pub processes: u32,
    /// Builds that may run at a time, over all releases.
    pub runners: u32,
    /// In the order of their versions.
    pub releases: Vec<ReleaseScript>,
    /// What people ask for.
    pub orders: Vec<Order>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Where the world leads its release before anything goes wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aim: Option<Aim>,
}

/// A state and an event that the world is after. Until a step of this kind is first committed, or tried to be, nothing goes
/// wrong; there the fault that is [`FaultKind::Aimed`] comes, and behind it all the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aim {
    /// The phase before the event, as [`crate::Pair`] has it.
    pub phase: String,
    /// The state of the node that the event is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The event.
    pub event: String,
}

impl Aim {
    /// Whether this is it.
    pub(crate) fn is(&self, pair: &Pair) -> bool {
        (self.phase.as_str(), self.node.as_deref(), self.event.as_str())
            == (pair.phase, pair.node, pair.event)
    }
}

/// Where builds run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hosting {
    /// As children of the one process that has the store to itself; what it leaves when it dies are orphans.
    Own,
    /// Elsewhere, whoever asked for them: processes share the store, and reports come in from outside.
    Elsewhere,
}

/// One release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseScript {
    /// Milliseconds after the beginning.
    pub starts_at: u64,
    /// What is built; every need comes earlier in the list.
    pub nodes: Vec<NodeScript>,
    /// Needed before anything is built.
    pub approvals: u32,
    /// Needed before the draft is made.
    pub signatures: u32,
    /// Failed attempts per node.
    pub attempts_max: u32,
    /// Automatic retries of the release.
    pub retry_budget: u32,
    /// Stages that fail, each the first time that it is carried out; a stage that is listed twice fails twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageTrouble>,
    /// It is of the same version as the release before it, by another plan: only one of them can be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rival: bool,
}

/// How a stage fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageTrouble {
    /// Which.
    pub stage: Stage,
    /// How.
    pub failure: FailureKind,
    /// Only once that one has failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Stage>,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeScript {
    /// Positions of what it needs in the list.
    pub needs: Vec<usize>,
    /// Which platform.
    pub platform: u8,
    /// A number that stands for its commit: equal numbers, equal sources.
    pub commit: u8,
    /// Its failure does not block.
    pub optional: bool,
    /// How its attempts end, one after the other; interrupted ones do not count.
    pub outcomes: Vec<Outcome>,
    /// How all further ones fail; none: they succeed.
    pub forever: Option<FailureKind>,
    /// So many looks at what became of its builds fail.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub blind: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How an attempt ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It gives what it should.
    Succeeds,
    /// It fails.
    Fails(FailureKind),
    /// It runs and never ends.
    Hangs,
    /// It is queued and never begins.
    NeverStarts,
}

/// Something that a person asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Milliseconds after the beginning; with `upon`, not before.
    pub at: u64,
    /// As soon as the release is first in this phase; a pause or stall may be named with what is behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upon: Option<String>,
    /// With `upon`: and one of its nodes in this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Which release.
    pub release: usize,
    /// What.
    pub what: OrderKind,
}

/// What a person can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// By one of several persons.
    Approve(u8),
    /// By one of several persons.
    Sign(u8),
    /// By somebody who looked at another plan.
    ApproveAnother,
    /// Nobody: a report of a verification that names another manifest, from wherever it comes.
    Stray,
    /// Begin nothing new.
    Pause,
    /// Go on.
    Resume,
    /// Try again what failed.
    Retry,
    /// End it.
    Cancel,
    /// End it in favour of another release.
    Supersede,
    /// Take it back.
    Withdraw,
    /// End it in favour of the former way of releasing.
    FallBack,
    /// Nobody: what becomes of the first build whose node is in the state that the order waits for.
    Build(Fate),
}

/// What becomes of a build that would wait, or run, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It begins to run.
    Begins,
    /// It gives what it should.
    Succeeds,
    /// It fails.
    Fails(FailureKind),
    /// It is cut off where it runs.
    IsInterrupted,
}

impl OrderKind {
    /// It ends the release: what the release comes to depends on when it arrives.
    pub(crate) fn gives_up(self) -> bool {
        match self {
            Self::Cancel | Self::Supersede | Self::Withdraw | Self::FallBack => true,
            Self::Approve(_)
            | Self::Sign(_)
            | Self::ApproveAnother
            | Self::Stray
            | Self::Pause
            | Self::Resume
            | Self::Retry
            | Self::Build(_) => false,
        }
    }
}

/// One thing that goes wrong, at the n-th occasion of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Counted from 0.
    pub nth: u32,
    /// What.
    pub what: FaultKind,
}

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A call of the store goes wrong.
    Store(StoreFault),
    /// The commit of a step of the script's aim goes wrong.
    Aimed(StoreFault),
    /// A call of a port goes wrong.
    Port(PortFault),
    /// A report of a build comes otherwise than it should.
    Report(ReportFault),
    /// Something happens to a process or to the clock between two turns of the world.
    Turn(TurnFault),
}

/// How a call of the store goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreFault {
    /// The process dies before it.
    DieBefore,
    /// The process dies after it.
    DieAfter,
    /// It is not done, and an error is all that is told.
    FailBefore,
    /// It is done, and an error is all that is told: the commit is unknown.
    FailAfter,
    /// It takes so many milliseconds.
    Slow(u32),
    /// Whoever calls is stuck for so many milliseconds and does not renew its lease meanwhile: in this call or, if this is none
    /// of these, in the next one that records a handle or an effect, or commits a step. Before an effect it lasts until somebody
    /// else has the lease: to come back earlier would show the effect twice (decision 0009).
    Stuck(u32),
}

/// How a call of a port goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortFault {
    /// The process dies before it takes effect.
    DieBefore,
    /// The process dies after it took effect.
    DieAfter,
    /// It certainly fails.
    Fails(FailureKind),
    /// It takes no effect, and nobody can tell.
    UnknownBefore,
    /// It takes effect, and nobody can tell.
    UnknownAfter,
    /// It takes so many milliseconds.
    Slow(u32),
}

/// How a report comes otherwise than it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportFault {
    /// It is lost; somebody looks again later.
    Lost,
    /// It comes twice, the second time so many milliseconds later.
    Twice(u32),
    /// It comes so many milliseconds late: behind others.
    Late(u32),
}

/// What happens between two turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnFault {
    /// A process dies.
    Kill(u32),
    /// A process is asked to end.
    Terminate(u32),
    /// The clock jumps by so many milliseconds.
    Jump(i32),
    /// The clock runs so many milliseconds ahead until the next retry is put off; then it is put back, and whoever saw it ahead dies.
    Fit(u32),
}

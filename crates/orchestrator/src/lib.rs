#![doc = include_str!("../README.md")]

mod apply;
mod command;
mod decide;
mod error;
mod event;
mod fact;
mod failure;
mod graph;
mod invariants;
mod legal;
mod node;
mod phase;
mod projection;
mod run;
mod spec;
mod state;

pub use apply::apply;
pub use command::{Command, Decision, Timer, TimerKey};
pub use decide::{FOLLOW_UPS_MAX, RETRY_SECONDS_MAX, decide};
pub use error::{Corrupt, Refused};
pub use event::{Event, Recorded, Stage};
pub use fact::Fact;
pub use failure::{Failure, FailureClass, FailureKind, classify};
pub use graph::Graph;
pub use invariants::{Violation, check_all, check_node};
pub use node::{Attempt, AttemptOutcome, BuildOutput, BuildState, BuiltArtifact, Node, RetryPending};
pub use phase::{Phase, StallReason};
pub use run::{Correlation, SeenRun, WAITS_FOR_MAX};
pub use spec::{NodeSpec, OwnApproval, Policy, ReleaseSpec, Repetition};
pub use state::{FormerStep, Header, State};

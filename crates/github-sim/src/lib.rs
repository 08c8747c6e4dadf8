#![doc = include_str!("../README.md")]

mod error;
mod exchange;
mod faults;
mod limits;
mod model;
mod objects;
mod random;
mod shell;
mod truth;
mod workers;
mod workflow;

pub use error::SimError;
pub use exchange::{Answer, AnswerBody, Fate, Host, Request, RequestBody, StoredFile};
pub use faults::{Faults, STALE_SECONDS_MAX};
pub use limits::Limits;
pub use model::{
    AppPlan, Effect, GitHub, MergeMethod, ModelSetup, Permissions, PullPlan, Reception, Repo, Role,
};
pub use objects::GitObject;
pub use shell::{AppCredentials, Clock, Running, Setup, start, start_on};
pub use truth::{Happened, Truth};
pub use workers::{
    Outcome, RunRequest, RunScript, ScriptedArtifact, ScriptedWorkers, WORKER_WORKFLOW, Workers,
};

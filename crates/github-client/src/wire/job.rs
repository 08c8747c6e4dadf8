//! Jobs of a run and their steps.

use super::{Conclusion, JobId, RunStatus};
use domain_types::Timestamp;
use serde::Deserialize;

/// A job of a run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: RunStatus,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// What a runner must have to take it.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Who has it.
    pub runner_name: Option<String>,
    /// When a runner took it. GitHub fills this in before that too: only meaningful from [`RunStatus::InProgress`] on.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// Which attempt of the run it belongs to.
    #[serde(default = "first")]
    pub run_attempt: u32,
    /// Its steps.
    #[serde(default)]
    pub steps: Vec<Step>,
}

fn first() -> u32 {
    1
}

/// A step of a job.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
}

//! Checks and statuses of a commit, in the words of the rules.

use github_client::{CheckRun, CommitStatus, Conclusion, RunStatus, StatusState};
use governance_rules::{CheckFact, CheckState};
use std::collections::BTreeSet;

/// What a run or a check says.
pub(super) fn run_state(status: &RunStatus, conclusion: Option<&Conclusion>) -> CheckState {
    match (status, conclusion) {
        (RunStatus::Completed, Some(Conclusion::Success)) => CheckState::Passed,
        (RunStatus::Completed, _) => CheckState::Failed,
        (_, _) => CheckState::Running,
    }
}

/// Checks by App, and statuses by nobody: whoever may write may set one.
pub(super) fn check_facts(checks: &[CheckRun], statuses: &[CommitStatus]) -> Vec<CheckFact> {
    let check = |run: &CheckRun| CheckFact {
        name: run.name.clone(),
        app: run.app_id,
        state: run_state(&run.status, run.conclusion.as_ref()),
    };
    let mut seen = BTreeSet::new();
    let newest = statuses
        .iter()
        .filter(move |status| seen.insert(status.context.clone()));
    let status = |status: &CommitStatus| CheckFact {
        name: status.context.clone(),
        app: None,
        state: match status.state {
            StatusState::Success => CheckState::Passed,
            StatusState::Pending => CheckState::Running,
            StatusState::Failure | StatusState::Error => CheckState::Failed,
            _ => CheckState::Failed,
        },
    };
    checks.iter().map(check).chain(newest.map(status)).collect()
}

//! Checks and statuses of a commit, in the words of the rules: as they are, or as they were at a time.

use domain_types::Timestamp;
use github_client::{CheckRun, CommitStatus, Conclusion, RunStatus, StatusState};
use governance_rules::{CheckFact, CheckState};
use std::collections::{BTreeMap, BTreeSet};

/// What a run or a check says.
pub(super) fn run_state(status: &RunStatus, conclusion: Option<&Conclusion>) -> CheckState {
    match (status, conclusion) {
        (RunStatus::Completed, Some(Conclusion::Success)) => CheckState::Passed,
        (RunStatus::Completed, _) => CheckState::Failed,
        (_, _) => CheckState::Running,
    }
}

/// Checks by App, and statuses by nobody: whoever may write may set one. As of a time, for which all check runs are needed, or as they are.
pub(super) fn check_facts(
    checks: &[CheckRun],
    statuses: &[CommitStatus],
    as_of: Option<Timestamp>,
) -> Vec<CheckFact> {
    let checks: Vec<CheckFact> = match as_of {
        None => checks
            .iter()
            .map(|run| fact_of(run, run_state(&run.status, run.conclusion.as_ref())))
            .collect(),
        Some(at) => newest_at(checks, at)
            .into_iter()
            .map(|run| fact_of(run, state_at(run, at)))
            .collect(),
    };
    let mut seen = BTreeSet::new();
    let newest = statuses
        .iter()
        .filter(|status| as_of.is_none_or(|at| status.created_at <= at))
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
    checks.into_iter().chain(newest.map(status)).collect()
}

fn fact_of(run: &CheckRun, state: CheckState) -> CheckFact {
    CheckFact {
        name: run.name.clone(),
        app: run.app_id,
        state,
    }
}

/// Of each name, App and suite the last that had begun, as GitHub shows them: what was started again later is another one.
fn newest_at(checks: &[CheckRun], at: Timestamp) -> Vec<&CheckRun> {
    let mut newest: BTreeMap<_, &CheckRun> = BTreeMap::new();
    let had_begun = |run: &&CheckRun| run.started_at.is_none_or(|started| started <= at);
    for run in checks.iter().filter(had_begun) {
        let place = (run.name.as_str(), run.app_id, run.suite_id);
        let known = newest.entry(place).or_insert(run);
        if (known.started_at, known.id) < (run.started_at, run.id) {
            *known = run;
        }
    }
    newest.into_values().collect()
}

/// What it said then. What ended later, or was changed later, was not finished by all that can be told.
fn state_at(run: &CheckRun, at: Timestamp) -> CheckState {
    match run.completed_at {
        Some(completed) if completed <= at => run_state(&run.status, run.conclusion.as_ref()),
        Some(_) | None => CheckState::Running,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(1_764_000_000 + second)
    }

    /// A check run of the App 7, in a suite, that began and ended in these seconds.
    fn check(id: u64, suite: u64, (started, completed): (i64, Option<i64>), conclusion: &str) -> CheckRun {
        serde_json::from_value(json!({
            "id": id,
            "name": "build",
            "head_sha": "a".repeat(40),
            "status": if completed.is_some() { "completed" } else { "in_progress" },
            "conclusion": completed.map(|_| conclusion),
            "app": {"id": 7},
            "check_suite": {"id": suite},
            "started_at": at(started).to_string(),
            "completed_at": completed.map(|second| at(second).to_string()),
        }))
        .unwrap()
    }

    fn status(id: u64, second: i64, state: &str) -> CommitStatus {
        serde_json::from_value(json!({
            "id": id,
            "state": state,
            "context": "lint",
            "description": null,
            "target_url": null,
            "creator": null,
            "created_at": at(second).to_string(),
        }))
        .unwrap()
    }

    /// What they said at a time, in seconds.
    fn told(checks: &[CheckRun], statuses: &[CommitStatus], as_of: Option<i64>) -> String {
        let facts = check_facts(checks, statuses, as_of.map(at));
        let lines = facts.iter().map(|fact| format!("{} {:?}", fact.name, fact.state));
        lines.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn what_was_started_again_after_a_time_says_nothing_of_it() {
        let red = check(1, 1, (10, Some(20)), "failure");
        let green = check(2, 1, (40, Some(50)), "success");
        let both = [green.clone(), red.clone()];
        for (as_of, expected) in [
            (5, ""),
            (10, "build Running"),
            (19, "build Running"),
            (20, "build Failed"),
            (39, "build Failed"),
            (40, "build Running"),
            (49, "build Running"),
            (50, "build Passed"),
        ] {
            assert_eq!(told(&both, &[], Some(as_of)), expected, "{as_of}");
        }
        // Of two suites each says its own.
        let other = check(3, 2, (12, Some(13)), "success");
        assert_eq!(
            told(&[other, green, red], &[], Some(30)),
            "build Failed, build Passed"
        );
        // One that its App wrote over cannot be told any more.
        let rewritten = check(4, 1, (10, Some(60)), "success");
        assert_eq!(told(&[rewritten], &[], Some(30)), "build Running");
    }

    #[test]
    fn of_statuses_the_last_before_a_time_counts() {
        let all = [status(2, 40, "success"), status(1, 10, "failure")];
        for (as_of, expected) in [
            (Some(9), ""),
            (Some(10), "lint Failed"),
            (Some(39), "lint Failed"),
            (Some(40), "lint Passed"),
            (None, "lint Passed"),
        ] {
            assert_eq!(told(&[], &all, as_of), expected, "{as_of:?}");
        }
    }
}

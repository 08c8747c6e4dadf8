//! Why something waits, stands still or failed, in one sentence each.

use orchestrator::{BuildState, Correlation, Node, NodeSpec, Phase, SeenRun, StallReason, State};

/// Names that one sentence lists.
const NAMES_MAX: usize = 5;

/// Why the release does not move on by itself; nothing while it does, and when it has ended.
pub(crate) fn of_release(state: &State) -> Option<String> {
    let policy = state.spec()?.policy;
    match state.phase() {
        Phase::AwaitingApproval => Some(format!(
            "{} of {} approvals are given",
            state.header().approvals.len(),
            policy.approvals_required
        )),
        Phase::AwaitingSignatures => Some(format!(
            "{} of {} signatures are given",
            state.header().signatures.len(),
            policy.signatures_required
        )),
        Phase::Paused { from } => Some(format!(
            "an operator paused it while it was {}",
            words(from.label())
        )),
        Phase::Stalled {
            reason: StallReason::Builds { blocking: 1, first },
            ..
        } => Some(format!("{first} failed or could not begin")),
        Phase::Stalled {
            reason: StallReason::Builds { blocking, first },
            ..
        } => Some(format!(
            "{blocking} builds failed or could not begin, among them {first}"
        )),
        Phase::Stalled {
            reason: StallReason::Stage { failure },
            ..
        } => Some(format!("{}: {}", failure.kind, failure.reason)),
        Phase::Superseded { by } => Some(format!("{by} took its place")),
        Phase::Unplanned
        | Phase::Planned
        | Phase::Building
        | Phase::Collecting
        | Phase::Verifying
        | Phase::Drafted
        | Phase::Published
        | Phase::Withdrawn
        | Phase::Rehearsed
        | Phase::Cancelled
        | Phase::FellBack => None,
    }
}

/// Why a build waits, failed or was skipped; nothing for one that runs or is done.
pub(crate) fn of_build(state: &State, fixed: &NodeSpec, node: &Node) -> Option<String> {
    match node.state {
        BuildState::Waiting => Some(why_waiting(state, fixed, node)),
        BuildState::Requested | BuildState::Queued => Some(why_queued(
            node.attempt().and_then(|attempt| attempt.run.as_ref()),
        )),
        BuildState::Failed => node
            .failure()
            .map(|failure| format!("{}: {}", failure.kind, failure.reason)),
        BuildState::Skipped => node
            .skipped_because
            .as_ref()
            .map(|failed| format!("{} failed, which it needs", failed.repository)),
        BuildState::Reused => Some("an earlier release built exactly this".to_owned()),
        BuildState::Running | BuildState::Succeeded => {
            let run = node.attempt().and_then(|attempt| attempt.run.as_ref());
            run.filter(|run| run.correlation == Correlation::Weak)
                .map(why_weak)
        }
    }
}

/// What is to be known of a run that bears no dispatch id.
fn why_weak(run: &SeenRun) -> String {
    format!("its run is told by sender and time alone: {}", run.page)
}

fn why_queued(run: Option<&SeenRun>) -> String {
    let labels: Vec<String> = run
        .map(|run| run.waits_for.iter().map(|labels| format!("`{labels}`")).collect())
        .unwrap_or_default();
    match labels.is_empty() {
        true => "asked for, waits for a runner".to_owned(),
        false => format!(
            "asked for, waits for a runner with the labels {}",
            labels.join(" and ")
        ),
    }
}

fn why_waiting(state: &State, fixed: &NodeSpec, node: &Node) -> String {
    let unsatisfied =
        |need: &&domain_types::NodeId| state.node(need).is_none_or(|need| !need.state.satisfies());
    let needs: Vec<&str> = fixed
        .needs
        .iter()
        .filter(unsatisfied)
        .map(|need| need.repository.as_str())
        .collect();
    if !needs.is_empty() {
        return format!("waits for {}", listed(&needs));
    }
    if let Some(retry) = &node.retry {
        return format!("tries again at {}", retry.due);
    }
    match state.phase() {
        Phase::Paused { .. } => "the release is paused".to_owned(),
        Phase::Stalled { .. } => "the release is stalled".to_owned(),
        Phase::AwaitingApproval => "the release waits for approvals".to_owned(),
        Phase::Unplanned | Phase::Planned => "the sources are being laid out".to_owned(),
        Phase::Rehearsed | Phase::Cancelled | Phase::Superseded { .. } | Phase::FellBack => {
            "the release has ended".to_owned()
        }
        Phase::Building
        | Phase::Collecting
        | Phase::Verifying
        | Phase::AwaitingSignatures
        | Phase::Drafted
        | Phase::Published
        | Phase::Withdrawn => "is about to be asked for".to_owned(),
    }
}

fn listed(names: &[&str]) -> String {
    let shown = names
        .iter()
        .take(NAMES_MAX)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(NAMES_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A label as words: `awaiting_approval` is `awaiting approval`.
pub(crate) fn words(label: &str) -> String {
    label.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_of_a_run_is_told() {
        let run = |labels: &[&str]| SeenRun {
            id: 7,
            page: "https://github.example/runs/7".to_owned(),
            correlation: Correlation::Weak,
            waits_for: labels.iter().map(|labels| (*labels).to_owned()).collect(),
        };
        assert_eq!(
            why_weak(&run(&[])),
            "its run is told by sender and time alone: https://github.example/runs/7"
        );
        let plain = "asked for, waits for a runner";
        assert_eq!(why_queued(None), plain);
        assert_eq!(why_queued(Some(&run(&[]))), plain);
        assert_eq!(
            why_queued(Some(&run(&["self-hosted, gpu", "macos-15"]))),
            format!("{plain} with the labels `self-hosted, gpu` and `macos-15`")
        );
    }
}

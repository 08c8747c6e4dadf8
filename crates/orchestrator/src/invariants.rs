//! What must hold of a release whatever happened. Checked of touched nodes at each step, of all at load.

use crate::{AttemptOutcome, BuildState, Node, NodeSpec, Phase, State};
use domain_types::NodeId;

/// An invariant that does not hold. A bug or corrupt rows: that release stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invariant {id} of {subject}: {what}")]
pub struct Violation {
    /// Its number in `ARCHITECTURE.md`: E2, E3, E4 or H2.
    pub id: &'static str,
    /// The node, or the release.
    pub subject: String,
    /// What is not so.
    pub what: &'static str,
}

/// Checks one node: cheap enough for every step.
///
/// # Errors
/// The first [`Violation`].
pub fn check_node(state: &State, id: &NodeId) -> Result<(), Violation> {
    let Some(position) = state.graph.position(id) else {
        return Ok(());
    };
    let spec = state.graph.spec(position);
    let node = &state.nodes[position];
    let rules: [(&'static str, &'static str, bool); 6] = [
        (
            "E2",
            "it began before everything it needs was there",
            node.state == BuildState::Waiting
                || node.state == BuildState::Skipped
                || all_needs_satisfied(state, position),
        ),
        (
            "E3",
            "its attempts are not numbered from 1",
            attempts_are_numbered(node),
        ),
        (
            "E3",
            "an attempt other than the newest is open",
            earlier_attempts_ended(node),
        ),
        (
            "E3",
            "open attempt and state disagree",
            node.state.is_in_flight() == has_open_attempt(node),
        ),
        (
            "E4",
            "output and state disagree",
            node.state.satisfies() == node.output.is_some(),
        ),
        (
            "E3",
            "more failures than attempts are allowed",
            within_attempts(state, node),
        ),
    ];
    violated(spec, &rules)
}

/// Checks the whole release.
///
/// # Errors
/// The first [`Violation`].
pub fn check_all(state: &State) -> Result<(), Violation> {
    for spec in state.graph.specs() {
        check_node(state, &spec.id)?;
    }
    let unsettled = state.nodes.iter().filter(|node| !node.state.is_settled()).count();
    let blocking = state
        .nodes()
        .filter(|(spec, node)| {
            !spec.optional && matches!(node.state, BuildState::Failed | BuildState::Skipped)
        })
        .count();
    let header = &state.header;
    let late = matches!(
        header.phase.behind(),
        Phase::Collecting | Phase::Verifying | Phase::AwaitingSignatures | Phase::Drafted
    ) || header.phase == Phase::Published;
    let rules = [
        (
            "H2",
            "the count of unsettled nodes is wrong",
            header.unsettled == unsettled,
        ),
        (
            "H2",
            "the count of blocking nodes is wrong",
            header.blocking == blocking,
        ),
        (
            "E4",
            "it went past building with nodes open or blocking",
            !late || (unsettled == 0 && blocking == 0),
        ),
        (
            "E4",
            "it is published unverified",
            header.phase != Phase::Published || (header.verified && header.drafted),
        ),
        (
            "E4",
            "a rehearsal is published",
            header.phase != Phase::Published || !state.spec().is_some_and(|spec| spec.policy.rehearsal),
        ),
    ];
    match rules.iter().find(|(_, _, holds)| !holds) {
        Some((id, what, _)) => Err(Violation {
            id,
            subject: "the release".to_owned(),
            what,
        }),
        None => Ok(()),
    }
}

fn violated(spec: &NodeSpec, rules: &[(&'static str, &'static str, bool)]) -> Result<(), Violation> {
    match rules.iter().find(|(_, _, holds)| !holds) {
        Some((id, what, _)) => Err(Violation {
            id,
            subject: spec.id.to_string(),
            what,
        }),
        None => Ok(()),
    }
}

fn all_needs_satisfied(state: &State, position: usize) -> bool {
    state
        .graph
        .needs(position)
        .iter()
        .all(|&need| state.nodes[need].state.satisfies())
}

fn attempts_are_numbered(node: &Node) -> bool {
    node.attempts
        .iter()
        .zip(1..)
        .all(|(attempt, number)| attempt.number == number)
}

fn earlier_attempts_ended(node: &Node) -> bool {
    node.attempts
        .iter()
        .rev()
        .skip(1)
        .all(|attempt| attempt.outcome.is_some())
}

fn has_open_attempt(node: &Node) -> bool {
    node.attempt().is_some_and(|attempt| attempt.outcome.is_none())
}

fn within_attempts(state: &State, node: &Node) -> bool {
    let limit = state.spec().map_or(u32::MAX, |spec| spec.policy.attempts_max);
    let failed = |attempt: &crate::Attempt| matches!(attempt.outcome, Some(AttemptOutcome::Failed { .. }));
    node.failures <= limit
        && node.failures as usize <= node.attempts.iter().filter(|attempt| failed(attempt)).count()
}

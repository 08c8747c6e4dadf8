//! The only mutation: one fact applied to one release. The same code live, inside a decision, and in replay.

use crate::node::{Attempt, AttemptOutcome, BuildOutput, BuildState, Node, RetryPending};
use crate::{
    Corrupt, Fact, FailureKind, FormerStep, Graph, Header, Phase, ReleaseSpec, SeenRun, Stage, StallReason,
    State, legal,
};
use domain_types::{CommandId, NodeId, Sha256Digest, Timestamp, seeded_bug};
use std::sync::Arc;

/// Applies one fact.
///
/// # Errors
/// [`Corrupt`] if the fact cannot follow: a journal that was not written by [`crate::decide()`].
pub fn apply(state: &mut State, fact: &Fact) -> Result<(), Corrupt> {
    let State {
        spec,
        graph,
        header,
        nodes,
        ..
    } = state;
    apply_to_parts(spec, graph, header, nodes, fact)
}

pub(crate) trait NodeTable {
    fn node_mut(&mut self, position: usize) -> &mut Node;
    fn replace_all(&mut self, nodes: Vec<Node>);
}

impl NodeTable for Vec<Node> {
    fn node_mut(&mut self, position: usize) -> &mut Node {
        &mut self[position]
    }

    fn replace_all(&mut self, nodes: Vec<Node>) {
        *self = nodes;
    }
}

pub(crate) fn apply_to_parts(
    spec: &mut Option<Arc<ReleaseSpec>>,
    graph: &mut Arc<Graph>,
    header: &mut Header,
    nodes: &mut impl NodeTable,
    fact: &Fact,
) -> Result<(), Corrupt> {
    if let Fact::Planned { spec: planned, at } = fact {
        if spec.is_some() {
            return Err(Corrupt::new("planned twice"));
        }
        let made = Graph::of(planned).map_err(|refused| Corrupt::new(refused.to_string()))?;
        nodes.replace_all(
            (0..made.len())
                .map(|position| Node::new(made.needs(position).len()))
                .collect(),
        );
        header.unsettled = made.len();
        header.budget_left = planned.policy.retry_budget;
        header.phase = Phase::Planned;
        header.started = Some(*at);
        *graph = Arc::new(made);
        *spec = Some(Arc::new((**planned).clone()));
        return Ok(());
    }
    if let Some(node) = fact.node() {
        let position = graph
            .position(node)
            .ok_or_else(|| Corrupt::new(format!("{node} is not in the plan")))?;
        check_follows(nodes.node_mut(position), node, fact)?;
        return apply_to_node(graph, header, nodes, (position, fact));
    }
    let planned = spec
        .as_ref()
        .ok_or_else(|| Corrupt::new("a fact before the plan"))?;
    if !legal::follows_on_header(header, fact, planned.former_way.len()) {
        return Err(Corrupt::new(format!(
            "{} cannot follow while the release is {}",
            fact.label(),
            header.phase
        )));
    }
    apply_to_header(header, planned.policy.retry_budget, fact);
    Ok(())
}

fn apply_to_header(header: &mut Header, retry_budget: u32, fact: &Fact) {
    match fact {
        Fact::PhaseChanged { to, at } => {
            header.ended = to.is_ended().then_some(*at);
            if to.is_ended() {
                header.awaited = None;
            }
            header.may_be_public |= is_seen_public(to);
            header.phase = to.clone();
        }
        Fact::StageRequested { stage, command } => {
            header.awaited = Some((*stage, command.clone()));
            header.may_be_public |= *stage == Stage::Publish;
        }
        Fact::StageDone { stage, manifest } => stage_done(header, *stage, *manifest),
        Fact::StageFailed { .. } => header.awaited = None,
        Fact::BudgetRenewed => header.budget_left = retry_budget,
        Fact::CollectionDiscarded => {
            header.manifest = None;
            header.verified = false;
            header.drafted = false;
            if !seeded_bug("signatures-outlive-the-collection") {
                header.signatures.clear();
            }
        }
        Fact::Approved { actor } => {
            header.approvals.insert(actor.clone());
        }
        Fact::Signed { actor } => {
            header.signatures.insert(actor.clone());
        }
        Fact::FormerStepEnded {
            succeeded, detail, ..
        } => header.former_steps.push(FormerStep {
            succeeded: *succeeded,
            detail: detail.clone(),
        }),
        Fact::Planned { .. }
        | Fact::AttemptRequested { .. }
        | Fact::AttemptQueued { .. }
        | Fact::AttemptStarted { .. }
        | Fact::Built { .. }
        | Fact::Reused { .. }
        | Fact::AttemptEnded { .. }
        | Fact::RetryScheduled { .. }
        | Fact::RetryReleased { .. }
        | Fact::NodeFailed { .. }
        | Fact::NodeSkipped { .. }
        | Fact::NodeReset { .. } => {}
    }
}

/// Whether a stage failed over what it saw to be public.
fn is_seen_public(phase: &Phase) -> bool {
    let stalled = if let Phase::Paused { from } = phase {
        from
    } else {
        phase
    };
    let Phase::Stalled { reason, .. } = stalled else {
        return false;
    };
    matches!(reason, StallReason::Stage { failure } if failure.kind == FailureKind::Public)
}

fn stage_done(header: &mut Header, stage: Stage, manifest: Option<Sha256Digest>) {
    header.awaited = None;
    match stage {
        Stage::Sources => header.sources_ready = true,
        Stage::Collect => header.manifest = manifest,
        Stage::Verify => header.verified = true,
        Stage::Draft => header.drafted = true,
        Stage::Publish => {}
    }
}

fn check_follows(node: &Node, id: &NodeId, fact: &Fact) -> Result<(), Corrupt> {
    if legal::follows_on_node(node, fact) {
        return Ok(());
    }
    Err(Corrupt::new(format!(
        "{} cannot follow while {id} is {}",
        fact.label(),
        node.state
    )))
}

fn apply_to_node(
    graph: &Graph,
    header: &mut Header,
    nodes: &mut impl NodeTable,
    (position, fact): (usize, &Fact),
) -> Result<(), Corrupt> {
    match fact {
        Fact::AttemptRequested {
            attempt, command, at, ..
        } => {
            requested(nodes.node_mut(position), *attempt, command, *at);
        }
        Fact::AttemptQueued { run, .. } => {
            queued(nodes.node_mut(position), graph, (position, run))?;
        }
        Fact::AttemptStarted { at, .. } => {
            let node = nodes.node_mut(position);
            node.state = BuildState::Running;
            current(node, graph, position)?.started = Some(*at);
        }
        Fact::Built { output, at, .. } => {
            satisfied(
                graph,
                header,
                nodes,
                (position, output, AttemptOutcome::Succeeded, *at),
            )?;
        }
        Fact::Reused { output, from, at, .. } => {
            let outcome = AttemptOutcome::Reused { from: from.clone() };
            satisfied(graph, header, nodes, (position, output, outcome, *at))?;
        }
        Fact::AttemptEnded { outcome, at, .. } => {
            let node = nodes.node_mut(position);
            ended(node, graph, position, (outcome, *at))?;
        }
        Fact::RetryScheduled { due, .. } => {
            nodes.node_mut(position).retry = Some(RetryPending { due: *due });
            if !seeded_bug("budget-not-spent") {
                header.budget_left = header.budget_left.saturating_sub(1);
            }
        }
        Fact::RetryReleased { .. } => nodes.node_mut(position).retry = None,
        Fact::NodeFailed { .. } => {
            settle_badly(graph, header, nodes, (position, BuildState::Failed, None));
        }
        Fact::NodeSkipped { because, .. } => {
            settle_badly(
                graph,
                header,
                nodes,
                (position, BuildState::Skipped, Some(because.clone())),
            );
        }
        Fact::NodeReset { .. } => reset(graph, header, nodes.node_mut(position), position),
        Fact::Planned { .. }
        | Fact::PhaseChanged { .. }
        | Fact::StageRequested { .. }
        | Fact::StageDone { .. }
        | Fact::StageFailed { .. }
        | Fact::BudgetRenewed
        | Fact::CollectionDiscarded
        | Fact::Approved { .. }
        | Fact::Signed { .. }
        | Fact::FormerStepEnded { .. } => {}
    }
    Ok(())
}

fn queued(node: &mut Node, graph: &Graph, (position, run): (usize, &Option<SeenRun>)) -> Result<(), Corrupt> {
    node.state = BuildState::Queued;
    let attempt = current(node, graph, position)?;
    attempt.run = run.clone().or(attempt.run.take());
    Ok(())
}

fn requested(node: &mut Node, number: u32, command: &CommandId, at: Timestamp) {
    node.state = BuildState::Requested;
    node.attempts.push(Attempt {
        number,
        command: command.clone(),
        requested: at,
        started: None,
        ended: None,
        outcome: None,
        run: None,
    });
}

fn current<'a>(node: &'a mut Node, graph: &Graph, position: usize) -> Result<&'a mut Attempt, Corrupt> {
    node.attempts
        .last_mut()
        .ok_or_else(|| Corrupt::new(format!("{} has no attempt", graph.spec(position).id)))
}

fn ended(
    node: &mut Node,
    graph: &Graph,
    position: usize,
    (outcome, at): (&AttemptOutcome, Timestamp),
) -> Result<(), Corrupt> {
    let attempt = current(node, graph, position)?;
    attempt.ended = Some(at);
    attempt.outcome = Some(outcome.clone());
    node.state = BuildState::Waiting;
    if let AttemptOutcome::Failed { failure } = outcome {
        node.failures += 1;
        if seeded_bug("failure-counted-twice") {
            node.failures += 1;
        }
        if failure.kind.class() == crate::FailureClass::Unknown {
            node.unknown_failures += 1;
        }
    }
    Ok(())
}

fn satisfied(
    graph: &Graph,
    header: &mut Header,
    nodes: &mut impl NodeTable,
    (position, output, outcome, at): (usize, &BuildOutput, AttemptOutcome, Timestamp),
) -> Result<(), Corrupt> {
    let node = nodes.node_mut(position);
    let reused = matches!(outcome, AttemptOutcome::Reused { .. });
    node.state = if reused {
        BuildState::Reused
    } else {
        BuildState::Succeeded
    };
    node.output = Some(output.clone());
    let attempt = current(node, graph, position)?;
    attempt.ended = Some(at);
    attempt.outcome = Some(outcome);
    header.unsettled = header.unsettled.saturating_sub(1);
    for &dependent in graph.needed_by(position) {
        let waiting = &mut nodes.node_mut(dependent).waiting_for;
        *waiting = waiting
            .checked_sub(1)
            .ok_or_else(|| Corrupt::new(format!("{} was satisfied twice", graph.spec(position).id)))?;
    }
    Ok(())
}

fn settle_badly(
    graph: &Graph,
    header: &mut Header,
    nodes: &mut impl NodeTable,
    (position, state, because): (usize, BuildState, Option<NodeId>),
) {
    let node = nodes.node_mut(position);
    node.state = state;
    node.skipped_because = because;
    header.unsettled = header.unsettled.saturating_sub(1);
    if seeded_bug("skipped-does-not-block") && state == BuildState::Skipped {
        return;
    }
    if !graph.spec(position).optional {
        header.blocking += 1;
    }
}

fn reset(graph: &Graph, header: &mut Header, node: &mut Node, position: usize) {
    node.state = BuildState::Waiting;
    node.failures = 0;
    node.unknown_failures = 0;
    node.retry = None;
    node.skipped_because = None;
    header.unsettled += 1;
    if !graph.spec(position).optional {
        header.blocking = header.blocking.saturating_sub(1);
    }
}

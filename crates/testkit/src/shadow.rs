//! One release as the oracle knows it: led by the committed facts alone, and held against every step.

use crate::oracle::{Violation, decoded, require};
use domain_types::{CommandId, NodeId};
use orchestrator::{
    Attempt, AttemptOutcome, BuildState, Command, Event, Fact, FailureClass, Node, Phase, Stage, StallReason,
    State,
};
use std::collections::{BTreeMap, BTreeSet};
use storage::{NewIntent, Step};

/// One release as the committed facts have it.
#[derive(Debug)]
pub(crate) struct Shadow {
    pub(crate) state: State,
    pub(crate) timers: BTreeSet<String>,
    pub(crate) slots: BTreeSet<CommandId>,
    pub(crate) commands: BTreeMap<CommandId, Command>,
    /// Commands that may be having their effect now.
    pub(crate) sending: BTreeSet<CommandId>,
    pub(crate) abandoned: BTreeSet<CommandId>,
    pub(crate) retries: u32,
    /// Failed attempts of a node before it was last begun anew.
    pub(crate) failed_before: BTreeMap<NodeId, usize>,
    pub(crate) was_stalled: bool,
    pub(crate) was_published: bool,
    /// The order to publish it was given once.
    pub(crate) may_be_public: bool,
    /// What was ordered to be published.
    pub(crate) asked: BTreeSet<domain_types::Sha256Digest>,
    /// Nodes with a build that ran into a limit in time.
    pub(crate) timed_out: BTreeSet<NodeId>,
    /// What was collected failed verification, and was not collected anew.
    is_broken: bool,
}

impl Shadow {
    pub(crate) fn new() -> Self {
        Self {
            state: State::unplanned(),
            timers: BTreeSet::new(),
            slots: BTreeSet::new(),
            commands: BTreeMap::new(),
            sending: BTreeSet::new(),
            abandoned: BTreeSet::new(),
            retries: 0,
            failed_before: BTreeMap::new(),
            was_stalled: false,
            was_published: false,
            may_be_public: false,
            asked: BTreeSet::new(),
            timed_out: BTreeSet::new(),
            is_broken: false,
        }
    }

    /// What may be accepted at all, by the state before it.
    pub(crate) fn check_event(&self, event: &Event) -> Result<(), Violation> {
        let (header, plan) = (
            self.state.header(),
            self.state.spec().map(|spec| spec.plan_digest),
        );
        let gives_up = matches!(
            event,
            Event::Cancel { .. } | Event::Supersede { .. } | Event::FallBack { .. }
        );
        let publishing = *header.phase.behind() == Phase::Drafted && header.awaited.is_some();
        require("E6", !(gives_up && publishing), || {
            format!("{} is accepted while publishing is under way", event.label())
        })?;
        let second_way = matches!(event, Event::FallBack { .. }) && self.may_be_public;
        require("E6", !second_way, || {
            "another way is begun of a release that may be public".to_owned()
        })?;
        if let Event::Approve { actor, plan_digest } = event {
            let fits = plan == Some(*plan_digest) && !header.approvals.contains(actor);
            require("E4", fits, || {
                format!("an approval by {actor} counts that should not")
            })?;
        }
        if let Event::Sign { actor, manifest } = event {
            let fits = header.manifest == Some(*manifest) && !header.signatures.contains(actor);
            require("E4", fits, || {
                format!("a signature by {actor} counts that should not")
            })?;
        }
        Ok(())
    }

    /// What follows from an event, by the state after it.
    pub(crate) fn check_facts(&self, event: &Event, facts: &[Fact]) -> Result<(), Violation> {
        let header = self.state.header();
        for fact in facts {
            if let Fact::StageDone {
                stage: stage @ (Stage::Verify | Stage::Draft | Stage::Publish),
                manifest,
            } = fact
            {
                require("E4", *manifest == header.manifest, || {
                    format!("{stage} is done for another manifest")
                })?;
            }
        }
        let budget = self.state.spec().map_or(0, |spec| spec.policy.retry_budget);
        let renewed = !matches!(event, Event::Retry { .. }) || header.budget_left == budget;
        require("E10", renewed, || {
            "a retry that was asked for has no fresh budget".to_owned()
        })?;
        let interrupted = matches!(event, Event::BuildInterrupted { .. });
        let costs = facts
            .iter()
            .any(|fact| matches!(fact, Fact::RetryScheduled { .. } | Fact::NodeFailed { .. }));
        require("E10", !(interrupted && costs), || {
            "an interruption costs an attempt".to_owned()
        })
    }

    /// Attempts, retries and budget, counted anew from the facts.
    pub(crate) fn check_limits(&mut self, facts: &[Fact]) -> Result<(), Violation> {
        for fact in facts {
            match fact {
                Fact::BudgetRenewed => self.retries = 0,
                Fact::RetryScheduled { node, .. } => {
                    self.retries += 1;
                    let failure = self.state.node(node).and_then(|node| node.failure());
                    let permanent =
                        failure.is_some_and(|failure| failure.kind.class() == FailureClass::Permanent);
                    require("E10", !permanent, || {
                        format!("{node} is tried again after a permanent failure")
                    })?;
                }
                Fact::NodeReset { node } => {
                    let failed = self.state.node(node).map_or(0, failed_attempts);
                    self.failed_before.insert(node.clone(), failed);
                }
                Fact::Planned { .. }
                | Fact::PhaseChanged { .. }
                | Fact::StageRequested { .. }
                | Fact::StageDone { .. }
                | Fact::StageFailed { .. }
                | Fact::AttemptRequested { .. }
                | Fact::AttemptQueued { .. }
                | Fact::AttemptStarted { .. }
                | Fact::Built { .. }
                | Fact::Reused { .. }
                | Fact::AttemptEnded { .. }
                | Fact::RetryReleased { .. }
                | Fact::NodeFailed { .. }
                | Fact::NodeSkipped { .. }
                | Fact::CollectionDiscarded
                | Fact::Approved { .. }
                | Fact::Signed { .. }
                | Fact::FormerStepEnded { .. } => {}
            }
        }
        let policy = self
            .state
            .spec()
            .map(|spec| spec.policy)
            .ok_or_else(|| Violation::of("E1", "a release without a plan".to_owned()))?;
        require("E3", self.retries <= policy.retry_budget, || {
            format!(
                "{} automatic retries upon a budget of {}",
                self.retries, policy.retry_budget
            )
        })?;
        require(
            "E3",
            self.state.header().budget_left == policy.retry_budget - self.retries,
            || "the budget that is left is not what was spent".to_owned(),
        )?;
        self.check_attempts(policy.attempts_max as usize)
    }

    fn check_attempts(&self, attempts_max: usize) -> Result<(), Violation> {
        for (spec, node) in self.state.nodes() {
            let before = self.failed_before.get(&spec.id).copied().unwrap_or(0);
            let failed = failed_attempts(node) - before;
            require(
                "E3",
                failed <= attempts_max && node.failures as usize == failed,
                || {
                    format!(
                        "{} failed {failed} times, {} counted, {attempts_max} allowed",
                        spec.id, node.failures
                    )
                },
            )?;
        }
        Ok(())
    }

    /// Whoever signed, signed what is collected now.
    pub(crate) fn check_signatures(&self) -> Result<(), Violation> {
        let header = self.state.header();
        let signed = !header.signatures.is_empty();
        require("E4", !signed || header.manifest.is_some(), || {
            format!(
                "the signatures of {:?} outlive what they were given for",
                header.signatures
            )
        })
    }

    /// Whether what is collected can be gone on with.
    pub(crate) fn note_collection(&mut self, facts: &[Fact]) {
        let collected = Fact::StageDone {
            stage: Stage::Collect,
            manifest: self.state.header().manifest,
        };
        let failed = facts.iter().any(|fact| matches!(fact, Fact::StageFailed { .. }));
        let phase = self.state.phase();
        let stalled = if let Phase::Paused { from } = phase {
            from
        } else {
            phase
        };
        if facts.contains(&collected) {
            self.is_broken = false;
        } else if let (true, Phase::Stalled { from, reason }) = (failed, stalled) {
            let unverified = matches!(reason, StallReason::Stage { failure } if failure.kind.is_refusal());
            self.is_broken |= unverified && **from == Phase::Collecting;
        }
    }

    pub(crate) fn take_commands(&mut self, step: &Step) -> Result<(), Violation> {
        for NewIntent { id, body, pool, .. } in &step.intents {
            if pool.is_some() {
                self.slots.insert(id.clone());
            }
            let command = decoded(body)?;
            if let Command::RunStage {
                stage: stage @ (Stage::Verify | Stage::Draft | Stage::Publish),
            } = &command
            {
                require("E9", !self.is_broken, || {
                    format!("{stage} is begun on what failed verification and was not collected anew")
                })?;
            }
            let known = self.commands.insert(id.clone(), command);
            require("F1", known.is_none(), || format!("{id} is ordered twice"))?;
        }
        for id in &step.abandoned {
            if !self.sending.contains(id) {
                self.abandoned.insert(id.clone());
            }
        }
        for id in &step.slots_freed {
            require("E2", self.slots.remove(id), || {
                format!("{id} frees a runner that it does not hold")
            })?;
        }
        Ok(())
    }

    pub(crate) fn check_begun(&self, step: &Step, was_paused: bool) -> Result<(), Violation> {
        for intent in &step.intents {
            let phase = self.state.phase();
            match self.commands.get(&intent.id) {
                Some(Command::StartBuild { .. }) => {
                    require("E1", *phase == Phase::Building, || {
                        format!("a build is begun while {phase}")
                    })?;
                }
                Some(Command::RunStage { stage }) => {
                    let header = self.state.header();
                    let ready = match stage {
                        Stage::Publish => header.verified && header.drafted,
                        Stage::Draft => header.verified,
                        Stage::Sources | Stage::Collect | Stage::Verify => true,
                    };
                    require("E4", ready, || {
                        format!("{stage} is begun before what it rests on")
                    })?;
                    let idle =
                        phase.is_paused() || phase.is_ended() || matches!(phase, Phase::Stalled { .. });
                    require("E5", !idle, || {
                        format!("{stage} is begun while {phase} (paused before: {was_paused})")
                    })?;
                }
                Some(Command::DiscardDraft) => {
                    let is_unseen = *phase == Phase::Withdrawn && !self.was_published;
                    require("E6", phase.is_given_up() || is_unseen, || {
                        format!("a draft is discarded while {phase}")
                    })?;
                }
                Some(Command::BeginFormerStep { .. }) => {
                    require("E6", *phase == Phase::FellBack, || {
                        format!("the former way is begun while {phase}")
                    })?;
                }
                Some(Command::FollowUp { .. }) => {
                    require("E6", *phase == Phase::Published, || {
                        format!("a follow-up is sent while {phase}")
                    })?;
                }
                Some(Command::StopBuild { .. }) | None => {}
            }
        }
        Ok(())
    }

    /// Timers and runners mirror the nodes.
    pub(crate) fn mirror(&mut self, step: &Step) -> Result<(), Violation> {
        for key in &step.timers_cleared {
            self.timers.remove(key);
        }
        self.timers
            .extend(step.timers_set.iter().map(|timer| timer.key.clone()));
        let mut expected = BTreeSet::new();
        let mut open = BTreeSet::new();
        for (spec, node) in self.state.nodes() {
            let end = format!("{}/{}", spec.id, node.attempt_number());
            match node.state {
                BuildState::Queued => _ = expected.insert(format!("queued/{end}")),
                BuildState::Running => _ = expected.insert(format!("running/{end}")),
                BuildState::Waiting
                | BuildState::Requested
                | BuildState::Succeeded
                | BuildState::Failed
                | BuildState::Skipped
                | BuildState::Reused => {}
            }
            if node.retry.is_some() {
                expected.insert(format!("retry/{end}"));
            }
            if node.state.is_in_flight() {
                open.extend(node.attempt().map(|attempt| attempt.command.clone()));
            }
        }
        // A timer that fired is gone with the row that it became; what is left must be expected, and nothing may lack.
        self.timers
            .retain(|key| expected.contains(key) || !step.event_kind.ends_with("timeout"));
        require("E9", self.timers == expected, || {
            format!("timers {:?} where {expected:?} are needed", self.timers)
        })?;
        require("E2", self.slots == open, || {
            format!("runners held by {:?}, open attempts {open:?}", self.slots)
        })
    }
}

/// Attempts that failed.
fn failed_attempts(node: &Node) -> usize {
    let failed = |attempt: &&Attempt| match &attempt.outcome {
        Some(AttemptOutcome::Failed { .. }) => true,
        Some(
            AttemptOutcome::Succeeded
            | AttemptOutcome::Reused { .. }
            | AttemptOutcome::Interrupted
            | AttemptOutcome::Cancelled,
        )
        | None => false,
    };
    node.attempts.iter().filter(failed).count()
}

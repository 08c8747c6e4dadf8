//! What must hold after everything that happens. The oracle keeps its own copy of each release, led by the committed facts,
//! and holds the steps, the sent commands and the effects against it.

use crate::builds::Builds;
use crate::plan::{Planned, manifest_of};
use domain_types::{BuildId, CommandId, NodeId, ReleaseId, Sha256Digest};
use orchestrator::{
    Attempt, AttemptOutcome, BuildState, Command, Event, Fact, FailureClass, Node, Phase, Stage, State,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use storage::{NewIntent, Step};

/// An invariant that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its number: that of the architecture, or of the list that the architecture's follow from.
    pub invariant: &'static str,
    /// What was seen.
    pub what: String,
}

impl Violation {
    pub(crate) fn of(invariant: &'static str, what: String) -> Self {
        Self { invariant, what }
    }
}

/// One release as the committed facts have it.
#[derive(Debug)]
pub(crate) struct Shadow {
    pub(crate) state: State,
    timers: BTreeSet<String>,
    slots: BTreeSet<CommandId>,
    commands: BTreeMap<CommandId, Command>,
    /// Commands that may be having their effect now.
    sending: BTreeSet<CommandId>,
    abandoned: BTreeSet<CommandId>,
    retries: u32,
    /// Failed attempts of a node before it was last begun anew.
    failed_before: BTreeMap<NodeId, usize>,
    pub(crate) was_stalled: bool,
}

/// The copies, and what was stored.
#[derive(Debug)]
pub(crate) struct Oracle {
    pub(crate) shadows: BTreeMap<ReleaseId, Shadow>,
    plans: BTreeMap<ReleaseId, Planned>,
    /// Inbox rows by key.
    pub(crate) stored: BTreeMap<String, storage::InboxId>,
}

#[derive(Deserialize)]
struct Versioned<T> {
    body: T,
}

pub(crate) fn decoded<T: DeserializeOwned>(text: &str) -> Result<T, Violation> {
    serde_json::from_str::<Versioned<T>>(text)
        .map(|versioned| versioned.body)
        .map_err(|error| Violation::of("H2", format!("a stored body does not read back: {error}")))
}

fn require(invariant: &'static str, holds: bool, what: impl FnOnce() -> String) -> Result<(), Violation> {
    match holds {
        true => Ok(()),
        false => Err(Violation::of(invariant, what())),
    }
}

impl Oracle {
    pub(crate) fn new(plans: &[Planned]) -> Self {
        let plans = plans
            .iter()
            .map(|plan| (plan.spec.id.clone(), plan.clone()))
            .collect();
        Self {
            shadows: BTreeMap::new(),
            plans,
            stored: BTreeMap::new(),
        }
    }

    pub(crate) fn state(&self, release: &ReleaseId) -> Option<&State> {
        self.shadows.get(release).map(|shadow| &shadow.state)
    }

    /// A step was committed.
    pub(crate) fn committed(&mut self, step: &Step) -> Result<(), Violation> {
        let shadow = self
            .shadows
            .entry(step.release.clone())
            .or_insert_with(Shadow::new);
        let facts: Vec<Fact> = decoded(&step.facts)?;
        let event: Event = decoded(&step.event)?;
        let before = (shadow.state.phase().clone(), shadow.state.revision());
        require("H2", step.revision == before.1 + 1, || {
            format!("revision {} follows {}", step.revision, before.1)
        })?;
        require(
            "E3",
            !before.0.is_ended() || matches!(event, Event::Withdraw { .. }),
            || format!("{} moved a release that had ended", event.label()),
        )?;
        let was_paused = before.0.is_paused();
        shadow
            .state
            .advance(&facts)
            .map_err(|corrupt| Violation::of("E1", corrupt.to_string()))?;
        orchestrator::check_all(&shadow.state)
            .map_err(|violation| Violation::of(violation.id, violation.to_string()))?;
        shadow.was_stalled |= matches!(shadow.state.phase(), Phase::Stalled { .. });
        shadow.check_limits(&facts)?;
        shadow.take_commands(step)?;
        shadow.check_begun(step, was_paused)?;
        shadow.mirror(step)
    }

    /// An intent was marked as being sent.
    pub(crate) fn sent(&mut self, command: &CommandId) -> Result<(), Violation> {
        let Some(shadow) = self.shadow_of(command) else {
            return Err(Violation::of(
                "F1",
                format!("{command} is sent and was never stored"),
            ));
        };
        let Some(order) = shadow.commands.get(command) else {
            return Err(Violation::of(
                "F1",
                format!("{command} is sent and was never stored"),
            ));
        };
        let begins = matches!(order, Command::StartBuild { .. } | Command::RunStage { .. });
        let phase = shadow.state.phase();
        require("E5", !begins || !phase.is_paused(), || {
            format!("{command} is begun in a pause")
        })?;
        require("E6", !begins || !phase.is_ended(), || {
            format!("{command} is begun after the end ({phase})")
        })?;
        require("F1", !shadow.abandoned.contains(command), || {
            format!("{command} was abandoned and is sent")
        })?;
        require("F1", shadow.sending.insert(command.clone()), || {
            format!("{command} is sent again, and nobody looked whether it had taken effect")
        })
    }

    /// An intent was settled, or put back.
    pub(crate) fn settled(&mut self, command: &CommandId) {
        if let Some(shadow) = self.shadow_of(command) {
            shadow.sending.remove(command);
        }
    }

    fn shadow_of(&mut self, command: &CommandId) -> Option<&mut Shadow> {
        let (rest, _) = command.as_str().rsplit_once('/')?;
        let (release, _) = rest.rsplit_once('/')?;
        self.shadows.get_mut(&release.parse().ok()?)
    }

    /// A build takes effect only for a command that is being sent.
    pub(crate) fn check_asked(&self, build: &BuildId) -> Result<(), Violation> {
        let asked = self.shadows.get(&build.release).is_some_and(|shadow| {
            shadow.sending.iter().any(|id| {
                matches!(shadow.commands.get(id), Some(Command::StartBuild { build: asked, .. }) if asked == build)
            })
        });
        require("F1", asked, || {
            format!("{build} takes effect without a command that is being sent")
        })
    }

    /// Builds that run and are still awaited are no more than there are runners.
    pub(crate) fn over_capacity(&self, builds: &Builds, runners: u32) -> Result<(), Violation> {
        let awaited = |build: &&BuildId| {
            self.state(&build.release)
                .and_then(|state| state.node(&build.node))
                .is_some_and(|node| node.attempt_number() == build.attempt && node.state.is_in_flight())
        };
        let running = builds.alive_ids().filter(awaited).count();
        require("E2", running <= runners as usize, || {
            format!("{running} builds run on {runners} runners")
        })
    }

    /// A release becomes visible.
    pub(crate) fn check_publish(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Violation> {
        let (Some(shadow), Some(plan)) = (self.shadows.get(release), self.plans.get(release)) else {
            return Err(Violation::of(
                "E4",
                format!("{release} is published and does not exist"),
            ));
        };
        let (state, policy) = (&shadow.state, plan.spec.policy);
        let header = state.header();
        let asked = shadow.sending.iter().any(|id| {
            matches!(
                shadow.commands.get(id),
                Some(Command::RunStage {
                    stage: Stage::Publish
                })
            )
        });
        require("F1", asked, || {
            "published without a command that is being sent".to_owned()
        })?;
        let drafted = *header.phase.behind() == Phase::Drafted && header.verified && header.drafted;
        require("E4", drafted, || format!("published while {}", header.phase))?;
        require("E4", header.manifest == Some(manifest), || {
            "another manifest is published".to_owned()
        })?;
        let enough = header.approvals.len() >= policy.approvals_required as usize
            && header.signatures.len() >= policy.signatures_required as usize;
        require("E4", enough, || {
            "published without enough approvals or signatures".to_owned()
        })?;
        let built = state
            .nodes()
            .filter(|(_, node)| node.state.satisfies())
            .map(|(spec, _)| (&spec.id, &plan.outputs[&spec.id]));
        require("G1", manifest_of(&plan.spec, built) == manifest, || {
            "the manifest is not what was built".to_owned()
        })?;
        let all = state
            .nodes()
            .all(|(spec, node)| spec.optional || node.state.satisfies());
        require("E4", all, || {
            "published without everything that is required".to_owned()
        })
    }

    /// Outputs that the release holds, and what they should be.
    pub(crate) fn check_outputs(&self, release: &ReleaseId) -> Result<(), Violation> {
        let (Some(state), Some(plan)) = (self.state(release), self.plans.get(release)) else {
            return Ok(());
        };
        for (spec, node) in state.nodes() {
            let fits = node
                .output
                .as_ref()
                .is_none_or(|output| *output == plan.outputs[&spec.id]);
            require("G1", fits, || {
                format!("the output of {} is of something else", spec.id)
            })?;
        }
        Ok(())
    }
}

impl Shadow {
    fn new() -> Self {
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
        }
    }

    /// Attempts, retries and budget, counted anew from the facts.
    fn check_limits(&mut self, facts: &[Fact]) -> Result<(), Violation> {
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
                | Fact::Signed { .. } => {}
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

    fn take_commands(&mut self, step: &Step) -> Result<(), Violation> {
        for NewIntent { id, body, pool, .. } in &step.intents {
            if pool.is_some() {
                self.slots.insert(id.clone());
            }
            let known = self.commands.insert(id.clone(), decoded(body)?);
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

    fn check_begun(&self, step: &Step, was_paused: bool) -> Result<(), Violation> {
        for intent in &step.intents {
            let phase = self.state.phase();
            match self.commands.get(&intent.id) {
                Some(Command::StartBuild { .. }) => {
                    require("E1", *phase == Phase::Building, || {
                        format!("a build is begun while {phase}")
                    })?;
                }
                Some(Command::RunStage { stage }) => {
                    let idle =
                        phase.is_paused() || phase.is_ended() || matches!(phase, Phase::Stalled { .. });
                    require("E5", !idle, || {
                        format!("{stage} is begun while {phase} (paused before: {was_paused})")
                    })?;
                }
                Some(Command::DiscardDraft) => {
                    require("E6", phase.is_given_up(), || {
                        format!("a draft is discarded while {phase}")
                    })?;
                }
                Some(Command::StopBuild { .. }) | None => {}
            }
        }
        Ok(())
    }

    /// Timers and runners mirror the nodes.
    fn mirror(&mut self, step: &Step) -> Result<(), Violation> {
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

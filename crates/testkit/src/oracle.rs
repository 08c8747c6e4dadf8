//! What must hold after everything that happens. The oracle keeps its own copy of each release, led by the committed facts,
//! and holds the steps, the sent commands and the effects against it.

use crate::builds::Builds;
use crate::plan::{Planned, manifest_of};
use crate::rights::Rights;
use crate::shadow::Shadow;
use crate::waiting::Waiting;
use domain_types::{BuildId, CommandId, ReleaseId, Sha256Digest};
use orchestrator::{Command, Event, Fact, Phase, Stage, State};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use storage::Step;

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

/// The copies, and what was stored.
#[derive(Debug)]
pub(crate) struct Oracle {
    pub(crate) shadows: BTreeMap<ReleaseId, Shadow>,
    plans: BTreeMap<ReleaseId, Planned>,
    /// Inbox rows by key.
    pub(crate) stored: BTreeMap<String, storage::InboxId>,
    pub(crate) rights: Rights,
    pub(crate) waiting: Waiting,
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

pub(crate) fn require(
    invariant: &'static str,
    holds: bool,
    what: impl FnOnce() -> String,
) -> Result<(), Violation> {
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
            rights: Rights::default(),
            waiting: Waiting::default(),
        }
    }

    pub(crate) fn state(&self, release: &ReleaseId) -> Option<&State> {
        self.shadows.get(release).map(|shadow| &shadow.state)
    }

    /// Whether this may be visible of a release that was withdrawn: it was published, or whoever withdrew it could not tell.
    pub(crate) fn may_be_visible(&self, release: &ReleaseId, visible: Option<Sha256Digest>) -> bool {
        self.shadows.get(release).is_some_and(|shadow| match visible {
            Some(manifest) => shadow.asked.contains(&manifest),
            None => !shadow.was_published,
        })
    }

    /// Somewhere a retry waits for its time.
    pub(crate) fn waits_to_retry(&self) -> bool {
        let mut states = self.shadows.values().map(|shadow| &shadow.state);
        states.any(|state| state.nodes().any(|(_, node)| node.retry.is_some()))
    }

    /// The release waits for the end of this stage.
    pub(crate) fn awaits(&self, release: &ReleaseId, stage: Stage) -> bool {
        let awaited = self
            .state(release)
            .and_then(|state| state.header().awaited.as_ref());
        awaited.is_some_and(|(awaited, _)| *awaited == stage)
    }

    /// Another release of the same version, if one has begun.
    pub(crate) fn rival_of(&self, release: &ReleaseId) -> Option<&State> {
        let plan = self.plans.get(release)?;
        let same = |other: &&Planned| {
            other.spec.id != *release
                && other.spec.name == plan.spec.name
                && other.spec.version == plan.spec.version
        };
        self.plans
            .values()
            .filter(same)
            .find_map(|other| self.state(&other.spec.id))
    }

    /// A step was committed.
    pub(crate) fn committed(&mut self, step: &Step) -> Result<(), Violation> {
        if let Some(lease) = &step.inbox {
            self.rights.decided(lease.id)?;
        }
        if step.event_kind == "start" {
            let rival = self.rival_of(&step.release).map(State::phase);
            require("E8", rival.is_none_or(Phase::is_given_up), || {
                format!("{} begins beside another release of its version", step.release)
            })?;
        }
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
        shadow.check_event(&event)?;
        let was_paused = before.0.is_paused();
        shadow
            .state
            .advance(&facts)
            .map_err(|corrupt| Violation::of("E1", corrupt.to_string()))?;
        orchestrator::check_all(&shadow.state)
            .map_err(|violation| Violation::of(violation.id, violation.to_string()))?;
        if let Event::QueueTimeout { node, .. } | Event::RunTimeout { node, .. } = &event {
            shadow.timed_out.insert(node.clone());
        }
        shadow.was_stalled |= matches!(shadow.state.phase(), Phase::Stalled { .. });
        let publishes = |fact: &Fact| {
            let stage = orchestrator::Stage::Publish;
            matches!(fact, Fact::StageRequested { stage: asked, .. } if *asked == stage)
        };
        if facts.iter().any(publishes) {
            shadow.may_be_public = true;
            shadow.asked.extend(shadow.state.header().manifest);
        }
        shadow.was_published |= *shadow.state.phase() == Phase::Published;
        shadow.check_limits(&facts)?;
        shadow.check_facts(&event, &facts)?;
        shadow.check_signatures()?;
        shadow.note_collection(&facts);
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
        let asked = self.shadows.get(&build.release).and_then(|shadow| {
            let begins = |id: &&CommandId| {
                matches!(shadow.commands.get(*id), Some(Command::StartBuild { build: asked, .. }) if asked == build)
            };
            shadow.sending.iter().find(begins)
        });
        require("F1", asked.is_some(), || {
            format!("{build} takes effect without a command that is being sent")
        })?;
        asked.map_or(Ok(()), |command| self.rights.may_act(command))
    }

    /// Where builds are nobody's own, one that is awaited is stopped only if that was decided.
    pub(crate) fn check_stop(&self, builds: &Builds, build: &BuildId) -> Result<(), Violation> {
        let Some(shadow) = self.shadows.get(&build.release) else {
            return Ok(());
        };
        let awaited = shadow
            .state
            .node(&build.node)
            .is_some_and(|node| node.attempt_number() == build.attempt && node.state.is_in_flight());
        let runs = builds.alive_ids().any(|alive| alive == build);
        let decided = shadow
            .commands
            .values()
            .any(|command| matches!(command, Command::StopBuild { build: stopped } if stopped == build));
        require("F3", decided || !awaited || !runs, || {
            format!("{build} is awaited, and stopped by somebody whom nobody asked")
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
        let publishes = |id: &&CommandId| {
            let stage = Stage::Publish;
            shadow.commands.get(*id) == Some(&Command::RunStage { stage })
        };
        let asked = shadow.sending.iter().find(publishes);
        require("F1", asked.is_some(), || {
            "published without a command that is being sent".to_owned()
        })?;
        asked.map_or(Ok(()), |command| self.rights.may_act(command))?;
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

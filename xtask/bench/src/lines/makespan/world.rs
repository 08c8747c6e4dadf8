//! Plays releases through the real orchestrator: builds last as long as was drawn, runners are given as the outbox gives them.

use super::Drawn;
use crate::releases::{PLATFORM, Part, output, release, repository};
use anyhow::{Context as _, Result, ensure};
use dependency_graph::{Component, Plan};
use domain_types::{BuildId, CommandId, Timestamp};
use orchestrator::{Command, Decision, Event, Phase, Recorded, Stage, State, decide};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Milliseconds from the start of the first build to the end of the last.
pub(super) fn through_the_orchestrator(drawn: &[Drawn], runners: usize) -> Result<u64> {
    let mut world = World::begin(drawn)?;
    world.give_runners(runners)?;
    while let Some(Reverse((now, _, build))) = world.running.pop() {
        world.now = now;
        world.end(&build)?;
        world.give_runners(runners)?;
    }
    for state in &world.states {
        ensure!(
            *state.phase() == Phase::Collecting,
            "a release is {}",
            state.phase().label()
        );
    }
    Ok(world.now)
}

/// A command that waits for a runner: its priority, highest first, then its age; what is to be built.
type Waiting = BTreeMap<(Reverse<u64>, u64), (BuildId, CommandId)>;

struct World<'a> {
    drawn: &'a [Drawn],
    states: Vec<State>,
    waiting: Waiting,
    held: BTreeSet<CommandId>,
    /// When it ends, in which order it began, what it is.
    running: BinaryHeap<Reverse<(u64, u64, BuildId)>>,
    commands: u64,
    now: u64,
}

impl<'a> World<'a> {
    fn begin(drawn: &'a [Drawn]) -> Result<Self> {
        let mut world = Self {
            drawn,
            states: vec![State::unplanned(); drawn.len()],
            waiting: Waiting::new(),
            held: BTreeSet::new(),
            running: BinaryHeap::new(),
            commands: 0,
            now: 0,
        };
        for (number, one) in drawn.iter().enumerate() {
            let spec = release(&format!("bench-{number}"), &parts(one)?)?;
            world.take(number, Event::Start { spec: Box::new(spec) })?;
            let event = Event::StageDone {
                stage: Stage::Sources,
                manifest: None,
            };
            world.take(number, event)?;
        }
        Ok(world)
    }

    fn take(&mut self, number: usize, event: Event) -> Result<()> {
        let recorded = Recorded {
            event,
            at: Timestamp::from_milliseconds(i64::try_from(self.now)?),
        };
        let state = &mut self.states[number];
        let decision = decide(state, &recorded)?;
        state.advance(&decision.facts)?;
        let id = state
            .spec()
            .map(|spec| spec.id.clone())
            .context("no plan after an event")?;
        let revision = state.revision();
        let command_id = |index| CommandId::new(&id, revision, index);
        self.carry(decision, command_id);
        Ok(())
    }

    fn carry(&mut self, decision: Decision, command_id: impl Fn(usize) -> CommandId) {
        for slot in &decision.slots_freed {
            self.held.remove(slot);
        }
        for (index, command) in decision.commands.into_iter().enumerate() {
            match command {
                Command::StartBuild { build, priority } => {
                    self.commands += 1;
                    let place = (Reverse(priority), self.commands);
                    self.waiting.insert(place, (build, command_id(index)));
                }
                // Stages take no runner and no time here.
                Command::RunStage { .. }
                | Command::StopBuild { .. }
                | Command::DiscardDraft
                | Command::FollowUp { .. }
                | Command::BeginFormerStep { .. } => {}
            }
        }
    }

    fn give_runners(&mut self, runners: usize) -> Result<()> {
        while self.held.len() < runners {
            let Some((_, (build, command))) = self.waiting.pop_first() else {
                return Ok(());
            };
            self.held.insert(command);
            let (number, lasting) = self.found(&build)?;
            let event = Event::BuildStarted {
                node: build.node.clone(),
                attempt: build.attempt,
            };
            self.commands += 1;
            self.running
                .push(Reverse((self.now + lasting, self.commands, build)));
            self.take(number, event)?;
        }
        Ok(())
    }

    fn end(&mut self, build: &BuildId) -> Result<()> {
        let (number, _) = self.found(build)?;
        let event = Event::BuildSucceeded {
            node: build.node.clone(),
            attempt: build.attempt,
            output: output(&build.release, &build.node),
        };
        self.take(number, event)
    }

    /// The release of a build, and how long it lasts.
    fn found(&self, build: &BuildId) -> Result<(usize, u64)> {
        let is_its = |state: &State| state.spec().is_some_and(|spec| spec.id == build.release);
        let number = self.states.iter().position(is_its);
        let number = number.context("a build of no release")?;
        let position = self.states[number].graph().position(&build.node);
        // Names ascend with the index, so the position in the graph is the index.
        let position = position.context("a build of no node")?;
        Ok((number, self.drawn[number].lasting[position]))
    }
}

/// The nodes with the priorities that the product's own plan gives them.
fn parts(drawn: &Drawn) -> Result<Vec<Part>> {
    let mut components = Vec::new();
    for (index, needs) in drawn.needs.iter().enumerate() {
        components.push(Component {
            name: repository(index)?,
            version: "0.1.0".to_owned(),
            tag: "v0.1.0".parse()?,
            commit: None,
            requires: needs
                .iter()
                .map(|need| repository(*need))
                .collect::<Result<_>>()?,
            after: Vec::new(),
            binaries: Vec::new(),
            optional: false,
            platforms: vec![PLATFORM.parse()?],
            expected_seconds: drawn.expected.as_ref().map(|expected| expected[index]),
        });
    }
    let plan = Plan::new("bench".parse()?, None, components, Vec::new())?;
    let mut parts = Vec::new();
    for (index, needs) in drawn.needs.iter().enumerate() {
        parts.push(Part {
            needs: needs.clone(),
            remaining_path: plan.remaining_path(&repository(index)?),
        });
    }
    Ok(parts)
}

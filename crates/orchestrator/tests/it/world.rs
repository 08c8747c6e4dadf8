//! One release with the world around it: its journal, its timers, the runners it holds. Every step is checked.

use crate::laws;
use domain_types::{BuildId, CommandId, NodeId, Timestamp};
use orchestrator::{Command, Decision, Event, Fact, Node, Recorded, Refused, State, Timer, decide};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

#[derive(Debug, Clone)]
pub(crate) struct Revision {
    pub(crate) recorded: Recorded,
    pub(crate) facts: Vec<Fact>,
}

#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) now: Timestamp,
    pub(crate) journal: Vec<Revision>,
    pub(crate) timers: BTreeMap<String, Timer>,
    pub(crate) slots: BTreeMap<CommandId, BuildId>,
    pub(crate) begun: BTreeSet<(NodeId, u32)>,
    pub(crate) retries: u32,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            state: State::unplanned(),
            now: Timestamp::from_seconds(1_764_000_000),
            journal: Vec::new(),
            timers: BTreeMap::new(),
            slots: BTreeMap::new(),
            begun: BTreeSet::new(),
            retries: 0,
        }
    }

    /// Takes one event in as the inbox does, and holds the answer against every law.
    pub(crate) fn take(&mut self, event: Event) -> Result<Decision, Refused> {
        self.timers.retain(|_, timer| timer.event != event);
        let recorded = round_trip(&Recorded { event, at: self.now });
        let answer = decide(&self.state, &recorded);
        assert_eq!(answer, decide(&self.state, &recorded), "the same state and event");
        let decision = match answer {
            Ok(decision) => round_trip(&decision),
            Err(refused) => {
                laws::check_refusal(&recorded.event, &refused);
                return Err(refused);
            }
        };
        let before = self.state.clone();
        self.state.advance(&decision.facts).unwrap();
        self.perform(&decision);
        laws::check_step(&before, self, &decision);
        self.journal.push(Revision {
            recorded,
            facts: decision.facts.clone(),
        });
        Ok(decision)
    }

    /// Takes in what must not be refused here.
    pub(crate) fn must_take(&mut self, event: Event) {
        let text = format!("{event:?}");
        if let Err(refused) = self.take(event) {
            panic!("{text} is refused: {refused}");
        }
    }

    fn perform(&mut self, decision: &Decision) {
        for (index, command) in decision.commands.iter().enumerate() {
            self.begin(self.command_id(index), command);
        }
        for key in &decision.timers_cleared {
            self.timers.remove(&key.to_string());
        }
        for timer in &decision.timers_set {
            self.timers.insert(timer.key.to_string(), timer.clone());
        }
        for slot in &decision.slots_freed {
            assert!(
                self.slots.remove(slot).is_some(),
                "{slot} is freed, and was not held"
            );
        }
        if decision.facts.contains(&Fact::BudgetRenewed) {
            self.retries = 0;
        }
        let scheduled = decision
            .facts
            .iter()
            .filter(|fact| matches!(fact, Fact::RetryScheduled { .. }));
        self.retries += u32::try_from(scheduled.count()).unwrap();
    }

    /// The id of the n-th command of the newest revision.
    pub(crate) fn command_id(&self, index: usize) -> CommandId {
        CommandId::new(&self.state.spec().unwrap().id, self.state.revision(), index)
    }

    fn begin(&mut self, id: CommandId, command: &Command) {
        if let Command::StartBuild { build, .. } = command {
            assert!(
                self.begun.insert((build.node.clone(), build.attempt)),
                "{build} is begun twice"
            );
            assert!(
                self.slots.insert(id, build.clone()).is_none(),
                "{build}: one slot twice"
            );
        }
    }

    /// The timer that rings next.
    pub(crate) fn next_timer(&self) -> Option<&Timer> {
        self.timers
            .values()
            .min_by_key(|timer| (timer.due, timer.key.to_string()))
    }

    /// Attempts whose end is awaited.
    pub(crate) fn in_flight(&self) -> Vec<(NodeId, u32)> {
        self.state
            .nodes()
            .filter(|(_, node)| node.state.is_in_flight())
            .map(|(spec, node)| (spec.id.clone(), node.attempt_number()))
            .collect()
    }

    /// Forgets everything but the journal's facts and comes back from them.
    pub(crate) fn replayed(&self) -> State {
        State::replay(self.journal.iter().map(|revision| revision.facts.as_slice())).unwrap()
    }
}

/// The state from its rows, as a store keeps them.
pub(crate) fn through_rows(state: &State) -> State {
    let Some(spec) = state.spec() else {
        return state.clone();
    };
    let rows: Vec<(NodeId, Node)> = state
        .nodes()
        .map(|(spec, node)| (spec.id.clone(), serde_trip(node)))
        .collect();
    State::from_rows(
        serde_trip(spec),
        serde_trip(state.header()),
        rows,
        state.revision(),
    )
    .unwrap()
}

/// There and back again through JSON, without the fields that are not stored.
pub(crate) fn serde_trip<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

/// There and back again through JSON, equal.
pub(crate) fn round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> T {
    let back: T = serde_trip(value);
    assert_eq!(back, *value);
    back
}

//! A state as it will be after the facts decided so far, without copying what they do not touch.

use crate::apply::{NodeTable, apply_to_parts};
use crate::node::Node;
use crate::{Command, Corrupt, Decision, Fact, Graph, Header, Refused, ReleaseSpec, State, Timer, TimerKey};
use domain_types::{CommandId, NodeId, ReleaseId};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) struct Projection<'a> {
    base: &'a State,
    pub(crate) header: Header,
    spec: Option<Arc<ReleaseSpec>>,
    graph: Arc<Graph>,
    /// Copies of the nodes that the facts so far changed.
    pub(crate) changed: BTreeMap<usize, Node>,
    fresh: Vec<Node>,
    pub(crate) decision: Decision,
}

impl<'a> Projection<'a> {
    pub(crate) fn of(base: &'a State) -> Self {
        Self {
            base,
            header: base.header.clone(),
            spec: base.spec.clone(),
            graph: Arc::clone(&base.graph),
            changed: BTreeMap::new(),
            fresh: Vec::new(),
            decision: Decision::default(),
        }
    }

    pub(crate) fn graph(&self) -> Arc<Graph> {
        Arc::clone(&self.graph)
    }

    pub(crate) fn spec(&self) -> Result<Arc<ReleaseSpec>, Refused> {
        self.spec.clone().ok_or(Refused::NotStarted)
    }

    pub(crate) fn release(&self) -> Result<ReleaseId, Refused> {
        self.spec().map(|spec| spec.id.clone())
    }

    pub(crate) fn node(&self, position: usize) -> &Node {
        Nodes {
            base: &self.base.nodes,
            fresh: &self.fresh,
        }
        .get(&self.changed, position)
    }

    pub(crate) fn position(&self, node: &NodeId) -> Result<usize, Refused> {
        self.graph
            .position(node)
            .ok_or_else(|| Refused::UnknownNode { node: node.clone() })
    }

    /// Records a fact and sees its result at once.
    pub(crate) fn note(&mut self, fact: Fact) -> Result<(), Refused> {
        let applied = {
            let mut table = Overlay {
                base: &self.base.nodes,
                fresh: &mut self.fresh,
                changed: &mut self.changed,
            };
            apply_to_parts(
                &mut self.spec,
                &mut self.graph,
                &mut self.header,
                &mut table,
                &fact,
            )
        };
        applied.map_err(|Corrupt { what }| Refused::Impossible { because: what })?;
        self.decision.facts.push(fact);
        Ok(())
    }

    /// The id that the next command will have.
    pub(crate) fn next_command_id(&self) -> Result<CommandId, Refused> {
        Ok(CommandId::new(
            &self.release()?,
            self.base.revision + 1,
            self.decision.commands.len(),
        ))
    }

    pub(crate) fn order(&mut self, command: Command) {
        self.decision.commands.push(command);
    }

    pub(crate) fn set_timer(&mut self, timer: Timer) {
        self.decision.timers_set.push(timer);
    }

    pub(crate) fn clear_timer(&mut self, key: TimerKey) {
        self.decision.timers_set.retain(|timer| timer.key != key);
        self.decision.timers_cleared.push(key);
    }

    pub(crate) fn free_slot(&mut self, command: CommandId) {
        self.decision.slots_freed.push(command);
    }

    pub(crate) fn abandon(&mut self, command: CommandId) {
        self.decision.abandoned.push(command);
    }
}

struct Nodes<'a> {
    base: &'a [Node],
    fresh: &'a [Node],
}

impl<'a> Nodes<'a> {
    fn get(self, changed: &'a BTreeMap<usize, Node>, position: usize) -> &'a Node {
        changed.get(&position).unwrap_or_else(|| {
            if self.fresh.is_empty() {
                &self.base[position]
            } else {
                &self.fresh[position]
            }
        })
    }
}

struct Overlay<'a> {
    base: &'a [Node],
    fresh: &'a mut Vec<Node>,
    changed: &'a mut BTreeMap<usize, Node>,
}

impl NodeTable for Overlay<'_> {
    fn node_mut(&mut self, position: usize) -> &mut Node {
        let original = if self.fresh.is_empty() {
            &self.base[position]
        } else {
            &self.fresh[position]
        };
        self.changed.entry(position).or_insert_with(|| original.clone())
    }

    fn replace_all(&mut self, nodes: Vec<Node>) {
        self.changed.clear();
        *self.fresh = nodes;
    }
}

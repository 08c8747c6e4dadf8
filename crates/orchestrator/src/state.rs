//! The state of one release: a small header and one row per node.

use crate::node::Node;
use crate::spec::is_false;
use crate::{Corrupt, Graph, Phase, ReleaseSpec, Stage, StallReason, apply, fact::Fact};
use domain_types::{CommandId, NodeId, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a release keeps beside its nodes. Its size does not grow with the number of nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Where the release stands.
    pub phase: Phase,
    /// Automatic retries left.
    pub budget_left: u32,
    /// Nodes not settled yet.
    pub unsettled: usize,
    /// Required nodes that failed or were skipped.
    pub blocking: usize,
    /// The stage whose command is out.
    pub awaited: Option<(Stage, CommandId)>,
    /// Sources are laid out.
    pub sources_ready: bool,
    /// The digest of the manifest, once artifacts are collected.
    pub manifest: Option<Sha256Digest>,
    /// The manifest was verified.
    pub verified: bool,
    /// The draft stands.
    pub drafted: bool,
    /// Publishing was begun once. Whatever was said of its end, nobody here can rule out that the release is public.
    #[serde(default, skip_serializing_if = "is_false")]
    pub may_be_public: bool,
    /// Who approved the plan.
    pub approvals: BTreeSet<String>,
    /// Who signed the manifest.
    pub signatures: BTreeSet<String>,
    /// When the release was started.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Steps of the former way that have ended, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_steps: Vec<FormerStep>,
}

/// A step of the former way of releasing that has ended. Whatever it says of itself, nothing of it was verified here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerStep {
    /// Whether it went well.
    pub succeeded: bool,
    /// What there is to know of it.
    pub detail: String,
}

impl Header {
    pub(crate) fn new() -> Self {
        Self {
            phase: Phase::Unplanned,
            budget_left: 0,
            unsettled: 0,
            blocking: 0,
            awaited: None,
            sources_ready: false,
            manifest: None,
            verified: false,
            drafted: false,
            may_be_public: false,
            approvals: BTreeSet::new(),
            signatures: BTreeSet::new(),
            started: None,
            ended: None,
            former_steps: Vec::new(),
        }
    }
}

/// One release. Changed by [`apply()`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub(crate) spec: Option<Arc<ReleaseSpec>>,
    pub(crate) graph: Arc<Graph>,
    pub(crate) header: Header,
    pub(crate) nodes: Vec<Node>,
    pub(crate) revision: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            spec: None,
            graph: Arc::default(),
            header: Header::new(),
            nodes: Vec::new(),
            revision: 0,
        }
    }
}

impl State {
    /// A release before its first event.
    pub fn unplanned() -> Self {
        Self::default()
    }

    /// The state that a journal's facts lead to, revision by revision.
    ///
    /// # Errors
    /// [`Corrupt`] if a fact cannot follow from those before it.
    pub fn replay<'a>(revisions: impl IntoIterator<Item = &'a [Fact]>) -> Result<Self, Corrupt> {
        let mut state = Self::unplanned();
        for facts in revisions {
            state.advance(facts)?;
        }
        Ok(state)
    }

    /// Applies the facts of one revision.
    ///
    /// # Errors
    /// [`Corrupt`] if a fact cannot follow.
    pub fn advance(&mut self, facts: &[Fact]) -> Result<(), Corrupt> {
        for fact in facts {
            apply(self, fact)?;
        }
        self.revision += 1;
        Ok(())
    }

    /// The state from its stored rows.
    ///
    /// # Errors
    /// [`Corrupt`] if a row is missing, foreign or contradicts the header.
    pub fn from_rows(
        spec: ReleaseSpec,
        header: Header,
        rows: Vec<(NodeId, Node)>,
        revision: u64,
    ) -> Result<Self, Corrupt> {
        let graph = Graph::of(&spec).map_err(|refused| Corrupt::new(refused.to_string()))?;
        let mut slots: Vec<Option<Node>> = vec![None; graph.len()];
        for (id, node) in rows {
            let position = graph
                .position(&id)
                .ok_or_else(|| Corrupt::new(format!("a row for {id}, not in the plan")))?;
            if slots[position].replace(node).is_some() {
                return Err(Corrupt::new(format!("two rows for {id}")));
            }
        }
        let mut nodes = slots
            .into_iter()
            .enumerate()
            .map(|(position, node)| {
                node.ok_or_else(|| Corrupt::new(format!("no row for {}", graph.spec(position).id)))
            })
            .collect::<Result<Vec<_>, _>>()?;
        for position in 0..nodes.len() {
            nodes[position].waiting_for = graph
                .needs(position)
                .iter()
                .filter(|&&need| !nodes[need].state.satisfies())
                .count();
        }
        // Rows of before do not say it.
        let may_be_public = header.may_be_public || seems_public(&spec, &header);
        let header = Header {
            may_be_public,
            ..header
        };
        let state = Self {
            spec: Some(Arc::new(spec)),
            graph: Arc::new(graph),
            header,
            nodes,
            revision,
        };
        crate::check_all(&state).map_err(|violation| Corrupt::new(violation.to_string()))?;
        Ok(state)
    }

    /// What was asked for; none before the first event.
    pub fn spec(&self) -> Option<&ReleaseSpec> {
        self.spec.as_deref()
    }

    /// Nodes and edges.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The release's own row.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Where the release stands.
    pub fn phase(&self) -> &Phase {
        &self.header.phase
    }

    /// The step of the former way that is under way; none if the release did not fall back, or that has ended.
    pub fn former_step(&self) -> Option<u32> {
        let steps = self.spec().map_or(0, |spec| spec.former_way.len());
        former_step(&self.header, steps)
    }

    /// Whether the release may take its former way with nobody asking for that: it stalled, cannot be public, and no check has said no. What a
    /// check refuses is for people to look at, or whoever makes it fail would have the unverified way instead.
    pub fn may_fall_back_by_itself(&self) -> bool {
        let Phase::Stalled { reason, .. } = self.phase() else {
            return false;
        };
        let is_refused = match reason {
            StallReason::Stage { failure } => failure.kind.is_refusal(),
            StallReason::Builds { .. } => self.nodes.iter().any(Node::is_refused),
        };
        !is_refused && !self.header.may_be_public
    }

    /// Events taken so far.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The row of a node.
    pub fn node(&self, id: &NodeId) -> Option<&Node> {
        self.graph.position(id).map(|position| &self.nodes[position])
    }

    /// All nodes with their fixed parts, in name order.
    pub fn nodes(&self) -> impl Iterator<Item = (&crate::NodeSpec, &Node)> {
        self.graph.specs().iter().zip(&self.nodes)
    }
}

/// Whether publishing was begun, as far as a header without word of it shows that.
fn seems_public(spec: &ReleaseSpec, header: &Header) -> bool {
    let stalled = if let Phase::Paused { from } = &header.phase {
        from
    } else {
        &header.phase
    };
    let stalls = matches!(stalled, Phase::Stalled { .. });
    let is_or_was = matches!(header.phase, Phase::Published | Phase::Withdrawn);
    let is_asked = matches!(header.awaited, Some((Stage::Publish, _)));
    // What is drafted is published next, unless it is a rehearsal.
    let has_failed = header.drafted && stalls && !spec.policy.rehearsal;
    is_or_was || is_asked || has_failed
}

/// The step of a former way of so many that is under way.
pub(crate) fn former_step(header: &Header, steps: usize) -> Option<u32> {
    let ended = &header.former_steps;
    let goes_on = header.phase == Phase::FellBack && ended.iter().all(|step| step.succeeded);
    (goes_on && ended.len() < steps).then(|| u32::try_from(ended.len()).unwrap_or(u32::MAX))
}

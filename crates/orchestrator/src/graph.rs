//! The fixed part of a release: its nodes and who waits for whom, by index.

use crate::{NodeSpec, Refused, ReleaseSpec};
use domain_types::NodeId;
use std::collections::BTreeMap;

/// Nodes in name order, each with its dependencies and dependents as indices. Acyclic by construction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph {
    specs: Vec<NodeSpec>,
    needs: Vec<Vec<usize>>,
    needed_by: Vec<Vec<usize>>,
    index: BTreeMap<NodeId, usize>,
}

impl Graph {
    /// Nodes of one release: as many repositories as the largest known organisation, times platforms.
    pub const NODES_MAX: usize = 100_000;

    /// The graph of a plan.
    ///
    /// # Errors
    /// [`Refused::BadPlan`] for no nodes, too many, a duplicate, an unknown or own name in `needs`, or a cycle.
    pub fn of(spec: &ReleaseSpec) -> Result<Self, Refused> {
        let mut specs = spec.nodes.clone();
        specs.sort_by(|left, right| left.id.cmp(&right.id));
        if specs.is_empty() || specs.len() > Self::NODES_MAX {
            return Err(bad(format!(
                "{} nodes, expected 1 to {}",
                specs.len(),
                Self::NODES_MAX
            )));
        }
        let index: BTreeMap<NodeId, usize> = specs
            .iter()
            .enumerate()
            .map(|(position, node)| (node.id.clone(), position))
            .collect();
        if index.len() != specs.len() {
            return Err(bad("a node occurs twice".to_owned()));
        }
        let needs = specs
            .iter()
            .map(|node| needs_of(node, &index))
            .collect::<Result<Vec<_>, _>>()?;
        let needed_by = reversed(&needs);
        let graph = Self {
            specs,
            needs,
            needed_by,
            index,
        };
        graph.check_acyclic()?;
        Ok(graph)
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.specs.len()
    }

    /// Whether there are none: only before the first event.
    pub fn is_empty(&self) -> bool {
        self.specs.is_empty()
    }

    /// The node of this name.
    pub fn position(&self, node: &NodeId) -> Option<usize> {
        self.index.get(node).copied()
    }

    /// The fixed part of a node.
    ///
    /// # Panics
    /// If `position` is not below [`Graph::len`].
    pub fn spec(&self, position: usize) -> &NodeSpec {
        &self.specs[position]
    }

    /// All nodes, in name order.
    pub fn specs(&self) -> &[NodeSpec] {
        &self.specs
    }

    /// What a node waits for.
    ///
    /// # Panics
    /// If `position` is not below [`Graph::len`].
    pub fn needs(&self, position: usize) -> &[usize] {
        &self.needs[position]
    }

    /// Who waits for a node.
    ///
    /// # Panics
    /// If `position` is not below [`Graph::len`].
    pub fn needed_by(&self, position: usize) -> &[usize] {
        &self.needed_by[position]
    }

    fn check_acyclic(&self) -> Result<(), Refused> {
        let mut waiting: Vec<usize> = self.needs.iter().map(Vec::len).collect();
        let mut ready: Vec<usize> = (0..self.len())
            .filter(|&position| waiting[position] == 0)
            .collect();
        let mut seen = 0;
        while let Some(position) = ready.pop() {
            seen += 1;
            for &dependent in self.needed_by(position) {
                waiting[dependent] -= 1;
                if waiting[dependent] == 0 {
                    ready.push(dependent);
                }
            }
        }
        if seen == self.len() {
            Ok(())
        } else {
            Err(bad("the dependencies form a cycle".to_owned()))
        }
    }
}

fn bad(because: String) -> Refused {
    Refused::BadPlan { because }
}

fn needs_of(node: &NodeSpec, index: &BTreeMap<NodeId, usize>) -> Result<Vec<usize>, Refused> {
    let mut needs = Vec::with_capacity(node.needs.len());
    for name in &node.needs {
        if *name == node.id {
            return Err(bad(format!("{name} needs itself")));
        }
        needs.push(
            *index
                .get(name)
                .ok_or_else(|| bad(format!("{} needs {name}, which is not there", node.id)))?,
        );
    }
    needs.sort_unstable();
    needs.dedup();
    Ok(needs)
}

fn reversed(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut needed_by = vec![Vec::new(); needs.len()];
    for (position, dependencies) in needs.iter().enumerate() {
        for &dependency in dependencies {
            needed_by[dependency].push(position);
        }
    }
    needed_by
}

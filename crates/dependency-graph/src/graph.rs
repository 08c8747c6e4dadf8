//! The shape of a plan over component indices: order, waves, remaining paths. Knows numbers only, no names.
//!
//! Indices are positions in name order, so "the smallest name" is "the smallest index" here.

use crate::cycle;
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An acyclic graph whose edges run from what is needed to what needs it.
#[derive(Debug, Clone)]
pub(crate) struct Graph {
    edges: DiGraph<(), ()>,
    weights: Vec<u64>,
    order: Vec<usize>,
    waves: Vec<usize>,
    remaining: Vec<u64>,
}

impl Graph {
    /// The graph in which component `i` waits for every index in `needs[i]` (each at most once).
    ///
    /// On failure the smallest cycle's indices, as [`cycle::cycles`] gives them.
    pub(crate) fn new(needs: &[Vec<usize>], weights: Vec<u64>) -> Result<Self, Vec<usize>> {
        let edges = edges(needs);
        let order = kahn(&edges);
        if order.len() < needs.len() {
            return Err(cycle::cycles(&edges).into_iter().next().unwrap_or_default());
        }
        let mut graph = Self {
            edges,
            weights,
            order,
            waves: Vec::new(),
            remaining: Vec::new(),
        };
        graph.waves = graph.wave_of_each();
        graph.remaining = graph.remaining_of_each();
        Ok(graph)
    }

    pub(crate) fn order(&self) -> &[usize] {
        &self.order
    }

    /// The longest chain of needs below each component; 0 for those that need nothing.
    pub(crate) fn wave(&self, index: usize) -> usize {
        self.waves[index]
    }

    /// The weight of the heaviest path from this component to the end, itself included.
    pub(crate) fn remaining(&self, index: usize) -> u64 {
        self.remaining[index]
    }

    /// What a component directly waits for, ascending.
    pub(crate) fn needs(&self, index: usize) -> Vec<usize> {
        neighbours(&self.edges, index, Direction::Incoming)
    }

    /// What directly waits for a component, ascending.
    pub(crate) fn needed_by(&self, index: usize) -> Vec<usize> {
        neighbours(&self.edges, index, Direction::Outgoing)
    }

    fn wave_of_each(&self) -> Vec<usize> {
        let mut waves = vec![0; self.order.len()];
        for index in &self.order {
            for later in self.edges.neighbors(NodeIndex::new(*index)) {
                waves[later.index()] = waves[later.index()].max(waves[*index] + 1);
            }
        }
        waves
    }

    fn remaining_of_each(&self) -> Vec<u64> {
        let mut remaining = self.weights.clone();
        for index in self.order.iter().rev() {
            let later = self.edges.neighbors(NodeIndex::new(*index));
            let longest = later.map(|later| remaining[later.index()]).max().unwrap_or(0);
            remaining[*index] = self.weights[*index].saturating_add(longest);
        }
        remaining
    }

    /// The heaviest path; among equals the one whose first differing index is smaller.
    pub(crate) fn critical_path(&self) -> Vec<usize> {
        let mut path = Vec::new();
        let mut candidates: Vec<usize> = (0..self.order.len())
            .filter(|index| self.wave(*index) == 0)
            .collect();
        while let Some(next) = candidates
            .into_iter()
            .max_by_key(|index| (self.remaining[*index], Reverse(*index)))
        {
            path.push(next);
            candidates = self.needed_by(next);
        }
        path
    }

    /// Everything that transitively waits for one of these, themselves not included unless they wait for another.
    pub(crate) fn downstream(&self, of: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut reached = vec![false; self.order.len()];
        let mut from: Vec<usize> = of.into_iter().collect();
        while let Some(index) = from.pop() {
            for later in self.edges.neighbors(NodeIndex::new(index)) {
                if !reached[later.index()] {
                    reached[later.index()] = true;
                    from.push(later.index());
                }
            }
        }
        reached
    }
}

/// Edges from what is needed to what needs it.
pub(crate) fn edges(needs: &[Vec<usize>]) -> DiGraph<(), ()> {
    let mut graph = DiGraph::with_capacity(needs.len(), needs.iter().map(Vec::len).sum());
    for _ in needs {
        graph.add_node(());
    }
    for (index, needed) in needs.iter().enumerate() {
        for need in needed {
            graph.add_edge(NodeIndex::new(*need), NodeIndex::new(index), ());
        }
    }
    graph
}

fn neighbours(graph: &DiGraph<(), ()>, index: usize, direction: Direction) -> Vec<usize> {
    let found = graph.neighbors_directed(NodeIndex::new(index), direction);
    let mut indices: Vec<usize> = found.map(NodeIndex::index).collect();
    indices.sort_unstable();
    indices
}

/// Kahn's algorithm: of all ready components the smallest comes next. Shorter than the graph if there is a cycle.
fn kahn(graph: &DiGraph<(), ()>) -> Vec<usize> {
    let count = |node| graph.neighbors_directed(node, Direction::Incoming).count();
    let mut waiting: Vec<usize> = graph.node_indices().map(count).collect();
    let free = waiting
        .iter()
        .enumerate()
        .filter(|(_, needs)| **needs == 0)
        .map(|(index, _)| Reverse(index));
    let mut ready: BinaryHeap<Reverse<usize>> = free.collect();
    let mut order = Vec::with_capacity(waiting.len());
    while let Some(Reverse(index)) = ready.pop() {
        order.push(index);
        for later in graph.neighbors(NodeIndex::new(index)) {
            waiting[later.index()] -= 1;
            if waiting[later.index()] == 0 {
                ready.push(Reverse(later.index()));
            }
        }
    }
    order
}

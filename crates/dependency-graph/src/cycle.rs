//! Finds who waits for whom in a circle, so that a message can show the way round.

use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::NodeFiltered;
use std::collections::{BTreeMap, VecDeque};

/// Rounds of search, each linear in the graph: in a hopeless tangle the first cycles are enough to begin with.
const ROUNDS_MAX: usize = 10;

/// Cycles that must each be broken separately, ascending.
///
/// Each is a list of indices that begins with its smallest; every member waits for the next, the last for the first.
/// Per round one shortest cycle through the smallest member of every tangle; then these members are taken out and
/// what remains is searched again. Edges run from what is needed to what needs it; loops of one are not looked for.
pub(crate) fn cycles(graph: &DiGraph<(), ()>) -> Vec<Vec<usize>> {
    let mut taken_out = vec![false; graph.node_count()];
    let mut cycles = Vec::new();
    for _ in 0..ROUNDS_MAX {
        let rest = NodeFiltered::from_fn(graph, |node: NodeIndex| !taken_out[node.index()]);
        let tangles: Vec<Vec<NodeIndex>> = kosaraju_scc(&rest)
            .into_iter()
            .filter(|tangle| tangle.len() > 1)
            .collect();
        if tangles.is_empty() {
            break;
        }
        let found: Vec<Vec<usize>> = tangles
            .iter()
            .map(|tangle| shortest_cycle(graph, tangle))
            .collect();
        for cycle in &found {
            taken_out[cycle[0]] = true;
        }
        cycles.extend(found);
    }
    cycles.sort_unstable();
    cycles
}

/// A shortest cycle through the smallest member of a strongly connected set, found breadth first, smallest name first.
fn shortest_cycle(graph: &DiGraph<(), ()>, tangle: &[NodeIndex]) -> Vec<usize> {
    let mut came_from: BTreeMap<NodeIndex, Option<NodeIndex>> =
        tangle.iter().map(|node| (*node, None)).collect();
    let Some(start) = tangle.iter().min().copied() else {
        return Vec::new();
    };
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        let mut needs: Vec<NodeIndex> = graph.neighbors_directed(node, Direction::Incoming).collect();
        needs.sort_unstable();
        for need in needs {
            if need == start {
                return way_back(&came_from, node);
            }
            if let Some(origin @ None) = came_from.get_mut(&need) {
                *origin = Some(node);
                queue.push_back(need);
            }
        }
    }
    vec![start.index()]
}

fn way_back(came_from: &BTreeMap<NodeIndex, Option<NodeIndex>>, last: NodeIndex) -> Vec<usize> {
    let mut path = vec![last.index()];
    let mut node = last;
    while let Some(Some(origin)) = came_from.get(&node) {
        path.push(origin.index());
        node = *origin;
    }
    path.reverse();
    path
}

//! What others would do with the same graphs, and what nobody could do better. Plain arithmetic, nothing of the product in it.

use super::Drawn;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// The longest critical path, or the work over the runners, whichever is longer; in milliseconds.
pub(super) fn bound(drawn: &[Drawn], runners: usize) -> f64 {
    let work: u64 = drawn.iter().flat_map(|one| &one.lasting).sum();
    let path = drawn.iter().map(critical_path).max().unwrap_or(0);
    (work as f64 / runners as f64).max(path as f64)
}

fn critical_path(drawn: &Drawn) -> u64 {
    let mut ends: Vec<u64> = Vec::new();
    for (needs, lasting) in drawn.needs.iter().zip(&drawn.lasting) {
        let ready = needs.iter().map(|need| ends[*need]).max().unwrap_or(0);
        ends.push(ready + lasting);
    }
    ends.into_iter().max().unwrap_or(0)
}

/// Whoever became ready first goes first; in milliseconds.
pub(super) fn oldest_first(drawn: &[Drawn], runners: usize) -> u64 {
    let needs = drawn.iter().map(|one| one.needs.clone()).collect();
    Line::new(drawn, needs).run(runners)
}

/// A wave begins when the one before it is over, release by release; within a wave whoever comes first; in milliseconds.
pub(super) fn in_waves(drawn: &[Drawn], runners: usize) -> u64 {
    let needs = drawn.iter().map(|one| needs_of_waves(&one.needs)).collect();
    Line::new(drawn, needs).run(runners)
}

/// A node needs everything of the wave before its own.
fn needs_of_waves(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut waves: Vec<usize> = Vec::new();
    for needs in needs {
        let wave = needs.iter().map(|need| waves[*need] + 1).max().unwrap_or(0);
        waves.push(wave);
    }
    let before = |wave: usize| {
        let earlier = waves.iter().enumerate().filter(|(_, other)| *other + 1 == wave);
        earlier.map(|(index, _)| index).collect()
    };
    waves.iter().map(|wave| before(*wave)).collect()
}

/// A node: the number of its release and its index there.
type Node = (usize, usize);

/// Nodes that wait in a line.
struct Line<'a> {
    drawn: &'a [Drawn],
    needed_by: BTreeMap<Node, Vec<Node>>,
    missing: BTreeMap<Node, usize>,
    ready: BTreeSet<(u64, Node)>,
}

impl<'a> Line<'a> {
    fn new(drawn: &'a [Drawn], needs: Vec<Vec<Vec<usize>>>) -> Self {
        let mut line = Self {
            drawn,
            needed_by: BTreeMap::new(),
            missing: BTreeMap::new(),
            ready: BTreeSet::new(),
        };
        for (release, needs) in needs.iter().enumerate() {
            for (index, needs) in needs.iter().enumerate() {
                let node = (release, index);
                line.missing.insert(node, needs.len());
                if needs.is_empty() {
                    line.ready.insert((0, node));
                }
                for need in needs {
                    line.needed_by.entry((release, *need)).or_default().push(node);
                }
            }
        }
        line
    }

    fn run(mut self, runners: usize) -> u64 {
        let mut running: BinaryHeap<Reverse<(u64, Node)>> = BinaryHeap::new();
        let mut now = 0;
        loop {
            while running.len() < runners
                && let Some((_, node)) = self.ready.pop_first()
            {
                let (release, index) = node;
                running.push(Reverse((now + self.drawn[release].lasting[index], node)));
            }
            let Some(Reverse((end, node))) = running.pop() else {
                return now;
            };
            now = end;
            self.end(node, now);
        }
    }

    fn end(&mut self, node: Node, now: u64) {
        for next in self.needed_by.remove(&node).unwrap_or_default() {
            let missing = self.missing.entry(next).or_default();
            *missing = missing.saturating_sub(1);
            if *missing == 0 {
                self.ready.insert((now, next));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a` and `b` need nothing; `c` needs `a`, `d` needs `b`. `a` is short and what follows it long, and the other way round.
    fn crossed() -> Drawn {
        Drawn {
            needs: vec![vec![], vec![], vec![0], vec![1]],
            lasting: vec![1, 9, 9, 1],
            expected: None,
        }
    }

    #[test]
    fn waves_wait_for_their_slowest_and_readiness_does_not() {
        let drawn = [crossed()];
        assert_eq!(bound(&drawn, 2), 10.0);
        assert_eq!(oldest_first(&drawn, 2), 10);
        assert_eq!(in_waves(&drawn, 2), 18);
        assert_eq!((bound(&drawn, 1), oldest_first(&drawn, 1)), (20.0, 20));
    }
}

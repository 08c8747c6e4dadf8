//! Makes a script that breaks something smaller, as long as it still breaks it: fewer faults, orders, components, processes.

use crate::campaign::Player;
use crate::script::{ReleaseScript, Script};

/// Runs that are spent on one script: a minute at most.
pub const SHRINK_RUNS_MAX: u32 = 4_000;

/// The smallest script found that breaks the same invariant.
#[must_use]
pub fn shrink(player: &Player, script: &Script, invariant: &str) -> Script {
    let mut search = Search {
        player,
        invariant,
        runs_left: SHRINK_RUNS_MAX,
    };
    let mut smallest = script.clone();
    loop {
        let before = smallest.clone();
        smallest = search.fewer(smallest, |script| &mut script.faults);
        smallest = search.fewer(smallest, |script| &mut script.orders);
        smallest = search.fewer_releases(smallest);
        smallest = search.fewer_nodes(smallest);
        smallest = search.simpler(smallest);
        if smallest == before || search.runs_left == 0 {
            return smallest;
        }
    }
}

struct Search<'a> {
    player: &'a Player,
    invariant: &'a str,
    runs_left: u32,
}

impl Search<'_> {
    /// Whether it still breaks what it broke.
    fn breaks(&mut self, script: &Script) -> bool {
        if self.runs_left == 0 {
            return false;
        }
        self.runs_left -= 1;
        let violation = self.player.judge(script).violation;
        violation.is_some_and(|violation| violation.invariant == self.invariant)
    }

    /// Leaves out ever smaller parts of a list (Zeller, Hildebrandt: Simplifying and isolating failure-inducing input, 2002).
    fn fewer<T: Clone>(&mut self, mut script: Script, list: fn(&mut Script) -> &mut Vec<T>) -> Script {
        let mut size = list(&mut script).len();
        while size > 0 {
            let mut at = 0;
            while at < list(&mut script).len() {
                let mut candidate = script.clone();
                let items = list(&mut candidate);
                let end = (at + size).min(items.len());
                items.drain(at..end);
                match self.breaks(&candidate) {
                    true => script = candidate,
                    false => at += size,
                }
            }
            size /= 2;
        }
        script
    }

    fn fewer_releases(&mut self, script: Script) -> Script {
        if script.releases.len() < 2 {
            return script;
        }
        let mut candidate = script.clone();
        candidate.releases.truncate(1);
        candidate.orders.retain(|order| order.release == 0);
        match self.breaks(&candidate) {
            true => candidate,
            false => script,
        }
    }

    fn fewer_nodes(&mut self, mut script: Script) -> Script {
        for release in 0..script.releases.len() {
            let mut position = script.releases[release].nodes.len();
            while position > 0 && script.releases[release].nodes.len() > 1 {
                position -= 1;
                let mut candidate = script.clone();
                leave_out(&mut candidate.releases[release], position);
                if self.breaks(&candidate) {
                    script = candidate;
                }
            }
        }
        script
    }

    fn simpler(&mut self, script: Script) -> Script {
        let changes: [fn(&mut Script); 10] = [
            |script| script.aim = None,
            |script| each(script, |release| release.stages.clear()),
            |script| each(script, |release| release.rival = false),
            |script| {
                each(script, |release| {
                    release.nodes.iter_mut().for_each(|node| node.blind = 0);
                });
            },
            |script| script.processes = 1,
            |script| script.runners = 1,
            |script| each(script, |release| release.approvals = 0),
            |script| each(script, |release| release.signatures = 0),
            |script| each(script, |release| release.starts_at = 0),
            |script| {
                each(script, |release| {
                    release.nodes.iter_mut().for_each(|node| node.outcomes.clear());
                });
            },
        ];
        changes.iter().fold(script, |script, change| {
            let mut candidate = script.clone();
            change(&mut candidate);
            match candidate != script && self.breaks(&candidate) {
                true => candidate,
                false => script,
            }
        })
    }
}

fn each(script: &mut Script, change: impl Fn(&mut ReleaseScript)) {
    script.releases.iter_mut().for_each(change);
}

/// Without one node; who needed it needs it no more.
fn leave_out(release: &mut ReleaseScript, position: usize) {
    release.nodes.remove(position);
    for node in &mut release.nodes {
        node.needs.retain(|&need| need != position);
        for need in &mut node.needs {
            *need -= usize::from(*need > position);
        }
    }
}

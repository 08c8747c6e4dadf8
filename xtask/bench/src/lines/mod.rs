//! The lines of the benchmarks: a name, a title and what measures it.

pub(crate) mod steps;

mod burst;
mod decide;
mod edge;
mod gate;
mod makespan;
mod memory;
mod plan;
mod release;
mod restart;
mod start;
mod verify;
mod webhooks;

use crate::Bench;
use crate::figure::Found;
use anyhow::{Result, bail};

/// One line.
#[derive(Debug)]
pub(crate) struct Line {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// What it is about.
    pub(crate) title: &'static str,
    /// Measures it.
    pub(crate) measure: fn(&Bench) -> Result<Found>,
}

/// All lines, in the order of the page.
pub(crate) const LINES: &[Line] = &[
    Line {
        name: "plan",
        title: "From the text of a manifest to the printed plan",
        measure: plan::measure,
    },
    Line {
        name: "decide",
        title: "What one event costs, and what the size of the release adds",
        measure: decide::measure,
    },
    Line {
        name: "steps",
        title: "Durable steps per second",
        measure: steps::measure,
    },
    Line {
        name: "makespan",
        title: "How long releases take, beside the shortest possible",
        measure: makespan::measure,
    },
    Line {
        name: "edge",
        title: "From the end of a build to the begin of the next",
        measure: edge::measure,
    },
    Line {
        name: "verify",
        title: "Verification of a release of 2 GiB",
        measure: verify::measure,
    },
    Line {
        name: "start",
        title: "From the command to a paused release that takes orders",
        measure: start::measure,
    },
    Line {
        name: "webhooks",
        title: "From a webhook to its durable acknowledgement",
        measure: webhooks::measure,
    },
    Line {
        name: "burst",
        title: "A thousand webhooks at once",
        measure: burst::measure,
    },
    Line {
        name: "memory",
        title: "Memory of the server, idle and under load",
        measure: memory::measure,
    },
    Line {
        name: "restart",
        title: "From the start of a killed server to its open runs looked at again",
        measure: restart::measure,
    },
    Line {
        name: "gate",
        title: "From a word in a pull request to its status",
        measure: gate::measure,
    },
    Line {
        name: "release",
        title: "A whole release on a simulated GitHub",
        measure: release::measure,
    },
];

/// The lines with these names, or all.
pub(crate) fn chosen(names: &[String]) -> Result<Vec<&'static Line>> {
    if let Some(unknown) = names
        .iter()
        .find(|name| LINES.iter().all(|line| line.name != *name))
    {
        let known: Vec<&str> = LINES.iter().map(|line| line.name).collect();
        bail!("no line is called {unknown}; there are {}", known.join(", "));
    }
    let is_chosen = |line: &&Line| names.is_empty() || names.iter().any(|name| name == line.name);
    Ok(LINES.iter().filter(is_chosen).collect())
}

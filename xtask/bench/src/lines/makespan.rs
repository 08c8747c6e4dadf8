//! How long releases take with few runners: the real state machine under a virtual clock, beside a bound that nothing can beat and
//! beside two other ways of going about it.

mod orders;
mod world;

use crate::Bench;
use crate::figure::{Figure, Found, Target};
use crate::random::Random;
use crate::samples::Samples;
use anyhow::Result;
use orders::{bound, in_waves, oldest_first};
use world::through_the_orchestrator;

/// Worlds per number of runners and of releases.
const SEEDS: u64 = 60;

/// Runners that all releases share.
const RUNNERS: [usize; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

/// Releases at once.
const RELEASES_MAX: usize = 3;

/// Nodes of a release, least and most.
const NODES: (usize, usize) = (5, 120);

/// What a node may need at most, in nodes.
const NEEDS_MAX: usize = 3;

/// Earlier nodes that a node chooses its needs from, drawn per release: from what is nearly a chain to what is nearly a heap.
const NEIGHBOURHOODS: [usize; 4] = [2, 6, 25, 120];

/// Seconds that a build lasts, least and most; drawn evenly over their orders of magnitude.
const SECONDS: (f64, f64) = (10.0, 1_800.0);

/// Times that an estimate may be too long or too short.
const ESTIMATE_OFF_MAX: f64 = 2.0;

/// Times the bound that the median and the 95th percentile may be.
const TARGETS: (f64, f64) = (1.05, 1.15);

/// A release to be played: who needs whom, how long each build lasts in milliseconds, and what was expected of it in seconds.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    needs: Vec<Vec<usize>>,
    lasting: Vec<u64>,
    expected: Option<Vec<u64>>,
}

/// What is known before of how long builds last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Estimates {
    Exact,
    Rough,
    Absent,
}

pub(super) fn measure(_bench: &Bench) -> Result<Found> {
    let mut found = Found::default();
    for (estimates, named) in [
        (Estimates::Exact, "estimates that come true"),
        (Estimates::Rough, "estimates wrong by up to twice"),
        (Estimates::Absent, "no estimates"),
    ] {
        let all = ours(estimates)?;
        let ratios: Vec<f64> = all.iter().map(|world| world.ratio).collect();
        let is_judged = estimates == Estimates::Exact;
        distribution(
            &mut found,
            &format!("longest path first, {named}"),
            ratios,
            is_judged,
        );
        if is_judged {
            by_runners(&mut found, &all);
        }
    }
    distribution(&mut found, "oldest first", beside(oldest_first), false);
    distribution(&mut found, "in waves", beside(in_waves), false);
    notes(&mut found);
    Ok(found)
}

fn notes(found: &mut Found) {
    found.note(format!(
        "{} worlds: {SEEDS} seeds for each of 1 to {} runners and 1 to {RELEASES_MAX} releases at once; {} to {} nodes each, up to \
         {NEEDS_MAX} needs out of the 2 to 120 nodes before, builds of {} to {} s.",
        SEEDS * (RUNNERS.len() * RELEASES_MAX) as u64,
        RUNNERS.len(),
        NODES.0,
        NODES.1,
        SECONDS.0,
        SECONDS.1
    ));
    found.note(
        "The bound is max(longest critical path, work / runners): no schedule can be shorter, and often none is that short.",
    );
    found.note(
        "Ours is the real `decide` and `apply` and the real priorities of `Plan::remaining_path` under a virtual clock; slots go by \
         priority, then by age, as the outbox gives them. The other two are reckoned on the same graphs.",
    );
}

/// One world and how it went.
struct World {
    runners: usize,
    ratio: f64,
}

fn ours(estimates: Estimates) -> Result<Vec<World>> {
    let mut all = Vec::new();
    for (runners, drawn) in worlds(estimates) {
        let took = through_the_orchestrator(&drawn, runners)?;
        let ratio = took as f64 / bound(&drawn, runners);
        all.push(World { runners, ratio });
    }
    Ok(all)
}

fn beside(schedule: impl Fn(&[Drawn], usize) -> u64) -> Vec<f64> {
    worlds(Estimates::Absent)
        .map(|(runners, drawn)| schedule(&drawn, runners) as f64 / bound(&drawn, runners))
        .collect()
}

fn distribution(found: &mut Found, what: &str, ratios: Vec<f64>, is_judged: bool) {
    let samples = Samples::new(ratios);
    let high = Samples::one(samples.percentile(95));
    let (median_max, high_max) = TARGETS;
    let middle = Figure::new(format!("{what}: makespan / bound"), "times", samples);
    let high = Figure::new(format!("{what}: 95th percentile"), "times", high);
    if is_judged {
        found.add(middle.aims(Target::AtMost(median_max)));
        found.add(high.aims(Target::AtMost(high_max)));
    } else {
        found.add(middle);
        found.add(high);
    }
}

fn by_runners(found: &mut Found, all: &[World]) {
    for runners in RUNNERS {
        let ratios = all
            .iter()
            .filter(|world| world.runners == runners)
            .map(|world| world.ratio);
        let samples = Samples::new(ratios.collect());
        found.add(Figure::new(
            format!(
                "of these, {runners} runners (95th percentile {:.3})",
                samples.percentile(95)
            ),
            "times",
            samples,
        ));
    }
}

/// Every world: how many runners, and the releases. The same graphs and durations whatever is known of them before.
fn worlds(estimates: Estimates) -> impl Iterator<Item = (usize, Vec<Drawn>)> {
    let counts = RUNNERS
        .into_iter()
        .flat_map(|runners| (1..=RELEASES_MAX).map(move |releases| (runners, releases)));
    counts.flat_map(move |(runners, releases)| {
        (0..SEEDS).map(move |seed| {
            let mut random = Random::of(seed * 1_000 + (runners * 10 + releases) as u64);
            let drawn = (0..releases).map(|_| draw(&mut random, estimates)).collect();
            (runners, drawn)
        })
    })
}

fn draw(random: &mut Random, estimates: Estimates) -> Drawn {
    let (least, most) = NODES;
    let nodes = least + random.below(most - least + 1);
    let neighbourhood = NEIGHBOURHOODS[random.below(NEIGHBOURHOODS.len())];
    let mut drawn = Drawn {
        needs: Vec::new(),
        lasting: Vec::new(),
        expected: None,
    };
    let mut expected = Vec::new();
    for index in 0..nodes {
        drawn.needs.push(needs(random, index.min(neighbourhood), index));
        let seconds = SECONDS.0 * (SECONDS.1 / SECONDS.0).powf(random.fraction());
        let off = ESTIMATE_OFF_MAX.powf(2.0 * random.fraction() - 1.0);
        drawn.lasting.push((seconds * 1e3) as u64);
        expected.push(match estimates {
            Estimates::Rough => (seconds * off) as u64,
            Estimates::Exact | Estimates::Absent => seconds as u64,
        });
    }
    drawn.expected = (estimates != Estimates::Absent).then_some(expected);
    drawn
}

/// Up to [`NEEDS_MAX`] of the `choice` nodes before this one.
fn needs(random: &mut Random, choice: usize, index: usize) -> Vec<usize> {
    let count = random.below(NEEDS_MAX + 1);
    let mut needs: Vec<usize> = (0..count.min(choice))
        .map(|_| index - 1 - random.below(choice))
        .collect();
    needs.sort_unstable();
    needs.dedup();
    needs
}

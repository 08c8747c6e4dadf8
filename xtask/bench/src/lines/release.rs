//! A whole release over HTTP: what is asked of GitHub, how long we take between two runs, and how long it lasts beside the shortest possible.

mod asked;
mod told;

use crate::Bench;
use crate::clock::wait;
use crate::figure::{Figure, Found, Target};
use crate::organisation::{Component, Organisation};
use crate::samples::Samples;
use crate::work_folder::WorkFolder;
use anyhow::Result;
use github_sim::{Happened, Truth};
use std::collections::BTreeMap;
use std::time::Duration;
use told::Told;

/// What is released: names, needs, programs. The longest path has four runs.
const COMPONENTS: [(&str, &[&str], &[&str]); 5] = [
    ("consensus", &[], &["check"]),
    ("protocol", &["consensus"], &["decode"]),
    ("node", &["protocol", "consensus"], &["node"]),
    ("wallet", &["node"], &["wallet"]),
    ("sdk", &[], &["keygen", "sign"]),
];
const LONGEST_PATH_RUNS: u64 = 4;

/// Releases, in runs.
const RUNS: usize = 5;

/// Seconds that each run lasts.
const RUN_SECONDS: u64 = 3;

/// Milliseconds after the publication in which what is said of it is still asked for.
const AFTERWARDS_MILLISECONDS: u64 = 500;

/// Milliseconds of our own that an edge may cost.
const EDGE_MILLISECONDS_MAX: f64 = 50.0;

/// Times the longest path that the runs may take together.
const MAKESPAN_MAX: f64 = 1.05;

pub(super) fn measure(bench: &Bench) -> Result<Found> {
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut releases = Vec::new();
    for _ in 0..RUNS {
        releases.push(threads.block_on(released(bench))?);
    }
    let mut found = Found::default();
    times(&mut found, &releases)?;
    requests(&mut found, &releases);
    found.note(format!(
        "{} components on a simulated GitHub, on the machine's clock; runs last {RUN_SECONDS} s and wait for no runner. Times are those of \
         GitHub's own log, in milliseconds: what its API tells in whole seconds is not used.",
        COMPONENTS.len()
    ));
    found.note(
        "An edge: from the end of the last run that a component needs to its own dispatch. The webhook's way, the look at the run, its \
         artifact, the decision and the way of the dispatch are all within.",
    );
    Ok(found)
}

/// What GitHub saw of one release.
async fn released(bench: &Bench) -> Result<Vec<Truth>> {
    let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    let components = COMPONENTS.map(|(name, needs, files)| Component {
        name: name.to_owned(),
        needs: owned(needs),
        files: owned(files),
    });
    let folder = WorkFolder::make(&bench.target, "release")?;
    let organisation = Organisation::make(folder, &components, RUN_SECONDS).await?;
    let server = organisation.serve(bench)?;
    organisation.hook(&server)?;
    organisation.push_tag()?;
    let is_published = |truth: &[Truth]| {
        let mut lines = truth.iter();
        lines.any(|line| matches!(line.what, Happened::ReleasePublished { .. }))
    };
    organisation
        .until("the release is published", is_published)
        .await?;
    wait(Duration::from_millis(AFTERWARDS_MILLISECONDS)).await;
    Ok(organisation.github.truth())
}

fn times(found: &mut Found, releases: &[Vec<Truth>]) -> Result<()> {
    let told = releases.iter().map(|truth| Told::of(truth));
    let told: Vec<Told> = told.collect::<Result<_>>()?;
    let edges = Samples::new(told.iter().flat_map(|told| told.edges.clone()).collect());
    let high = Samples::one(edges.percentile(95));
    let edge = Figure::new("end of a run to the dispatch that waited for it", "ms", edges);
    found.add(edge.aims(Target::AtMost(EDGE_MILLISECONDS_MAX)));
    found.add(Figure::new("of these, the 95th percentile", "ms", high));
    let path = (1_000 * LONGEST_PATH_RUNS * RUN_SECONDS) as f64;
    let makespan = told.iter().map(|told| told.building / path).collect();
    let makespan = Figure::new(
        "first dispatch to the end of the last run, beside the longest path",
        "times",
        Samples::new(makespan),
    );
    found.add(makespan.aims(Target::AtMost(MAKESPAN_MAX)));
    for (what, of) in [
        (
            "push of the tag to the first dispatch",
            (|told| told.planning) as fn(&Told) -> f64,
        ),
        ("end of the last run to the publication", |told| told.publishing),
    ] {
        let samples = Samples::new(told.iter().map(of).collect());
        found.add(Figure::new(what, "ms", samples));
    }
    Ok(())
}

fn requests(found: &mut Found, releases: &[Vec<Truth>]) {
    let counted: Vec<BTreeMap<String, usize>> = releases.iter().map(|truth| asked::of(truth)).collect();
    let sums = counted.iter().map(|counts| counts.values().sum::<usize>() as f64);
    let assets = releases
        .iter()
        .map(|truth| asked::assets(truth))
        .max()
        .unwrap_or(0);
    let allowed = 10 + 5 * COMPONENTS.len() + 2 * assets;
    let what = format!(
        "requests to the API, with {} components and {assets} assets",
        COMPONENTS.len()
    );
    let sum = Figure::new(what, "", Samples::new(sums.collect()));
    found.add(sum.aims(Target::AtMost(allowed as f64)));
    let mut templates: Vec<&String> = counted.iter().flat_map(BTreeMap::keys).collect();
    templates.sort_unstable();
    templates.dedup();
    for template in templates {
        let counts = counted
            .iter()
            .map(|counts| counts.get(template).copied().unwrap_or(0) as f64);
        found.add(Figure::new(
            format!("`{template}`"),
            "",
            Samples::new(counts.collect()),
        ));
    }
}

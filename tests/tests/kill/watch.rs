//! Looks at the process table while a release runs.

use crate::wait::pause;
use house_tests::{Process, processes_below};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Between two looks; a build of a play takes longer.
const LOOK: Duration = Duration::from_millis(15);

/// Process groups that build, per tree. Git commands of the program itself work in trees too, and are no builds.
type Builders = BTreeMap<PathBuf, BTreeSet<u32>>;

/// Runs `play` and answers what it gave, and every case of two groups in one tree meanwhile.
pub(crate) fn watching<T>(sources: &Path, play: impl FnOnce() -> T) -> (T, Vec<String>) {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let seen = scope.spawn(|| watch(sources, &over));
        let answer = play();
        over.store(true, Ordering::Relaxed);
        (
            answer,
            seen.join()
                .unwrap_or_else(|_| vec!["the watcher died".to_owned()]),
        )
    })
}

fn watch(sources: &Path, over: &AtomicBool) -> Vec<String> {
    let mut violations = Vec::new();
    let mut earlier = Builders::new();
    while !over.load(Ordering::Relaxed) {
        let present = builders(sources);
        for (tree, groups) in &present {
            // One look takes a while: only who is seen in two looks was there together with whoever the first one saw.
            let both: Vec<&u32> = earlier
                .get(tree)
                .map(|earlier| groups.intersection(earlier).collect())
                .unwrap_or_default();
            if both.len() > 1 {
                violations.push(format!("{}: groups {both:?} at once", tree.display()));
            }
        }
        earlier = present;
        pause(LOOK);
    }
    violations
}

fn builders(sources: &Path) -> Builders {
    let mut builders = Builders::new();
    for process in building(sources) {
        let below = process.folder.strip_prefix(sources).unwrap_or(&process.folder);
        let tree = sources.join(
            below
                .components()
                .next()
                .map_or(Path::new(""), |first| first.as_os_str().as_ref()),
        );
        builders.entry(tree).or_default().insert(process.group);
    }
    builders
}

/// Every live process of a build below this folder.
pub(crate) fn building(sources: &Path) -> Vec<Process> {
    let is_git = |process: &Process| {
        process
            .command
            .split(' ')
            .next()
            .is_some_and(|word| word.ends_with("git"))
    };
    processes_below(sources)
        .into_iter()
        .filter(|process| !is_git(process))
        .collect()
}

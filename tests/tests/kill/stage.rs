//! The organisation that is released and killed: six components of which some need others, built by shell in less than a
//! second each, and what can be seen of it from outside.

use crate::wait::now;
use crate::watch::{building, watching};
use house_tests::{Answer, Component, Contents, Governance, Organisation, ReleaseFolder, Running, contents};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) const VERSION: &str = "0.1.0";
/// Everything that lies in the folder of a play in the end: no draft is left beside the release.
const IN_THE_END: [&str; 3] = ["outside", "release", "workspace"];

/// Name, whom it needs, how long it builds, whether it yields a binary.
type Part = (&'static str, &'static [&'static str], &'static str, bool);

const PARTS: [Part; 6] = [
    ("base", &[], "0.3", false),
    ("side", &[], "0.6", false),
    ("middle", &["base"], "0.3", false),
    ("other", &["side", "base"], "0.4", true),
    ("tool", &["middle"], "0.2", true),
    ("top", &["tool", "other"], "0.3", true),
];

const CHAIN: [&str; 12] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
];

/// What begins every build: its lock, and its line in the log. The folder `outside` is the same relative way for every
/// play, so that all plays have the same commits.
pub(crate) const BEGIN: &str = r#"outside=../../../../outside
name=$(basename "$PWD")
exec 9>>"$outside/$name.lock"
flock --nonblock 9 || echo "$name: $$ begins while another build lives in the tree" >>"$outside/violations"
case "$HOME" in */compare/*) which=second ;; *) which=begin ;; esac
echo "$which $name $$" >>"$outside/log""#;

/// What ends every build. Products appear before it.
pub(crate) const END: &str = r#"echo "end $name $$" >>"$outside/log""#;

/// An organisation, and what its repositories were.
pub(crate) struct Stage {
    pub(crate) organisation: Organisation,
    names: Vec<String>,
    before: Vec<Contents>,
    options: Vec<&'static str>,
}

/// What can be seen of a release whose process is dead.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Components with a run folder whose status says `exit 0`.
    pub(crate) finished: BTreeSet<String>,
    /// How often each was begun.
    pub(crate) begun: BTreeMap<String, usize>,
    /// How often each was begun a second time, to be compared.
    pub(crate) seconds: BTreeMap<String, usize>,
    /// What the journal says: the state.
    pub(crate) phase: String,
    /// How many attempts of each there were.
    pub(crate) attempts: BTreeMap<String, usize>,
    /// The number of the attempt by which each succeeded.
    pub(crate) succeeded: BTreeMap<String, u64>,
}

impl Stage {
    pub(crate) fn new() -> Stage {
        Stage::of(PARTS.iter().map(component).collect())
    }

    /// One of many components, each of which needs the two before it: long enough to be killed often.
    pub(crate) fn long() -> Stage {
        let part = |place: usize| -> Part {
            let seconds = ["0.2", "0.35", "0.25"][place % 3];
            (
                CHAIN[place],
                &CHAIN[place.saturating_sub(2)..place],
                seconds,
                place % 4 == 3,
            )
        };
        Stage::of((0..CHAIN.len()).map(|place| component(&part(place))).collect())
    }

    /// A stage of these components, none of which may be tried twice: an interruption costs no attempt and no budget.
    pub(crate) fn of(components: Vec<Component>) -> Stage {
        let organisation = Organisation::of(&components);
        fs::create_dir(organisation.folder().join("outside")).unwrap();
        let configuration = fs::read_to_string(organisation.configuration()).unwrap();
        organisation.write_configuration(&configuration.replacen(
            "[release]\n",
            "[release]\nretry_budget = 0\nattempts_max = 1\n",
            1,
        ));
        let listed = fs::read_dir(organisation.workspace())
            .unwrap()
            .map(|entry| entry.unwrap());
        let mut names: Vec<String> = listed
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort();
        let before = names
            .iter()
            .map(|name| contents(&organisation.workspace().join(name)))
            .collect();
        Stage {
            organisation,
            names,
            before,
            options: vec!["--jobs", "2"],
        }
    }

    /// The same with a further option.
    pub(crate) fn with_option(mut self, option: &'static str) -> Stage {
        self.options.push(option);
        self
    }

    /// The one command that is given again and again.
    pub(crate) fn command(&self) -> Governance {
        self.organisation
            .release(VERSION)
            .args(self.options.iter().copied())
    }

    pub(crate) fn start(&self) -> Running {
        self.command().start()
    }

    /// Runs the command to its end while the process table is watched.
    #[track_caller]
    pub(crate) fn finish(&self) -> Answer {
        let (answer, violations) = watching(&self.organisation.sources(), || self.command().run());
        assert_eq!(
            violations,
            Vec::<String>::new(),
            "two builds in one tree\n{answer}"
        );
        answer.ends_with(0)
    }

    /// A release that nobody disturbs, and the time it takes.
    pub(crate) fn undisturbed(self) -> (Contents, Duration) {
        let since = now();
        self.finish();
        let time = now().duration_since(since);
        self.is_left_in_order();
        (ReleaseFolder::at(&self.organisation.out()).what(), time)
    }

    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.organisation.folder().join("outside").join(name)
    }

    /// The log that the builds write.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.outside("log")).unwrap_or_default()
    }

    /// The folders of all attempts, by name.
    pub(crate) fn runs(&self) -> Vec<PathBuf> {
        let releases = folders(&self.work().join("runs"));
        releases.iter().flat_map(|release| folders(release)).collect()
    }

    /// Logs, artifacts and what is put together.
    pub(crate) fn work(&self) -> PathBuf {
        self.organisation.workspace().join(".governance/state.db.work")
    }

    pub(crate) fn see(&self) -> Seen {
        let mut seen = Seen::default();
        for run in self.runs() {
            let name = run.file_name().unwrap().to_string_lossy().into_owned();
            let status = fs::read_to_string(run.join("status")).unwrap_or_default();
            if let Some((component, _)) = name
                .split_once("-linux-")
                .filter(|_| status.starts_with("exit 0\n"))
            {
                seen.finished.insert(component.to_owned());
            }
        }
        for line in self.log().lines() {
            let (what, rest) = line.split_once(' ').unwrap();
            let counts = match what {
                "begin" => &mut seen.begun,
                "second" => &mut seen.seconds,
                _ => continue,
            };
            *counts
                .entry(rest.split(' ').next().unwrap().to_owned())
                .or_default() += 1;
        }
        if let Some(journal) = self.journal() {
            seen.phase = journal["state"].as_str().unwrap_or_default().to_owned();
            for build in journal["builds"].as_array().unwrap() {
                let name = build["repository"].as_str().unwrap().to_owned();
                let attempts = build["attempts"].as_array().unwrap();
                if build["state"] == "succeeded" {
                    let last = attempts.last().unwrap()["number"].as_u64().unwrap();
                    seen.succeeded.insert(name.clone(), last);
                }
                seen.attempts.insert(name, attempts.len());
            }
        }
        seen
    }

    /// What `release show` says; nothing if the release is not in the state yet.
    pub(crate) fn journal(&self) -> Option<Value> {
        let answer = self
            .organisation
            .order("show", VERSION)
            .args(["--format", "json"])
            .run();
        (answer.code == Some(0)).then(|| serde_json::from_str(&answer.output).unwrap())
    }

    /// After the end: one release, published, nothing else anywhere, nothing alive, nothing of the user's changed.
    #[track_caller]
    pub(crate) fn is_left_in_order(&self) {
        let mut names: Vec<String> = fs::read_dir(self.organisation.folder())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, IN_THE_END);
        self.is_published_once();
        let violations = fs::read_to_string(self.outside("violations")).unwrap_or_default();
        assert_eq!(violations, "");
        assert_eq!(building(&self.organisation.sources()), []);
        let compare = self.organisation.workspace().join(".governance/compare");
        let left = folders(&compare)
            .into_iter()
            .filter(|path| path.to_string_lossy().ends_with("-first"));
        assert_eq!(left.collect::<Vec<_>>(), Vec::<PathBuf>::new());
        self.repositories_are_as_they_were();
    }

    /// One release in the state, every build of which succeeded; attempts were interrupted, none failed.
    #[track_caller]
    fn is_published_once(&self) {
        let state = self.organisation.state();
        let list = Governance::new()
            .args(["release", "list"])
            .option("--state", &state)
            .json();
        let releases = list["releases"].as_array().unwrap();
        assert_eq!(releases.len(), 1, "{list}");
        assert_eq!(releases[0]["state"], "published", "{list}");
        let journal = self.journal().unwrap();
        for build in journal["builds"].as_array().unwrap() {
            assert_eq!(build["state"], "succeeded", "{journal}");
            let mut attempts = build["attempts"].as_array().unwrap().iter().rev();
            assert_eq!(attempts.next().unwrap()["outcome"], "succeeded", "{journal}");
            for earlier in attempts {
                assert_eq!(earlier["outcome"], "interrupted", "{journal}");
            }
        }
        let check = Governance::new().args(["db", "check"]).option("--state", &state);
        check.run().ends_with(0);
    }

    #[track_caller]
    pub(crate) fn repositories_are_as_they_were(&self) {
        for (name, before) in self.names.iter().zip(&self.before) {
            assert_eq!(
                &contents(&self.organisation.workspace().join(name)),
                before,
                "repository {name}"
            );
        }
    }

    /// What was finished before was not begun again. A run makes one more attempt at most, and no attempt begins twice. (Of an
    /// attempt that was just beginning the line may come after the look.)
    #[track_caller]
    pub(crate) fn nothing_finished_began_again(&self, before: &Seen, after: &Seen) {
        for name in &self.names {
            let (earlier, later) = (count(&before.begun, name), count(&after.begun, name));
            if before.finished.contains(name) {
                assert_eq!(
                    earlier,
                    later,
                    "{name} had finished and was begun again\n{}",
                    self.log()
                );
            }
        }
        for (name, attempts) in &after.attempts {
            let (earlier, begun) = (count(&before.attempts, name), count(&after.begun, name));
            assert!(
                begun <= *attempts,
                "an attempt of {name} began twice\n{}",
                self.log()
            );
            assert!(
                *attempts <= earlier + 1,
                "{name} had {earlier} attempts and has {attempts}"
            );
        }
        for (name, attempt) in &before.succeeded {
            assert_eq!(after.succeeded.get(name), Some(attempt), "{name} had succeeded");
            let (earlier, later) = (count(&before.seconds, name), count(&after.seconds, name));
            assert_eq!(
                earlier,
                later,
                "{name} had succeeded and was compared again\n{}",
                self.log()
            );
        }
    }
}

pub(crate) fn count(counts: &BTreeMap<String, usize>, name: &str) -> usize {
    counts.get(name).copied().unwrap_or(0)
}

/// The folders in a folder; none if it is not there.
pub(crate) fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// A build with a grandchild, which reads what its neighbours' builds made, and makes something itself.
fn component((name, needs, seconds, binary): &Part) -> Component {
    let mut script = format!("{BEGIN}\n(sh -c 'sleep {seconds}; :')\nseq 1 20000 >{name}.new\n");
    for need in *needs {
        script.push_str(&format!("cksum ../{need}/{need} >>{name}.new\n"));
    }
    script.push_str(&format!("chmod 755 {name}.new\nmv {name}.new {name}\n{END}"));
    let mut component = Component::new(name).building(&script);
    for need in *needs {
        component = component.needing(need);
    }
    if *binary {
        component.with_binary(name)
    } else {
        component
    }
}

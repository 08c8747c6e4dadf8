//! Every question about a plan, against the plainest search over what was drawn: nothing of the plan is asked twice.

use crate::common::{name, plain, read};
use dependency_graph::{Component, Plan};
use domain_types::{CommitSha, RepoName};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Components as drawn: what each requires, what it follows, how long it takes. Few enough to look at every path.
#[derive(Debug, Clone)]
struct Drawn {
    requires: BTreeMap<String, BTreeSet<String>>,
    after: BTreeMap<String, BTreeSet<String>>,
    seconds: BTreeMap<String, Option<u64>>,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let names = proptest::collection::btree_set("[a-c][a-c0-9.-]{0,2}", 1..9);
    names.prop_flat_map(|names| {
        let names: Vec<String> = names.into_iter().collect();
        let count = names.len();
        // Two draws of edges that run from later to earlier places only: no cycle, whatever the names.
        let edges = || proptest::collection::vec((0..count, 0..count), 0..12);
        let seconds = proptest::collection::vec(proptest::option::of(0_u64..4), count);
        (Just(names).prop_shuffle(), edges(), edges(), seconds).prop_map(
            |(names, requires, after, seconds)| {
                let named = |edges: Vec<(usize, usize)>| {
                    let mut all: BTreeMap<String, BTreeSet<String>> =
                        names.iter().map(|name| (name.clone(), BTreeSet::new())).collect();
                    for (later, earlier) in edges.into_iter().filter(|(later, earlier)| earlier < later) {
                        all.get_mut(&names[later]).unwrap().insert(names[earlier].clone());
                    }
                    all
                };
                Drawn {
                    requires: named(requires),
                    after: named(after),
                    seconds: names.iter().cloned().zip(seconds).collect(),
                }
            },
        )
    })
}

impl Drawn {
    fn names(&self) -> BTreeSet<String> {
        self.requires.keys().cloned().collect()
    }

    /// Everything that a component waits for.
    fn waits(&self, of: &str) -> BTreeSet<String> {
        self.requires[of].union(&self.after[of]).cloned().collect()
    }

    fn weight(&self, of: &str) -> u64 {
        self.seconds[of].unwrap_or(1).max(1)
    }

    fn component(&self, of: &str) -> Component {
        Component {
            name: name(of),
            version: "1.0.0".to_owned(),
            tag: "v1.0.0".parse().unwrap(),
            commit: None,
            requires: repositories(&self.requires[of]),
            after: repositories(&self.after[of]),
            binaries: Vec::new(),
            optional: false,
            platforms: vec!["linux-x86_64".parse().unwrap()],
            expected_seconds: self.seconds[of],
        }
    }

    fn plan(&self) -> Plan {
        let components = self.names().iter().map(|name| self.component(name)).collect();
        Plan::new("commons".parse().unwrap(), None, components, Vec::new()).unwrap()
    }

    /// Every way from a component that waits for nothing to one that nothing waits for, each name within one line.
    fn ways(&self) -> Vec<Vec<String>> {
        let mut ways = Vec::new();
        let mut open: Vec<Vec<String>> = self
            .names()
            .into_iter()
            .filter(|name| self.waits(name).is_empty())
            .map(|name| vec![name])
            .collect();
        while let Some(way) = open.pop() {
            let next: Vec<String> = self
                .names()
                .into_iter()
                .filter(|name| self.waits(name).contains(&way[way.len() - 1]))
                .collect();
            open.extend(
                next.iter()
                    .map(|name| [&way[..], std::slice::from_ref(name)].concat()),
            );
            if next.is_empty() {
                ways.push(way);
            }
        }
        ways
    }
}

fn repositories(names: &BTreeSet<String>) -> Vec<RepoName> {
    names.iter().map(|one| name(one)).collect()
}

fn texts<'n>(names: impl IntoIterator<Item = &'n RepoName>) -> Vec<String> {
    names.into_iter().map(RepoName::to_string).collect()
}

/// Whatever is reached from these names by `step`, themselves included, found by asking until nothing is added.
fn closure(
    mut reached: BTreeSet<String>,
    step: impl Fn(&BTreeSet<String>) -> BTreeSet<String>,
) -> BTreeSet<String> {
    loop {
        let more: BTreeSet<String> = reached.union(&step(&reached)).cloned().collect();
        if more == reached {
            return reached;
        }
        reached = more;
    }
}

proptest! {
    #[test]
    fn the_order_is_that_of_the_plainest_search(drawn in drawn()) {
        let mut expected: Vec<String> = Vec::new();
        while let Some(next) = drawn.names().into_iter().find(|name| {
            !expected.contains(name) && drawn.waits(name).iter().all(|need| expected.contains(need))
        }) {
            expected.push(next);
        }
        prop_assert_eq!(texts(drawn.plan().order()), expected);
    }

    #[test]
    fn a_wave_is_the_length_of_the_longest_way_to_it(drawn in drawn()) {
        let plan = drawn.plan();
        let ways = drawn.ways();
        for of in drawn.names() {
            let places = ways.iter().filter_map(|way| way.iter().position(|other| *other == of));
            prop_assert_eq!(plan.wave(&name(&of)), places.max(), "{}", of);
        }
        let waves: Vec<BTreeSet<String>> = plan.waves().into_iter().map(|wave| texts(wave).into_iter().collect()).collect();
        for (index, wave) in waves.iter().enumerate() {
            prop_assert!(wave.iter().all(|of| plan.wave(&name(of)) == Some(index)));
        }
        prop_assert_eq!(waves.into_iter().flatten().collect::<BTreeSet<_>>(), drawn.names());
    }

    #[test]
    fn the_critical_path_is_the_heaviest_of_all_ways_and_of_equals_the_first(drawn in drawn()) {
        let plan = drawn.plan();
        let weight = |way: &[String]| way.iter().map(|name| drawn.weight(name)).sum::<u64>();
        let mut ways = drawn.ways();
        ways.sort_by(|left, right| weight(right).cmp(&weight(left)).then_with(|| left.cmp(right)));
        prop_assert_eq!(&texts(plan.critical_path()), &ways[0]);
        for of in drawn.names() {
            let rests = ways.iter().filter_map(|way| Some(weight(&way[way.iter().position(|other| *other == of)?..])));
            prop_assert_eq!(Some(plan.remaining_path(&name(&of))), rests.max(), "{}", of);
        }
    }

    #[test]
    fn ready_is_whoever_waits_for_nothing_more(drawn in drawn(), done in proptest::collection::btree_set("[a-c][a-c0-9.-]{0,2}", 0..6)) {
        let ready = |of: &String| !done.contains(of) && drawn.waits(of).is_subset(&done);
        let expected: Vec<String> = drawn.names().into_iter().filter(ready).collect();
        prop_assert_eq!(texts(drawn.plan().ready(&done.iter().map(|one| name(one)).collect())), expected);
    }

    #[test]
    fn a_change_builds_whatever_waits_for_it_and_lays_out_what_that_requires(
        drawn in drawn(), picks in proptest::collection::vec(any::<prop::sample::Index>(), 1..4)
    ) {
        let all: Vec<String> = drawn.names().into_iter().collect();
        let changed: BTreeSet<String> = picks.iter().map(|pick| pick.get(&all).clone()).collect();
        let part = drawn.plan().restrict_to_changed(&repositories(&changed)).unwrap();
        let built = closure(changed, |reached| {
            all.iter().filter(|name| !drawn.waits(name).is_disjoint(reached)).cloned().collect()
        });
        let needed = closure(built.clone(), |reached| {
            reached.iter().flat_map(|name| drawn.requires[name].clone()).collect()
        });
        let laid_out: Vec<String> = needed.difference(&built).cloned().collect();
        prop_assert_eq!(texts(part.components().iter().map(|one| &one.name)), built.iter().cloned().collect::<Vec<_>>());
        prop_assert_eq!(texts(part.sources_only().iter().map(|one| &one.name)), laid_out);
        for component in part.sources() {
            let name = component.name.as_str();
            prop_assert_eq!(texts(&component.requires), drawn.requires[name].iter().cloned().collect::<Vec<_>>());
            prop_assert_eq!(texts(&component.after), drawn.after[name].intersection(&built).cloned().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_part_of_a_plan_with_its_commits_is_stored_and_read_back(drawn in drawn(), pick in any::<prop::sample::Index>()) {
        let all = repositories(&drawn.names());
        let part = drawn.plan().restrict_to_changed(std::slice::from_ref(pick.get(&all))).unwrap();
        let commit = |of: &RepoName| -> CommitSha { domain_types::Sha256Digest::of(of.as_str().as_bytes()).hex().parse().unwrap() };
        let frozen = part.with_commits(&all.iter().map(|of| (of.clone(), commit(of))).collect()).unwrap();
        let again: Plan = serde_json::from_str(&serde_json::to_string(&frozen).unwrap()).unwrap();
        prop_assert_eq!(again.digest(), frozen.digest());
        prop_assert_ne!(again.digest(), part.digest());
        prop_assert_eq!(texts(again.order()), texts(frozen.order()));
        prop_assert_eq!(again, frozen);
    }

    #[test]
    fn the_digest_depends_neither_on_the_order_of_lists_nor_on_their_form(drawn in drawn(), binaries in proptest::collection::btree_set("[a-z]{3,6}", 0..4)) {
        let names: Vec<String> = drawn.names().into_iter().collect();
        let text = |turned: bool| {
            let list = |items: &BTreeSet<String>| {
                let mut items: Vec<String> = items.iter().map(|item| format!("{item:?}")).collect();
                if turned {
                    items.reverse();
                }
                items.join(", ")
            };
            let mut entries = names.iter().enumerate().map(|(index, of)| {
                let binaries = if index == 0 { list(&binaries) } else { String::new() };
                let requires = list(&drawn.requires[of]);
                if turned {
                    format!("[versions.{of:?}]\nbinaries = [{binaries}]\nrequires = [\n{requires}\n]\ngit_tag = 'v1.0.0'\nversion = '1.0.0'\n")
                } else {
                    format!("{of:?} = {{ version = \"1.0.0\", git_tag = \"v1.0.0\", requires = [{requires}], binaries = [{binaries}] }}\n")
                }
            }).collect::<Vec<_>>();
            if turned {
                entries.reverse();
                entries.concat()
            } else {
                format!("[versions]\n{}", entries.concat())
            }
        };
        let [straight, turned] = [false, true].map(|turned| read(&text(turned), &plain()).plan);
        prop_assert_eq!(turned.digest(), straight.digest());
        prop_assert_eq!(turned, straight);
    }
}

//! What holds for every graph and every text.

use crate::common::{name, plain, read, shown};
use dependency_graph::{Plan, read_plan};
use domain_types::RepoName;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Acyclic by construction: component `i` requires only smaller numbers; names are shuffled by `names`.
#[derive(Debug, Clone)]
struct Shape {
    names: Vec<u16>,
    requires: Vec<BTreeSet<usize>>,
}

fn shapes() -> impl Strategy<Value = Shape> {
    proptest::collection::btree_set(0_u16..1000, 1..25).prop_flat_map(|names| {
        let count = names.len();
        let names = Just(names.into_iter().collect::<Vec<_>>()).prop_shuffle();
        let requires = (0..count)
            .map(|index| proptest::collection::btree_set(0..index.max(1), 0..=index.min(4)))
            .collect::<Vec<_>>();
        (names, requires).prop_map(|(names, mut requires)| {
            requires[0].clear();
            Shape { names, requires }
        })
    })
}

impl Shape {
    fn name(&self, index: usize) -> String {
        format!("r{}", self.names[index])
    }

    fn entries(&self) -> Vec<String> {
        let entry = |index: usize| {
            let requires: Vec<String> = self.requires[index]
                .iter()
                .map(|need| format!("\"{}\"", self.name(*need)))
                .collect();
            let requires = requires.join(",");
            format!(
                "{} = {{ version = \"1.0.0\", git_tag = \"v1.0.0\", requires = [{requires}] }}",
                self.name(index)
            )
        };
        (0..self.names.len()).map(entry).collect()
    }

    fn plan(&self) -> Plan {
        read(&format!("[versions]\n{}", self.entries().join("\n")), &plain()).plan
    }
}

fn position(names: &[&RepoName]) -> BTreeMap<RepoName, usize> {
    names
        .iter()
        .enumerate()
        .map(|(index, name)| ((*name).clone(), index))
        .collect()
}

proptest! {
    #[test]
    fn the_order_is_a_linear_extension_and_waves_are_its_depth(shape in shapes()) {
        let plan = shape.plan();
        let order = plan.order();
        let positions = position(&order);
        prop_assert_eq!(positions.len(), shape.names.len());
        for component in plan.components() {
            let wave = plan.wave(&component.name).unwrap();
            for need in &component.requires {
                prop_assert!(positions[need] < positions[&component.name]);
            }
            let below = component.requires.iter().map(|need| plan.wave(need).unwrap() + 1).max();
            prop_assert_eq!(wave, below.unwrap_or(0));
            prop_assert!(plan.waves()[wave].contains(&&component.name));
        }
    }

    #[test]
    fn the_order_takes_the_smallest_ready_name_each_time(shape in shapes()) {
        let plan = shape.plan();
        let mut done = BTreeSet::new();
        for next in plan.order() {
            let ready = plan.ready(&done);
            prop_assert_eq!(ready.first(), Some(&next));
            done.insert(next.clone());
        }
        prop_assert!(plan.ready(&done).is_empty());
    }

    #[test]
    fn the_critical_path_is_a_chain_of_the_greatest_remaining_weight(shape in shapes()) {
        let plan = shape.plan();
        let path = plan.critical_path();
        for pair in path.windows(2) {
            prop_assert!(plan.needs(pair[1]).contains(&pair[0]));
        }
        let longest = plan.components().iter().map(|one| plan.remaining_path(&one.name)).max().unwrap();
        prop_assert_eq!(path.len() as u64, longest);
        prop_assert_eq!(path.len(), plan.waves().len());
    }

    #[test]
    fn the_digest_does_not_depend_on_the_order_of_entries(shape in shapes(), seed in any::<u64>()) {
        let mut entries = shape.entries();
        entries.sort_by_key(|entry| domain_types::Sha256Digest::of(format!("{seed}{entry}").as_bytes()));
        let shuffled = read(&format!("[versions]\n{}", entries.join("\n")), &plain()).plan;
        prop_assert_eq!(shuffled.digest(), shape.plan().digest());
        prop_assert_eq!(shuffled, shape.plan());
    }

    #[test]
    fn a_restriction_is_idempotent_and_closed(shape in shapes(), pick in any::<prop::sample::Index>()) {
        let plan = shape.plan();
        let changed = [name(&shape.name(pick.index(shape.names.len())))];
        let part = plan.restrict_to_changed(&changed).unwrap();
        prop_assert_eq!(&part.restrict_to_changed(&changed).unwrap(), &part);
        let mut expected = plan.downstream(&changed);
        expected.extend(changed.iter().cloned());
        let built: BTreeSet<RepoName> = part.components().iter().map(|one| one.name.clone()).collect();
        prop_assert_eq!(&built, &expected);
        let known: BTreeSet<&RepoName> = part.sources().into_iter().map(|one| &one.name).collect();
        for component in part.sources() {
            prop_assert!(component.requires.iter().all(|need| known.contains(need)));
        }
    }

    #[test]
    fn closing_any_edge_makes_a_cycle_that_is_really_one(shape in shapes(), pick in any::<prop::sample::Index>()) {
        let last = shape.names.len() - 1;
        let Some(first) = shape.requires[last].iter().nth(pick.index(shape.requires[last].len().max(1))) else {
            return Ok(());
        };
        let mut closed = shape.clone();
        closed.requires[*first].insert(last);
        let text = format!("[versions]\n{}", closed.entries().join("\n"));
        let problems = read_plan("f", &text, &plain()).unwrap_err();
        for problem in &problems {
            let path: Vec<&str> = problem.message.rsplit(": ").next().unwrap().split(" -> ").collect();
            prop_assert_eq!(path.first(), path.last());
            prop_assert_eq!(path.iter().min(), path.first());
            for pair in path.windows(2) {
                let needed = format!("{} = ", pair[0]);
                let entry = text.lines().find(|line| line.starts_with(&needed)).unwrap();
                let requirement = format!("\"{}\"", pair[1]);
                prop_assert!(entry.contains(&requirement), "{} in {}", pair[1], entry);
            }
        }
    }

    #[test]
    fn a_stored_plan_is_the_same_plan(shape in shapes()) {
        let plan = shape.plan();
        let stored = serde_json::to_string(&plan).unwrap();
        prop_assert_eq!(serde_json::from_str::<Plan>(&stored).unwrap(), plan);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*") {
        prop_assert!(read_plan("f", &text, &plain()).map_or_else(|problems| !problems.is_empty(), |_| true));
    }

    #[test]
    fn no_text_that_resembles_a_manifest_makes_it_panic(
        parts in proptest::collection::vec(prop::sample::select(vec![
            "[versions]", "[versions.develop]", "[modules]", "a", "b", "=", " ", "\n", "\"v0.1.0\"", "{", "}", "[", "]",
            "version", "git_tag", "requires", "binaries", "\"", "'''", ",", ".", "\"a=0.1.0\"", "#", "é", "\r", "\u{0}",
        ]), 0..60)
    ) {
        let text: String = parts.concat();
        if let Err(problems) = read_plan("f", &text, &plain()) {
            let lines = text.lines().count().max(1);
            prop_assert!(!problems.is_empty());
            for problem in &problems {
                prop_assert!(problem.line >= 1 && problem.line <= lines + 1 && problem.column >= 1, "{}", shown(&problems));
            }
        }
    }
}

//! Questions to a plan, and plans made of plans.

use crate::common::{line, manifest_of, name, names, plain, plan_of, read, waves, with_seconds};
use dependency_graph::{Plan, PlanError};
use domain_types::{CommitSha, RepoName};
use expect_test::expect;
use std::collections::{BTreeMap, BTreeSet};

const SIX: &str = "consensus:\n protocol: consensus\n node: protocol consensus\n bin: node\n sdk:\n app: sdk";

fn commits(of: &[&str], digit: char) -> BTreeMap<RepoName, CommitSha> {
    let commit: CommitSha = digit.to_string().repeat(40).parse().unwrap();
    of.iter().map(|one| (name(one), commit.clone())).collect()
}

#[test]
fn of_all_ready_names_the_smallest_comes_next() {
    assert_eq!(line(plan_of(SIX).order()), "consensus protocol node bin sdk app");
    assert_eq!(
        waves(&plan_of(SIX)),
        "{consensus sdk} {app protocol} {node} {bin}"
    );
    assert_eq!(line(plan_of("b:\n a: c\n c:").order()), "b c a");
}

#[test]
fn readiness_is_per_component_and_not_per_wave() {
    let plan = plan_of(SIX);
    let rows = [
        ("", "consensus sdk"),
        ("sdk", "app consensus"),
        ("consensus", "protocol sdk"),
        ("consensus protocol", "node sdk"),
        ("consensus protocol node bin sdk app", ""),
        ("protocol unknown", "consensus sdk"),
    ];
    for (done, ready) in rows {
        let done: BTreeSet<RepoName> = names(done).into_iter().collect();
        assert_eq!(line(plan.ready(&done)), ready, "{done:?}");
    }
}

#[test]
fn downstream_is_everything_that_waits() {
    let plan = plan_of(SIX);
    let rows = [
        ("protocol", "bin node"),
        ("sdk", "app"),
        ("bin", ""),
        ("consensus sdk", "app bin node protocol"),
        ("consensus node", "bin node protocol"),
        ("unknown", ""),
    ];
    for (of, downstream) in rows {
        assert_eq!(line(&plan.downstream(&names(of))), downstream, "{of}");
    }
    assert_eq!(line(plan.needs(&name("node"))), "consensus protocol");
    assert_eq!(line(plan.needed_by(&name("consensus"))), "node protocol");
}

#[test]
fn the_critical_path_is_the_longest_by_count_or_by_expected_seconds() {
    assert_eq!(line(plan_of(SIX).critical_path()), "consensus protocol node bin");
    let timed = read(&manifest_of(SIX), &with_seconds(plain(), "app", 60)).plan;
    assert_eq!(line(timed.critical_path()), "sdk app");
    assert_eq!(
        (
            timed.remaining_path(&name("sdk")),
            timed.remaining_path(&name("consensus"))
        ),
        (61, 4)
    );
    assert_eq!(timed.remaining_path(&name("unknown")), 0);
    assert_eq!(line(plan_of("d: b a\n c: b a\n b:\n a:").critical_path()), "a c");
}

#[test]
fn a_weight_without_bound_does_not_overflow() {
    let options = with_seconds(with_seconds(plain(), "a", u64::MAX), "b", u64::MAX);
    let plan = read(&manifest_of("a:\n b: a"), &options).plan;
    assert_eq!(plan.remaining_path(&name("a")), u64::MAX);
    assert_eq!(line(plan.critical_path()), "a b");
}

#[test]
fn a_changed_component_brings_what_is_downstream_and_the_sources_it_needs() {
    let rows = [
        ("protocol", "protocol node bin", "consensus"),
        ("bin", "bin", "consensus node protocol"),
        ("consensus", "consensus protocol node bin", ""),
        ("sdk bin", "bin sdk app", "consensus node protocol"),
    ];
    for (changed, order, sources) in rows {
        let plan = plan_of(SIX).restrict_to_changed(&names(changed)).unwrap();
        assert_eq!(line(plan.order()), order, "{changed}");
        assert_eq!(
            line(plan.sources_only().iter().map(|one| &one.name)),
            sources,
            "{changed}"
        );
        assert_eq!(
            plan.restrict_to_changed(&names(changed)).unwrap(),
            plan,
            "{changed}"
        );
        assert_eq!(
            plan.sources().len(),
            plan.components().len() + plan.sources_only().len()
        );
    }
}

#[test]
fn an_unknown_changed_component_is_refused_with_a_suggestion() {
    let error = plan_of(SIX)
        .restrict_to_changed(&names("protcol bin zzz"))
        .unwrap_err();
    let expected = expect!["no component of the plan is named protcol (did you mean protocol?), zzz"];
    expected.assert_eq(&error.to_string());
}

#[test]
fn an_order_in_time_does_not_outlive_a_restriction() {
    let mut options = plain();
    options.after.insert(name("b"), names("a"));
    let plan = read(&manifest_of("a:\n b:"), &options)
        .plan
        .restrict_to_changed(&names("b"))
        .unwrap();
    assert_eq!(
        (plan.components()[0].after.len(), plan.sources_only().len()),
        (0, 0)
    );
}

#[test]
fn commits_freeze_a_plan_and_change_its_digest() {
    let plan = plan_of("a:\n b: a");
    let frozen = plan.with_commits(&commits(&["a", "b"], 'a')).unwrap();
    assert_ne!(frozen.digest(), plan.digest());
    assert_eq!(frozen.with_commits(&commits(&["a", "b"], 'a')).unwrap(), frozen);
    let PlanError::CommitsMissing { names } = plan.with_commits(&commits(&["a"], 'a')).unwrap_err() else {
        panic!("b has no commit");
    };
    assert_eq!(line(&names), "b");
    assert_ne!(frozen, plan, "what is pinned is another plan");
    let moved = frozen.with_commits(&commits(&["a", "b"], 'b')).unwrap_err();
    assert!(
        matches!(&moved, PlanError::PinsDiffer { pins } if pins.len() == 2),
        "{moved}"
    );
    assert!(!moved.is_retryable());
}

#[test]
fn a_pin_that_the_tag_contradicts_is_shown_in_the_manifest() {
    let text = fixture!("rich.toml");
    let reading = read(text, &plain());
    let all: Vec<&str> = reading
        .plan
        .components()
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    let error = reading.plan.with_commits(&commits(&all, 'f')).unwrap_err();
    let shown = crate::common::shown(&reading.locate(&error));
    expect![[r#"
        the manifest pins other commits than the tags have: blvm-muhash pinned 0123456789abcdef0123456789abcdef01234567, tag has ffffffffffffffffffffffffffffffffffffffff
        versions.toml:4:69: error: blvm-muhash is pinned to 0123456789abcdef0123456789abcdef01234567, but its tag is ffffffffffffffffffffffffffffffffffffffff
          help: find out who moved the tag; then correct git_commit, or make it "" for no pin
    "#]].assert_eq(&format!("{error}\n{shown}"));
}

#[test]
fn what_is_only_a_source_must_be_frozen_too() {
    let plan = plan_of("a:\n b: a").restrict_to_changed(&names("b")).unwrap();
    assert!(plan.with_commits(&commits(&["b"], 'a')).is_err());
    let frozen = plan.with_commits(&commits(&["a", "b"], 'a')).unwrap();
    assert!(frozen.sources_only()[0].commit.is_some());
    assert!(frozen.canonical_json().contains("\"sources_only\":[{"));
}

#[test]
fn the_canonical_form_and_its_digest_stay_as_they_are() {
    let mut options = plain();
    options.version = Some("v0.1.0-rc.1".parse().unwrap());
    let plan = read(&manifest_of("a:\n b: a"), &options)
        .plan
        .with_commits(&commits(&["a", "b"], 'a'))
        .unwrap();
    expect![[r#"
        {"components":[{"after":[],"binaries":[],"commit":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","name":"a","optional":false,"platforms":["linux-x86_64"],"requires":[],"tag":"v0.1.0","version":"0.1.0"},{"after":[],"binaries":[],"commit":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","name":"b","optional":false,"platforms":["linux-x86_64"],"requires":["a"],"tag":"v0.1.0","version":"0.1.0"}],"release":"commons","schema":"governance/canonical-plan/v1","sources_only":[],"version":"0.1.0-rc.1"}
        sha256:b7a904546c44b7db4f3e41d2c480447ca8ad59e88db4e38c18949f2cd018e558
    "#]].assert_eq(&format!("{}\n{}\n", plan.canonical_json(), plan.digest()));
}

#[test]
fn an_expectation_of_time_is_not_part_of_the_identity_but_a_platform_is() {
    let text = manifest_of("a:");
    let digest = read(&text, &plain()).plan.digest();
    assert_eq!(read(&text, &with_seconds(plain(), "a", 5)).plan.digest(), digest);
    let mut options = plain();
    options.platforms.push("windows-x86_64".parse().unwrap());
    assert_ne!(read(&text, &options).plan.digest(), digest);
}

#[test]
fn a_stored_plan_is_read_back_and_one_that_does_not_hold_together_is_refused() {
    let plan = plan_of(SIX).restrict_to_changed(&names("node")).unwrap();
    let stored = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&stored).unwrap(), plan);
    let rows = [
        (
            r#""requires":["node"]"#,
            r#""requires":["bin"]"#,
            "components wait for each other: bin -> bin",
        ),
        (
            r#""requires":["node"]"#,
            r#""requires":["gone"]"#,
            "component bin needs gone, which is not in the plan",
        ),
        (
            r#""name":"node""#,
            r#""name":"bin""#,
            "component bin is given twice",
        ),
        (r#"["linux-x86_64"]"#, "[]", "component bin has no platform"),
        (
            r#""requires":["consensus","protocol"]"#,
            r#""requires":["bin"]"#,
            "components wait for each other: bin -> node -> bin",
        ),
    ];
    for (old, new, because) in rows {
        let broken = stored.replacen(old, new, if old.contains("linux") { 9 } else { 1 });
        assert_ne!(broken, stored, "{old}");
        let error = serde_json::from_str::<Plan>(&broken).unwrap_err().to_string();
        assert!(error.contains(because), "{error}");
    }
}

#[test]
fn ten_thousand_components_in_one_chain_are_planned() {
    let lines: String = (0..10_000)
        .map(|index| match index {
            0 => "r00000:\n".to_owned(),
            _ => format!(
                "r{index:05}: r{:05} {}\n",
                index - 1,
                if index > 9 {
                    format!("r{:05}", index - 9)
                } else {
                    String::new()
                }
            ),
        })
        .collect();
    let plan = plan_of(&lines);
    assert_eq!(
        (plan.order().len(), plan.waves().len(), plan.critical_path().len()),
        (10_000, 10_000, 10_000)
    );
    assert_eq!(plan.remaining_path(&name("r00000")), 10_000);
    assert_eq!(
        plan.restrict_to_changed(&names("r09990"))
            .unwrap()
            .sources_only()
            .len(),
        9_990
    );
    assert!(plan.to_text().lines().count() > 20_000);
    assert!(plan.to_mermaid().lines().count() > 20_000);
}

#[test]
fn ten_thousand_components_in_one_cycle_are_told_shortly() {
    let lines: String = (0..10_000)
        .map(|index| format!("r{index:05}: r{:05}\n", (index + 1) % 10_000))
        .collect();
    let problems = dependency_graph::read_plan("f", &manifest_of(&lines), &plain()).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.len() < 400, "{}", problems[0].message);
}

#[test]
fn a_plan_is_another_one_if_anything_of_it_is() {
    let plan = plan_of(SIX);
    assert_eq!(plan_of(SIX), plan);
    assert_ne!(plan_of("consensus:\n protocol: consensus"), plan);
    let components = plan.components().to_vec();
    let plan_as = |release: &str, version: &str| {
        let (release, version) = (release.parse().unwrap(), version.parse().unwrap());
        Plan::new(release, Some(version), components.clone(), Vec::new()).unwrap()
    };
    assert_eq!(plan_as("commons", "0.1.0"), plan_as("commons", "0.1.0"));
    assert_ne!(plan_as("commons", "0.1.0"), plan_as("others", "0.1.0"));
    assert_ne!(plan_as("commons", "0.1.0"), plan_as("commons", "0.1.1"));
}

#[test]
fn of_many_names_without_a_commit_the_first_twenty_are_shown() {
    let lines: String = (0..23).map(|index| format!("r{index:02}:\n")).collect();
    let error = plan_of(&lines).with_commits(&BTreeMap::new()).unwrap_err();
    expect!["no commit is known for r00, r01, r02, r03, r04, r05, r06, r07, r08, r09, r10, r11, r12, r13, r14, r15, r16, r17, r18, r19, 3 more"]
        .assert_eq(&error.to_string());
}

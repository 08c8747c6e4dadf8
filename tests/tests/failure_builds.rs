//! Builds that fail, hang, flake and puzzle: what is tried again, what a person is told, and that the same command mends it.

#![allow(clippy::unwrap_used, reason = "a play that cannot look has failed")]

use house_tests::{Component, Gate, Organisation, ReleaseFolder, processes_below};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Fails like a compiler until the play has made the file `mended` beside the workspace.
const BROKEN: &str = "echo 'checking'\n\
    [ -e ../../../../mended ] || { echo 'error[E0425]: cannot find value `x` in this scope'; exit 101; }\n";

/// Counts in a file beside the workspace how often the build of this name was begun.
fn counted(name: &str) -> String {
    format!("echo {name} >> ../../../../begun\n")
}

fn begun(organisation: &Organisation, name: &str) -> usize {
    let text = fs::read_to_string(organisation.folder().join("begun")).unwrap_or_default();
    text.lines().filter(|line| *line == name).count()
}

/// `[state, [outcome of each attempt]]` of a build, as `release show --format json` has it.
fn shown(organisation: &Organisation, repository: &str) -> (String, Vec<Value>) {
    let release = organisation.order("show", "0.1.0").json();
    assert_eq!(release["schema"], "governance/release/v1");
    let builds = release["builds"].as_array().unwrap();
    let build = builds
        .iter()
        .find(|build| build["repository"] == repository)
        .unwrap();
    let attempts = build["attempts"].as_array().unwrap();
    for (index, attempt) in attempts.iter().enumerate() {
        assert_eq!(attempt["number"], index + 1);
        assert!(
            attempt["started"].is_string() && attempt["ended"].is_string(),
            "{attempt}"
        );
    }
    let state = build["state"].as_str().unwrap().to_owned();
    (
        state,
        attempts
            .iter()
            .map(|attempt| attempt["outcome"].clone())
            .collect(),
    )
}

fn nothing_half_written(organisation: &Organisation) {
    assert!(!organisation.out().exists());
    let beside: Vec<String> = fs::read_dir(organisation.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("draft"))
        .collect();
    assert_eq!(beside, Vec::<String>::new());
    assert_eq!(processes_below(&organisation.sources()), []);
}

#[test]
fn a_failing_build_is_explained_and_the_same_command_mends_it() {
    let organisation = Organisation::of(&[
        Component::new("base").building(&format!("{}{BROKEN}", counted("base"))),
        Component::new("beside").building(&counted("beside")),
        Component::new("tool")
            .needing("base")
            .building(&format!("{}echo tool > tool", counted("tool")))
            .with_binary("tool"),
    ]);
    let answer = organisation.release("0.1.0").run().ends_with(1);
    let log = organisation.state().with_file_name("state.db.work").join("runs");
    for text in [
        "compile error: `sh -e build.sh` ended with exit code 101",
        "error[E0425]: cannot find value `x` in this scope",
        &format!("(all of it: {}", log.display()),
        "tool    skipped    -        -      base failed, which it needs",
        "Next: mend the cause, then type the same `governance release local` command again",
    ] {
        assert!(answer.output.contains(text), "expected {text:?}\n{answer}");
    }
    nothing_half_written(&organisation);
    assert_eq!(
        shown(&organisation, "base"),
        ("failed".to_owned(), vec!["failed".into()])
    );
    assert_eq!(shown(&organisation, "tool"), ("skipped".to_owned(), vec![]));
    assert_eq!(
        shown(&organisation, "beside"),
        ("succeeded".to_owned(), vec!["succeeded".into()])
    );

    // The log that is named is there and holds everything.
    let logs = logs_below(&log);
    assert!(
        logs.iter().any(|log| log.contains("checking\nerror[E0425]")),
        "{logs:?}"
    );

    fs::write(organisation.folder().join("mended"), "").unwrap();
    organisation.release("0.1.0").run().ends_with(0);
    let outcomes = vec!["failed".into(), "succeeded".into()];
    assert_eq!(shown(&organisation, "base"), ("succeeded".to_owned(), outcomes));
    let counts = ["base", "beside", "tool"].map(|name| begun(&organisation, name));
    assert_eq!(counts, [2, 1, 1]);
}

fn logs_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(logs_below(&path));
        } else if path.ends_with("log") {
            found.push(fs::read_to_string(path).unwrap());
        }
    }
    found
}

#[test]
fn the_same_command_tries_with_a_fresh_budget() {
    let flaky =
        "echo 'curl: (6) Could not resolve host: example.invalid'\n[ -e ../../../../mended ] || exit 1\n";
    let organisation = Organisation::of(&[Component::new("base").building(flaky)]);
    let configuration = fs::read_to_string(organisation.configuration()).unwrap();
    organisation.write_configuration(
        &configuration.replace("[release]\n", "[release]\nattempts_max = 2\nretry_budget = 1\n"),
    );
    for runs in 1..=2 {
        // The network is of the world: nobody said no.
        organisation.release("0.1.0").run().ends_with(3);
        assert_eq!(shown(&organisation, "base").1.len(), 2 * runs);
    }
    fs::write(organisation.folder().join("mended"), "").unwrap();
    organisation.release("0.1.0").run().ends_with(0);
    assert_eq!(shown(&organisation, "base").1.len(), 5);
}

#[test]
fn a_hanging_build_is_ended_with_its_grandchildren() {
    // The grandchild is a process of its own that outlives the shell unless somebody ends it.
    let script = format!(
        "echo going to hang\nsh -c '{}' &\nwait\n",
        Gate::line("hang").replace('\n', "; ")
    );
    let hanging = Component::new("base")
        .building(&script)
        .configured("running_seconds_max = 1");
    let organisation = Organisation::of(&[
        hanging,
        Component::new("tool")
            .needing("base")
            .building("echo tool > tool")
            .with_binary("tool"),
    ]);
    let answer = organisation.release("0.1.0").run().ends_with(1);
    for text in [
        "ran too long: it ran longer than running_seconds_max = 1 and was ended",
        "going to hang",
        "(all of it: ",
    ] {
        assert!(answer.output.contains(text), "expected {text:?}\n{answer}");
    }
    assert!(organisation.gate("hang").was_reached());
    nothing_half_written(&organisation);
    assert_eq!(
        shown(&organisation, "base"),
        ("failed".to_owned(), vec!["timed_out".into()])
    );
    organisation.gate("hang").open();
    organisation.release("0.1.0").run().ends_with(0);
}

#[test]
fn a_flaking_build_is_tried_again_and_the_attempts_are_told() {
    let script = "if [ ! -e ../../../../tried ]; then : > ../../../../tried\n\
        echo 'error: spurious network error: Connection reset by peer'; exit 1; fi\necho tool > tool";
    let organisation = Organisation::of(&[Component::new("tool").building(script).with_binary("tool")]);
    organisation.release("0.1.0").run().ends_with(0).says(&[
        "network: `sh -e build.sh` ended with exit code 1; tries again at",
        "succeeded",
        "attempt 2",
    ]);
    let outcomes = vec!["failed".into(), "succeeded".into()];
    assert_eq!(shown(&organisation, "tool"), ("succeeded".to_owned(), outcomes));
    let evidence = ReleaseFolder::at(&organisation.out()).text("release-evidence.json");
    let evidence: Value = serde_json::from_str(&evidence).unwrap();
    let attempts = evidence["content"]["builds"][0]["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 2);
    assert_eq!(
        (&attempts[0]["outcome"], &attempts[1]["outcome"]),
        (&"failed".into(), &"succeeded".into())
    );
    assert!(
        attempts[0]["reason"].as_str().unwrap().contains("exit code 1"),
        "{evidence}"
    );
}

#[test]
fn a_failure_that_nobody_understands_is_tried_once_more() {
    let organisation = Organisation::of(&[Component::new("base").building("echo puzzling; exit 7")]);
    let answer = organisation.release("0.1.0").run().ends_with(1);
    assert!(answer.output.contains("ended with exit code 7"), "{answer}");
    assert_eq!(
        shown(&organisation, "base"),
        ("failed".to_owned(), vec!["failed".into(), "failed".into()])
    );
}

#[test]
fn a_build_without_its_artifact_has_failed_and_says_which() {
    let organisation = Organisation::of(&[Component::new("tool").building("true").with_binary("tool")]);
    let answer = organisation.release("0.1.0").run().ends_with(1);
    for text in [
        "missing artifact: the build made no tool",
        "+ sh -e build.sh",
        "(all of it: ",
    ] {
        assert!(answer.output.contains(text), "expected {text:?}\n{answer}");
    }
    nothing_half_written(&organisation);
}

#[test]
fn the_tests_of_a_component_count_as_its_build() {
    let tested = Component::new("base")
        .configured("test = [[\"sh\", \"-c\", \"echo 'test result: FAILED. 0 passed'; exit 101\"]]");
    let organisation = Organisation::of(&[tested]);
    let answer = organisation.release("0.1.0").run().ends_with(1);
    assert!(answer.output.contains("test failure: "), "{answer}");
    assert_eq!(shown(&organisation, "base").1.len(), 1);
}

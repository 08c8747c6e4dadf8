//! The files that are written pass what the files of others are asked.

use crate::{
    Expectations, Language, RunnerLabel, WorkflowChoices, check, judge_as_worker, parse_workflow,
    write_workflows,
};

fn all() -> Vec<(Language, &'static str, String)> {
    let runs_on: Vec<RunnerLabel> = ["self-hosted", "Linux"]
        .map(|label| label.parse().unwrap())
        .into();
    let mut all = Vec::new();
    for language in [Language::Rust, Language::Generic] {
        let choices = WorkflowChoices {
            runs_on: runs_on.clone(),
            language,
        };
        all.extend(
            write_workflows(&choices)
                .into_iter()
                .map(|file| (language, file.name, file.text)),
        );
    }
    all
}

#[test]
fn what_is_written_has_no_findings() {
    assert_eq!(all().len(), 8);
    for (language, name, text) in all() {
        let workflow = parse_workflow(name, &text).unwrap();
        let findings = check(&workflow, &Expectations::default());
        assert_eq!(findings, [], "{language:?}");
        assert!(workflow.is_well_formed() && workflow.role.is_some());
        assert_eq!(
            judge_as_worker(&workflow, &Expectations::default()),
            name == "build.yml"
        );
        assert!(!text.contains('@') || !text.contains("@RUNS_ON@"), "{name}");
        assert!(text.contains("runs-on: [self-hosted, Linux]"), "{name}");
    }
}

#[test]
fn no_place_is_left_unfilled() {
    for (_, name, text) in all() {
        let is_place = |word: &str| word.len() > 2 && word.starts_with('@') && word[1..].contains('@');
        let left: Vec<&str> = text.split_whitespace().filter(|word| is_place(word)).collect();
        assert_eq!(left, [""; 0], "{name}");
    }
}

#[test]
fn a_worker_has_no_secrets() {
    for (_, name, text) in all().into_iter().filter(|(_, name, _)| *name == "build.yml") {
        assert!(
            !text.contains("secrets.") && !text.contains("github.token"),
            "{name}"
        );
    }
}

#[test]
fn labels_of_runners_are_checked() {
    for label in ["", "a b", "a,b", "-a", "a\n", "${{ a }}", "]", &"a".repeat(101)] {
        assert!(label.parse::<RunnerLabel>().is_err(), "{label:?}");
    }
    assert_eq!(
        "ubuntu-24.04".parse::<RunnerLabel>().unwrap().to_string(),
        "ubuntu-24.04"
    );
}

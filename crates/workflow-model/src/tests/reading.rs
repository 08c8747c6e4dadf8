//! Workflow files that are read, and texts that are none.

use crate::{Access, Grant, WORKFLOW_BYTES_MAX, Workflow, parse_workflow};
use expect_test::{Expect, expect};

fn read(text: &str) -> Workflow {
    parse_workflow("w.yml", text).unwrap()
}

fn refused(text: &str, expected: Expect) {
    expected.assert_eq(&parse_workflow("w.yml", text).unwrap_err().to_string());
}

const JOB: &str = "jobs: {a: {runs-on: x, steps: [{run: make}]}}\n";

#[test]
fn on_is_read_in_its_three_notations_quoted_or_not() {
    let events = |on: &str| -> Vec<String> {
        let workflow = read(&format!("{on}\n{JOB}"));
        assert_eq!(workflow.remarks, [], "{on}");
        workflow
            .triggers
            .into_iter()
            .map(|trigger| trigger.event.value)
            .collect()
    };
    assert_eq!(events("on: push"), ["push"]);
    assert_eq!(events("'on': push"), ["push"]);
    assert_eq!(
        events("\"on\": [push, workflow_dispatch]"),
        ["push", "workflow_dispatch"]
    );
    assert_eq!(
        events("on:\n  push:\n    branches: [main]\n  schedule:\n    - cron: '0 0 * * *'"),
        ["push", "schedule"]
    );
    assert_eq!(
        events("on: {workflow_call: , push: null}"),
        ["workflow_call", "push"]
    );
}

#[test]
fn a_file_without_on_says_so_and_a_file_with_true_says_why() {
    let message = |text: &str| read(text).remarks[0].message.clone();
    assert_eq!(message(JOB), "there is no `on`");
    assert_eq!(
        message(&format!("true: push\n{JOB}")),
        "the key `true` is not known here and was not looked at"
    );
    let remarks = read(&format!("true: push\n{JOB}")).remarks;
    assert!(remarks[1].message.contains("takes `on` for a yes"), "{remarks:?}");
}

#[test]
fn inputs_types_and_event_types_are_read() {
    let workflow = read(&format!(
        "on:\n  workflow_dispatch:\n    inputs:\n      a: {{type: choice, options: [x, y], required: true, default: x}}\n      b:\n  \
         repository_dispatch: {{types: [one, two]}}\n{JOB}"
    ));
    assert_eq!(workflow.remarks, []);
    let dispatch = workflow.trigger("workflow_dispatch").unwrap();
    let input = dispatch.input("a").unwrap();
    assert!(input.required && input.options.len() == 2);
    assert_eq!(input.default.as_ref().unwrap().value, "x");
    assert!(dispatch.input("b").is_some() && dispatch.input("c").is_none());
    assert!(workflow.listens_for("two") && !workflow.listens_for("three"));
    assert!(read(&format!("on: repository_dispatch\n{JOB}")).listens_for("anything"));
}

#[test]
fn jobs_are_read_with_their_places() {
    let workflow = read(
        "on: push\njobs:\n  one:\n    runs-on: [self-hosted, Linux]\n    permissions: {contents: write}\n    steps:\n      - run: |\n          \
         echo\n          ${{ github.sha }} ${{ github.actor }}\n  two:\n    needs: one\n    runs-on: {group: g, labels: l}\n    steps: [{uses: a/b@v1, with: {x: 1, y: }}]\n",
    );
    assert_eq!(workflow.remarks, []);
    let (one, two) = (&workflow.jobs[0], &workflow.jobs[1]);
    let labels = &one.runs_on.as_ref().unwrap().labels;
    assert_eq!(
        (labels.len(), labels[1].place.to_string()),
        (2, "4:28".to_owned())
    );
    let Grant::Scopes(scopes) = &one.permissions.as_ref().unwrap().grant else {
        panic!()
    };
    assert_eq!(
        (scopes[0].0.value.as_str(), scopes[0].1),
        ("contents", Access::Write)
    );
    let run = one.steps[0].run.as_ref().unwrap();
    assert_eq!(
        [run.mark(0).to_string(), run.mark(1).to_string()],
        ["9:11", "9:29"]
    );
    assert_eq!(two.needs[0].value, "one");
    assert_eq!(two.runs_on.as_ref().unwrap().group.as_ref().unwrap().value, "g");
    assert_eq!(two.steps[0].with.len(), 2);
}

#[test]
fn expressions_are_placed_in_every_style_of_text() {
    let places = |value: &str| {
        let workflow = read(&format!("on: push\nname: {value}\n{JOB}"));
        let name = workflow.name.unwrap();
        (0..2)
            .map(|number| name.mark(number).to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(places("a ${{ b }} ${{ c }}"), "2:9 2:18");
    assert_eq!(places("'ä ${{ b }} ${{ c }}'"), "2:10 2:19");
    assert_eq!(places("\"${{ b }}\\n${{ c }}\""), "2:8 2:18");
    assert_eq!(places(">\n  a ${{ b }}\n  ${{ c }}"), "3:5 4:3");
    // One is written in another way than it reads: no guess.
    assert_eq!(places("\"\\x24{{ b }} ${{ c }}\""), "2:7 2:7");
}

#[test]
fn aliases_are_written_out() {
    let workflow = read("on: push\nenv: &e {A: b}\njobs: {a: {runs-on: x, env: *e, steps: [{run: make}]}}\n");
    assert_eq!(workflow.jobs[0].env, workflow.env);
}

#[test]
fn unknown_keys_and_wrong_shapes_are_remarked_upon() {
    let text = "on: push\nnmae: x\nenv: [a]\njobs:\n  a b:\n    runs-on: x\n    setps: []\n    steps:\n      - run: a\n        uses: b\n      \
                - uses: ./.github/workflows/x.yml\n      - nothing\n";
    let remarks: Vec<String> = read(text)
        .remarks
        .iter()
        .map(|remark| format!("{} {}: {}\n", remark.place, remark.key, remark.message))
        .collect();
    expect![[r#"
        2:1 nmae: the key `nmae` is not known here and was not looked at
        3:6 env: a mapping belongs here
        5:3 jobs.a b: the id of a job is made of letters, digits, `-` and `_`, a letter or `_` first
        7:5 jobs.a b.setps: the key `setps` is not known here and was not looked at
        9:9 jobs.a b.steps[0]: a step has `run` or `uses`, not both
        11:15 jobs.a b.steps[1]: a workflow is called by a job, not by a step
        12:9 jobs.a b.steps[2]: a mapping belongs here
        12:9 jobs.a b.steps[2]: a step has `run` or `uses`
    "#]]
    .assert_eq(&remarks.concat());
}

#[test]
fn what_is_no_workflow_file_is_refused_with_its_place() {
    refused(
        "",
        expect![[r#"
        w.yml:1:1: error: the file holds no mapping
          help: begin with `on:` and `jobs:`"#]],
    );
    refused(
        "- a\n- b\n",
        expect![[r#"
        w.yml:1:1: error: the file holds no mapping
          help: begin with `on:` and `jobs:`"#]],
    );
    refused(
        "a: b\n---\nc: d\n",
        expect![[r#"
        w.yml:2:1: error: a second YAML document begins
          help: put the second document into a file of its own"#]],
    );
    refused(
        "a: 1\nb: 2\na: 3\n",
        expect![[r#"
        w.yml:3:1: error: `a` is given twice, first in line 1
          help: keep one of the two: which one counts differs from reader to reader"#]],
    );
    refused(
        "on: [push\njobs:\n",
        expect![[r#"
        w.yml:2:5: error: not YAML: illegal placement of ':' indicator
          help: correct the YAML; most often it is the indentation"#]],
    );
    refused(
        "a: !!str b\n",
        expect![[r#"
        w.yml:1:10: error: a YAML tag
          help: leave the tag out"#]],
    );
    refused(
        "? [a]\n: b\n",
        expect![[r#"
        w.yml:1:5: error: a key must be plain text
          help: write the key as plain text"#]],
    );
    refused(
        "a: &x [*x]\n",
        expect![[r#"
        w.yml:1:8: error: an alias names the node that it is in
          help: write the value out in the place of the alias"#]],
    );
    refused(
        "a: *x\n",
        expect![[r#"
        w.yml:1:4: error: not YAML: while parsing node, found unknown anchor
          help: correct the YAML; most often it is the indentation"#]],
    );
    refused(
        "a:\n\tb: c\n",
        expect![[r#"
        w.yml:2:2: error: not YAML: tabs disallowed within this context (block indentation)
          help: correct the YAML; most often it is the indentation"#]],
    );
}

#[test]
fn bombs_are_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let alias = format!("*a{}, ", level - 1).repeat(10);
        bomb += &format!("a{level}: &a{level} [{alias}]\n");
    }
    refused(
        &bomb,
        expect![[r#"
        w.yml:5:20: error: with all aliases written out there are more than 50000 values or 2097152 bytes of text
          help: write it flatter, with fewer aliases"#]],
    );
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(500_000), "*a, ".repeat(100));
    refused(
        &long,
        expect![[r#"
        w.yml:2:13: error: with all aliases written out there are more than 50000 values or 2097152 bytes of text
          help: write it flatter, with fewer aliases"#]],
    );
    let mut chain = String::from("a0: &a0 [x]\n");
    for level in 1..100 {
        chain += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    refused(
        &chain,
        expect![[r#"
        w.yml:32:12: error: lists and mappings are nested more than 32 deep
          help: write it flatter, with fewer aliases"#]],
    );
    refused(
        &format!("a: {}", "[".repeat(10_000)),
        expect![[r#"
        w.yml:1:37: error: not YAML: recursion limit exceeded
          help: correct the YAML; most often it is the indentation"#]],
    );
    refused(
        &"a".repeat(WORKFLOW_BYTES_MAX + 1),
        expect![[r#"
        w.yml:1:1: error: the file has more than 1048576 bytes
          help: split the workflow: GitHub does not run files of this size"#]],
    );
}

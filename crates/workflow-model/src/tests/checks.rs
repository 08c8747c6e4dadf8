//! Findings: each rule with what it finds and what it lets pass.

use crate::{Expectations, check, parse_workflow};
use expect_test::{Expect, expect};

fn found(text: &str) -> Vec<String> {
    let workflow = parse_workflow("w.yml", text).unwrap();
    let findings = check(&workflow, &Expectations::default());
    findings
        .iter()
        .map(|finding| {
            format!(
                "{}:{} {} {} {}",
                finding.line,
                finding.column,
                finding.severity,
                finding.code.as_str(),
                finding.key
            )
        })
        .collect()
}

fn shown(text: &str, expected: Expect) {
    let workflow = parse_workflow("w.yml", text).unwrap();
    let findings = check(&workflow, &Expectations::default());
    let shown: Vec<String> = findings.iter().map(|finding| format!("{finding}\n")).collect();
    expected.assert_eq(&shown.concat());
}

const LISTENS: &str = "run-name: x ${{ github.event.client_payload.dispatch_id }}\non: {repository_dispatch: {types: [build-request]}}\n";
const PERMITS: &str = "permissions: {contents: read}\n";
const CHECKOUT: &str = "{uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd}";

/// A worker's file that is right but for what its job holds.
fn worker(job: &str) -> String {
    format!("{LISTENS}{PERMITS}jobs:\n  b: {{runs-on: [x], {job}}}\n")
}

#[test]
fn a_file_that_is_right_has_no_findings() {
    assert_eq!(
        found(&worker(&format!("steps: [{CHECKOUT}, {{run: make}}]"))),
        [""; 0]
    );
}

#[test]
fn a_file_that_does_not_hear_the_request_is_named() {
    let with = |on: &str| {
        format!(
            "run-name: ${{{{ inputs.dispatch_id }}}}${{{{ github.event.client_payload.dispatch_id }}}}\non: {on}\n{PERMITS}jobs: {{b: {{runs-on: [x], steps: [{CHECKOUT}]}}}}\n"
        )
    };
    shown(
        &with("push"),
        expect![[r#"
        w.yml:2:5: error: nothing here hears a request to build: no `workflow_dispatch`, no `repository_dispatch` of type `build-request`
          help: add `repository_dispatch` with `types: [build-request]`, or `workflow_dispatch` with the inputs clean_cache, commit, dispatch_id, platform, release_id, version; a file that is not a worker's says so in a line `# governance-role: release` or `check`
    "#]],
    );
    shown(
        &with("{repository_dispatch: {types: [build-chain, deploy]}}"),
        expect![[r#"
            w.yml:2:6: error: `repository_dispatch` hears `build-chain`, `deploy`, not `build-request`
              help: add `repository_dispatch` with `types: [build-request]`, or `workflow_dispatch` with the inputs clean_cache, commit, dispatch_id, platform, release_id, version; a file that is not a worker's says so in a line `# governance-role: release` or `check`
        "#]],
    );
    shown(
        &with("{workflow_dispatch: {inputs: {version: }}}"),
        expect![[r#"
        w.yml:2:6: error: nothing here hears the event type `build-request`, and `workflow_dispatch` does not declare clean_cache, commit, dispatch_id, platform, release_id, so that GitHub refuses a request that has them
          help: add `repository_dispatch` with `types: [build-request]`, or `workflow_dispatch` with the inputs clean_cache, commit, dispatch_id, platform, release_id, version; a file that is not a worker's says so in a line `# governance-role: release` or `check`
    "#]],
    );
    let complete = "{workflow_dispatch: {inputs: {version: , commit: , platform: , release_id: , dispatch_id: , clean_cache: }}}";
    assert_eq!(found(&with(complete)), [""; 0]);
    assert_eq!(found(&with("repository_dispatch")), [""; 0]);
    assert_eq!(
        found(&format!("# governance-role: release\n{}", with("push"))),
        [""; 0]
    );
}

#[test]
fn a_run_that_does_not_show_its_request_is_named() {
    let with = |name: &str, on: &str| {
        format!("{name}\non: {{{on}}}\n{PERMITS}jobs: {{b: {{runs-on: [x], steps: [{CHECKOUT}]}}}}\n")
    };
    let repository = "repository_dispatch: {types: [build-request]}";
    let both = "repository_dispatch: {types: [build-request]}, workflow_dispatch: {inputs: {dispatch_id: }}";
    shown(
        &with("name: x", repository),
        expect![[r#"
        w.yml:2:6: error: there is no `run-name`, so a run does not show which request it answers
          help: write `run-name: build [${{ inputs.dispatch_id || github.event.client_payload.dispatch_id }}]`: it is how a run is found again
    "#]],
    );
    shown(
        &with("run-name: ${{ github.event.client_payload.version }}", repository),
        expect![[r#"
            w.yml:1:11: error: the run's name does not show the dispatch id of a request by repository_dispatch
              help: write `run-name: build [${{ inputs.dispatch_id || github.event.client_payload.dispatch_id }}]`: it is how a run is found again
        "#]],
    );
    shown(
        &with("run-name: ${{ inputs.dispatch_id }}", both),
        expect![[r#"
        w.yml:1:11: error: the run's name does not show the dispatch id of a request by repository_dispatch
          help: write `run-name: build [${{ inputs.dispatch_id || github.event.client_payload.dispatch_id }}]`: it is how a run is found again
    "#]],
    );
    for name in [
        "run-name: b ${{ inputs.dispatch_id || github.event.client_payload.dispatch_id }}",
        "run-name: b ${{ github.event.inputs.dispatch_id }}${{ github.event.client_payload.dispatch_id }}",
        "run-name: ${{ format('{0}{1}', github.event.client_payload.dispatch_id, inputs['dispatch_id']) }}",
    ] {
        assert_eq!(found(&with(name, both)), [""; 0], "{name}");
    }
}

const RELEASE: &str = "{run: gh release create v1, env: {GH_TOKEN: '${{ github.token }}'}}";
const ATTEST: &str = "{uses: actions/attest-build-provenance@v2}";
/// Permissions, steps, and what is found.
const PERMISSIONS: &[(&str, &str, &[&str])] = &[
    ("permissions: {contents: read}", CHECKOUT, &[]),
    (
        "permissions: {contents: write}",
        CHECKOUT,
        &["3:15 error permissions-wide permissions.contents"],
    ),
    ("permissions: {contents: write}", RELEASE, &[]),
    (
        "permissions: {contents: read}",
        RELEASE,
        &["3:15 error permissions-narrow permissions.contents"],
    ),
    (
        "permissions: {}",
        CHECKOUT,
        &["3:14 error permissions-narrow permissions.contents"],
    ),
    (
        "permissions: {contents: read, packages: write}",
        CHECKOUT,
        &["3:31 error permissions-wide permissions.packages"],
    ),
    (
        "permissions: write-all",
        CHECKOUT,
        &["3:14 error permissions-wide permissions"],
    ),
    (
        "permissions: read-all",
        CHECKOUT,
        &["3:14 warning permissions-wide permissions"],
    ),
    ("", CHECKOUT, &["2:6 warning permissions-wide permissions"]),
    ("permissions: {id-token: write, attestations: write}", ATTEST, &[]),
    (
        "permissions: {id-token: write}",
        ATTEST,
        &["3:14 error permissions-narrow permissions.attestations"],
    ),
    // Something unknown gets the token: it may need more.
    (
        "permissions: {issues: write}",
        "{uses: some/action@v1}",
        &["3:15 warning permissions-wide permissions.issues"],
    ),
    ("permissions: {issues: read}", "{uses: some/action@v1}", &[]),
    (
        "permissions: {issues: read}",
        "{run: make}",
        &["3:15 warning permissions-wide permissions.issues"],
    ),
    (
        "permissions: {}",
        "{run: 'echo gh release created # gh release create'}",
        &[],
    ),
];

#[test]
fn permissions_wider_or_narrower_than_needed_are_named() {
    let with = |permissions: &str, steps: &str| {
        let text = format!("{LISTENS}{permissions}\njobs:\n  b:\n    runs-on: [x]\n    steps: [{steps}]\n");
        found(&text)
            .into_iter()
            .filter(|line| line.contains("permissions-"))
            .collect::<Vec<_>>()
    };
    for (permissions, steps, expected) in PERMISSIONS {
        assert_eq!(with(permissions, steps), *expected, "{permissions} {steps}");
    }
}

#[test]
fn the_permissions_of_a_job_stand_instead_of_those_of_the_file() {
    let text = format!(
        "{LISTENS}permissions: {{}}\njobs:\n  a:\n    runs-on: [x]\n    permissions: {{contents: write}}\n    steps: [{CHECKOUT}]\n  \
         b:\n    runs-on: [x]\n    steps: [{{run: make}}]\n"
    );
    assert_eq!(
        found(&text),
        ["7:19 error permissions-wide jobs.a.permissions.contents"]
    );
}

#[test]
fn foreign_text_in_a_script_is_named() {
    let with = |script: &str| {
        found(&worker(&format!(
            "env: {{T: '${{{{ github.head_ref }}}}', S: '${{{{ github.sha }}}}'}}, steps: [{CHECKOUT}, {script}]"
        )))
    };
    let run = |expression: &str| with(&format!("{{run: \"echo ${{{{ {expression} }}}}\"}}")).len();
    for expression in [
        "github.event.issue.title",
        "github.event.client_payload.version",
        "github.event['pull_request'].head.ref",
        "github.event.commits.*.message",
        "GitHub.Head_Ref",
        "github.ref_name",
        "inputs.version",
        "github.event.inputs.version",
        "toJSON(github.event)",
        "toJSON(github)",
        "format('{0}', inputs.version)",
        "inputs.version || 'x'",
        "github.event.number && github.head_ref",
        "env.T",
        "join(github.event.*, 'x')",
    ] {
        assert_eq!(run(expression), 1, "{expression}");
    }
    for expression in [
        "github.sha",
        "github.repository",
        "github.event.number",
        "github.event.pull_request.head.sha",
        "contains(github.event.issue.title, 'x')",
        "github.head_ref == 'main'",
        "inputs.version && 'x' || 'y'",
        "matrix.os",
        "secrets.X",
        "env.S",
        "steps.a.outputs.b",
    ] {
        assert_eq!(run(expression), 0, "{expression}");
    }
    assert_eq!(
        with("{run: 'echo \"$T\"', env: {T: '${{ github.head_ref }}'}}"),
        [""; 0]
    );
    let pinned = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(
        with(&format!(
            "{{uses: actions/github-script@{pinned}, with: {{script: 'f(${{{{ inputs.a }}}})'}}}}"
        )),
        ["5:245 error foreign-text-in-shell jobs.b.steps[1].with.script"]
    );
}

#[test]
fn inputs_that_are_no_text_are_harmless_in_a_script() {
    let with = |kind: &str| {
        let text = format!(
            "run-name: ${{{{ inputs.dispatch_id }}}}\non:\n  workflow_dispatch: {{inputs: {{n: {{type: {kind}}}, version: , commit: , platform: , \
             release_id: , dispatch_id: , clean_cache: }}}}\npermissions: {{}}\njobs: {{b: {{runs-on: [x], steps: [{{run: 'make ${{{{ inputs.n }}}}'}}]}}}}\n"
        );
        found(&text).len()
    };
    assert_eq!(
        [with("number"), with("boolean"), with("string"), with("choice")],
        [0, 0, 1, 1]
    );
}

#[test]
fn labels_that_are_written_as_one_are_named() {
    let with = |runs_on: &str| {
        found(&format!(
            "{LISTENS}{PERMITS}jobs:\n  b:\n    runs-on: {runs_on}\n    steps: [{CHECKOUT}]\n"
        ))
    };
    let expected = ["6:14 error label-list-as-text jobs.b.runs-on"];
    assert_eq!(with("self-hosted, Linux"), expected);
    assert_eq!(with("'self-hosted,Linux'"), expected);
    assert_eq!(with("[self-hosted, Linux]"), [""; 0]);
    assert_eq!(with("ubuntu-latest"), [""; 0]);
    assert_eq!(with("${{ fromJSON('[\"a\",\"b\"]') }}"), [""; 0]);
    assert_eq!(
        with("['a, b', c]"),
        ["6:15 error label-list-as-text jobs.b.runs-on"]
    );
}

#[test]
fn actions_that_can_be_moved_are_noted() {
    let with = |uses: &str| found(&worker(&format!("steps: [{CHECKOUT}, {{uses: {uses}}}]"))).len();
    assert_eq!(with("actions/cache@v4"), 1);
    assert_eq!(with("actions/cache@main"), 1);
    assert_eq!(with("actions/cache"), 1);
    assert_eq!(with("./.github/actions/a"), 0);
    assert_eq!(with("'docker://alpine@sha256:abc'"), 0);
    assert_eq!(with("'docker://alpine:3'"), 1);
    assert_eq!(with("actions/cache@0057852bfaa89a56745cba8c7296529d2fc39830"), 0);
}

#[test]
fn expressions_that_cannot_be_read_are_named() {
    shown(
        &worker(&format!(
            "if: 'a ==', steps: [{CHECKOUT}, {{run: 'x ${{{{ a b }}}} ${{{{ \"c\" }}}}'}}]"
        )),
        expect![[r#"
            w.yml:5:25: error: an expression in `a ==` cannot be read: a value is expected
              help: correct the expression: GitHub refuses the whole file
            w.yml:5:117: error: an expression in `x ${{ a b }} ${{ "c" }}` cannot be read: an operator is expected
              help: correct the expression: GitHub refuses the whole file
            w.yml:5:128: error: an expression in `x ${{ a b }} ${{ "c" }}` cannot be read: texts stand in single quotes
              help: correct the expression: GitHub refuses the whole file
        "#]],
    );
}

#[test]
fn control_characters_of_the_file_are_not_shown() {
    let text = worker("steps: [{run: make, \"un\\u001b[31mknown\": x}]");
    let workflow = parse_workflow("w.yml", &text).unwrap();
    let shown: String = check(&workflow, &Expectations::default())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        shown.contains("un\\u{1b}[31mknown") && !shown.contains('\u{1b}'),
        "{shown}"
    );
}

//! Workflow files, whether they can be started, and what they run on.

use super::*;

#[test]
fn what_only_an_event_starts_is_known_by_its_file() {
    let mut worker = worker();
    assert!(!worker.is_told_by_event());
    let only = WORKFLOW.replace("workflow_dispatch", "workflow_call");
    worker.file_at_tag = Fact::Known(file(&only));
    assert!(worker.is_told_by_event());
    worker.file_at_tag = Fact::Absent;
    assert!(!worker.is_told_by_event(), "the default branch's can be started");
    worker.kind = WorkerKind::Legacy;
    assert!(worker.is_told_by_event());
}

#[test]
fn a_legacy_worker_is_warned_of_and_keeps_nobody_from_a_prerelease() {
    fn nameless(facts: &mut Facts) {
        let text = WORKFLOW.replace("run-name: build", "# run-name: build");
        facts.workers[0].file_on_default = Fact::Known(file(&text));
        facts.workers[0].file_at_tag = Fact::Known(file(&text));
    }
    let code = Code::Workflow(workflow_model::Code::NoDispatchId);
    check(nameless, &[(Error, code, "run-name")]);
    check(
        |facts| {
            nameless(facts);
            facts.workers[0].kind = WorkerKind::Legacy;
        },
        &[(Warning, code, "only prereleases are made")],
    );
}

#[test]
fn workflow_files_listen_on_the_branch_and_at_the_tag() {
    check(
        |facts| facts.workers[0].file_on_default = Fact::Absent,
        &[(
            Error,
            Code::NoWorkflow,
            "https://github.com/acme/node/blob/main/.github/workflows/build.yml",
        )],
    );
    check(
        |facts| facts.workers[0].file_at_tag = Fact::Absent,
        &[(Error, Code::NoWorkflow, "of acme/node at v1.0.0 is not there")],
    );
    // The same file is judged once.
    let pushed = "on: push\npermissions: {}\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n";
    assert_eq!(
        parsed(pushed),
        [workflow_model::Code::NoListener],
        "the table below counts on it"
    );
    check(
        |facts| {
            let pushed = "on: push\npermissions: {}\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n";
            facts.workers[0].file_on_default = Fact::Known(file(pushed));
            facts.workers[0].file_at_tag = Fact::Known(file(pushed));
        },
        &[(
            Error,
            Code::Workflow(workflow_model::Code::NoListener),
            "acme/node/.github/workflows/build.yml@main",
        )],
    );
    check(
        |facts| facts.workers[0].file_at_tag = Fact::Known(file("on: [push\n")),
        &[(Error, Code::WorkflowUnreadable, "build.yml@v1.0.0: ")],
    );
    check(
        |facts| known(&mut facts.workers[0].file_at_tag).bytes = vec![0xff],
        &[],
    );
    check(
        |facts| {
            let file = known(&mut facts.workers[0].file_at_tag);
            file.bytes = vec![0xff];
            file.blob_sha = "other".to_owned();
        },
        &[(Error, Code::WorkflowUnreadable, "not UTF-8")],
    );
}

fn parsed(text: &str) -> Vec<workflow_model::Code> {
    let workflow = workflow_model::parse_workflow("build.yml", text).unwrap();
    let found = workflow_model::check(&workflow, &workflow_model::Expectations::default());
    found.iter().map(|finding| finding.code).collect()
}

#[test]
fn workflows_can_be_started() {
    check(
        |facts| known(&mut facts.workers[0].registered).state = WorkflowState::DisabledInactivity,
        &[(Error, Code::WorkflowOff, "sixty days")],
    );
    check(
        |facts| known(&mut facts.workers[0].registered).state = WorkflowState::Other("asleep".to_owned()),
        &[(Error, Code::WorkflowOff, "asleep")],
    );
    check(
        |facts| facts.workers[0].registered = denied(),
        &[(Error, Code::Denied, "`actions: read`")],
    );
    check(
        |facts| known(&mut facts.workers[0].actions).enabled = false,
        &[(Error, Code::ActionsOff, "acme/node runs no workflows at all")],
    );
    check(
        |facts| known(&mut facts.workers[0].actions).allowed_actions = Some("selected".to_owned()),
        &[(Warning, Code::ActionsLimited, "`selected`")],
    );
    check(
        |facts| {
            facts.workers[0].actions = denied();
            facts.workers.push(WorkerFacts {
                source: name("wallet"),
                ..facts.workers[0].clone()
            });
        },
        &[(Note, Code::Denied, "workflows may run in acme/node, acme/wallet")],
    );
}

#[test]
fn runners_are_there_and_not_for_everybody() {
    fn own(facts: &mut Facts) {
        let text = WORKFLOW.replace("runs-on: ubuntu-latest", "runs-on: [self-hosted, gpu]");
        facts.workers[0].file_on_default = Fact::Known(file(&text));
        facts.workers[0].file_at_tag = Fact::Known(file(&text));
        facts.workers[0].is_private = true;
    }
    fn runner(status: &str, labels: &[&str]) -> Runner {
        let label = |name: &&str| RunnerLabel {
            name: (*name).to_owned(),
        };
        Runner {
            id: 1,
            name: "r1".to_owned(),
            status: status.to_owned(),
            labels: labels.iter().map(label).collect(),
        }
    }
    check(
        |facts| {
            own(facts);
            facts.workers[0].runners = Fact::Known(vec![runner("online", &["Self-Hosted", "GPU", "x64"])]);
        },
        &[],
    );
    check(
        |facts| {
            own(facts);
            let runners = vec![
                runner("offline", &["self-hosted", "gpu"]),
                runner("online", &["self-hosted"]),
            ];
            facts.workers[0].runners = Fact::Known(runners);
        },
        &[(Warning, Code::NoRunner, "all of: self-hosted, gpu")],
    );
    check(
        |facts| {
            own(facts);
            facts.workers[0].runners = denied();
        },
        &[(Warning, Code::Denied, "the runners of acme/node")],
    );
    check(
        |facts| {
            own(facts);
            facts.workers[0].is_private = false;
            facts.workers[0].runners = Fact::Known(vec![runner("online", &["self-hosted", "gpu"])]);
        },
        &[(Warning, Code::RunnerInPublic, "acme/node is public")],
    );
    // Who asks for none of them need not see them.
    check(|facts| facts.workers[0].runners = denied(), &[]);
}

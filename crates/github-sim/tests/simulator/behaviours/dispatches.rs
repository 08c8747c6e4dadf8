//! How runs are started by hand.

use crate::play::Who;
use serde_json::json;

const DISPATCHES: &str = "/repos/acme/node/actions/workflows/build.yml/dispatches";
const EVENTS: &str = "/repos/acme/node/dispatches";
const RUNS: &str = "/repos/acme/node/actions/runs";

stories! {
    fn a_manual_start_is_answered_without_an_id_unless_it_asks_for_one(play) {
        let silent = play.post(DISPATCHES, &json!({"ref": "main", "inputs": play.inputs("d1")}));
        assert_eq!((silent.status, silent.value()), (204, json!(null)));
        let run = play.build("d2");
        assert_eq!(play.run(run)["display_title"], "build 1.0.0 [d2]");
    }

    fn the_later_version_of_the_api_always_answers_with_the_run(play) {
        play.with_header("x-github-api-version", "2026-03-10");
        let started = play.post(DISPATCHES, &json!({"ref": "main", "inputs": play.inputs("d1")}));
        assert_eq!(started.status, 200);
        assert!(started.value()["workflow_run_id"].is_u64());
    }

    fn an_input_that_is_not_declared_is_refused(play) {
        let mut inputs = play.inputs("d1");
        inputs["colour"] = json!("red");
        let refused = play.post(DISPATCHES, &json!({"ref": "main", "inputs": inputs}));
        assert_eq!(refused.status, 422);
        assert_eq!(refused.value()["message"], "Unexpected inputs provided: [\"colour\"]");
    }

    fn an_input_that_is_required_must_be_given(play) {
        let refused = play.post(DISPATCHES, &json!({"ref": "main", "inputs": {"version": "1"}}));
        assert_eq!(refused.value()["message"], "Required input 'commit' not provided");
        assert_eq!(refused.status, 422);
    }

    fn a_workflow_without_the_trigger_cannot_be_started_by_hand(play) {
        let files = [(".github/workflows/other.yml", Some(b"on: push\njobs: {a: {runs-on: x}}\n".as_slice()))];
        play.github.push_files("acme", "node", "main", &files, "olga").unwrap();
        let refused = play.post("/repos/acme/node/actions/workflows/other.yml/dispatches", &json!({"ref": "main"}));
        assert_eq!(refused.status, 422);
        assert_eq!(refused.value()["message"], "Workflow does not have 'workflow_dispatch' trigger");
    }

    fn a_commit_is_no_ref_to_start_on(play) {
        let body = json!({"ref": play.node.head, "inputs": play.inputs("d1")});
        let refused = play.post(DISPATCHES, &body);
        assert_eq!(refused.status, 422);
        assert!(refused.value()["message"].as_str().unwrap().starts_with("No ref found for"));
    }

    fn a_workflow_that_is_only_on_another_branch_is_not_known(play) {
        let text = b"on: workflow_dispatch\njobs: {a: {runs-on: x}}\n".as_slice();
        let files = [(".github/workflows/side.yml", Some(text))];
        play.github.push_files("acme", "node", "side", &files, "olga").unwrap();
        let refused = play.post("/repos/acme/node/actions/workflows/side.yml/dispatches", &json!({"ref": "side"}));
        assert_eq!(refused.status, 404);
    }

    fn the_file_at_the_ref_is_what_runs(play) {
        let text = b"name: changed\non: workflow_dispatch\njobs: {a: {runs-on: x}}\n".as_slice();
        let files = [(".github/workflows/build.yml", Some(text))];
        let side = play.github.push_files("acme", "node", "side", &files, "olga").unwrap();
        let started = play.post(DISPATCHES, &json!({"ref": "side", "return_run_details": true}));
        let run = play.run(started.value()["workflow_run_id"].as_u64().unwrap());
        assert_eq!((&run["name"], &run["head_sha"]), (&json!("changed"), &json!(side)));
    }

    fn an_event_that_nobody_listens_for_is_accepted_all_the_same(play) {
        let answer = play.post(EVENTS, &json!({"event_type": "build-chain"}));
        assert_eq!(answer.status, 204);
        assert_eq!(play.get(RUNS).value()["total_count"], 0);
    }

    fn one_event_starts_every_workflow_that_listens(play) {
        let text = b"on:\n  repository_dispatch:\njobs: {a: {runs-on: x}}\n".as_slice();
        let files = [(".github/workflows/second.yml", Some(text))];
        play.github.push_files("acme", "node", "main", &files, "olga").unwrap();
        play.post(EVENTS, &json!({"event_type": "build-request", "client_payload": {"version": "1"}}));
        let runs = play.get(RUNS).value();
        assert_eq!(runs["total_count"], 2);
        let title = |index: usize| runs["workflow_runs"][index]["display_title"].clone();
        assert_eq!([title(0), title(1)], ["build-request", "build 1 []"]);
    }

    fn an_event_runs_on_the_head_of_the_default_branch(play) {
        play.github.push_files("acme", "node", "side", &[("a", Some(b"b".as_slice()))], "olga").unwrap();
        play.post(EVENTS, &json!({"event_type": "build-request"}));
        let run = &play.get(RUNS).value()["workflow_runs"][0];
        assert_eq!((&run["head_sha"], &run["head_branch"]), (&json!(play.node.head), &json!("main")));
    }

    fn a_payload_has_ten_properties_at_most_and_a_type_a_hundred_characters(play) {
        let payload: serde_json::Map<_, _> = (0..11).map(|key| (format!("k{key}"), json!(1))).collect();
        assert_eq!(play.post(EVENTS, &json!({"event_type": "a", "client_payload": payload})).status, 422);
        assert_eq!(play.post(EVENTS, &json!({"event_type": "a".repeat(101)})).status, 422);
        let large = json!({"event_type": "a", "client_payload": {"k": "x".repeat(65_535)}});
        assert_eq!(play.post(EVENTS, &large).status, 422);
    }

    fn the_two_ways_to_start_need_different_permissions(play) {
        let actions = Who::Token(play.new_token(&json!({"permissions": {"actions": "write"}})));
        let contents = Who::Token(play.new_token(&json!({"permissions": {"contents": "write"}})));
        let event = json!({"event_type": "build-request"});
        let start = json!({"ref": "main", "inputs": play.inputs("d")});
        assert_eq!(play.ask(&actions, "POST", EVENTS, &event).status, 403);
        assert_eq!(play.ask(&contents, "POST", EVENTS, &event).status, 204);
        assert_eq!(play.ask(&actions, "POST", DISPATCHES, &start).status, 204);
        let refused = play.ask(&contents, "POST", DISPATCHES, &start);
        assert_eq!(refused.value()["message"], "Resource not accessible by integration");
    }

    fn nothing_is_deduplicated(play) {
        play.build("same");
        play.build("same");
        assert_eq!(play.get(RUNS).value()["total_count"], 2);
    }

    fn a_lookalike_on_another_repository_has_the_same_names(play) {
        let files = [(".github/workflows/build.yml", github_sim::WORKER_WORKFLOW.as_bytes())];
        play.github.create_repository("acme", "fork", &files).unwrap();
        let body = json!({"ref": "main", "inputs": play.inputs("d1"), "return_run_details": true});
        play.post("/repos/acme/fork/actions/workflows/build.yml/dispatches", &body);
        let own = play.build("d1");
        let own = play.run(own);
        let other = play.get("/repos/acme/fork/actions/runs").value()["workflow_runs"][0].clone();
        for field in ["name", "display_title", "path", "event"] {
            assert_eq!(own[field], other[field], "{field}");
        }
        assert_ne!(own["repository"]["id"], other["repository"]["id"]);
    }
}

//! The merge queue.

use crate::play::{Play, Who};
use github_sim::{AppPlan, PullPlan};
use serde_json::{Value, json};

const NODE: (&str, &str) = ("acme", "node");
const GATE: &str = "governance/main";

stories! {
    fn a_group_is_a_commit_on_a_branch_of_the_queue(play) {
        begin(play, 1);
        let base = play.node.head.clone();
        play.wait(0);
        play.hooks.clear();
        let group = play.github.enqueue_by(("acme", "node", 1), "olga").unwrap();
        play.wait(0);
        assert_eq!(play.told(), ["pull_request enqueued", "create", "push", "merge_group checks_requested"]);
        let told = &play.hooks[3].payload["merge_group"];
        let branch = format!("gh-readonly-queue/main/pr-1-{base}");
        assert_eq!((&told["head_sha"], &told["base_sha"]), (&json!(group), &json!(base)));
        assert_eq!(told["head_ref"], json!(format!("refs/heads/{branch}")));
        let named = play.get(&format!("/repos/acme/node/git/ref/heads/{branch}")).value();
        assert_eq!(named["object"]["sha"], json!(group));
        let commit = play.get(&format!("/repos/acme/node/git/commits/{group}")).value();
        assert_eq!(commit["parents"].as_array().unwrap().len(), 2);
    }

    fn a_group_is_merged_as_soon_as_its_commit_has_what_is_required(play) {
        begin(play, 1);
        let group = play.github.enqueue_by(("acme", "node", 1), "olga").unwrap();
        play.wait(0);
        play.hooks.clear();
        say(play, &group, "success");
        play.wait(0);
        assert_eq!(play.told(), [
            "push", "pull_request closed", "pull_request dequeued", "merge_group destroyed", "delete", "push",
        ]);
        let shown = play.get("/repos/acme/node/pulls/1").value();
        assert_eq!((&shown["merged"], &shown["merge_commit_sha"]), (&json!(true), &json!(group)));
        let activity = play.get("/repos/acme/node/activity?ref=refs/heads/main&per_page=1").value();
        assert_eq!(activity[0]["activity_type"], "merge_queue_merge");
        assert_eq!(kinds(play, 1), ["added_to_merge_queue", "merged", "closed", "removed_from_merge_queue"]);
    }

    fn a_group_holds_all_that_waits_before_it_and_waits_for_it(play) {
        begin(play, 2);
        let first = play.github.enqueue_by(("acme", "node", 1), "olga").unwrap();
        let second = play.github.enqueue_by(("acme", "node", 2), "olga").unwrap();
        let commit = play.get(&format!("/repos/acme/node/git/commits/{second}")).value();
        assert_eq!(commit["parents"][0]["sha"], json!(first));
        say(play, &second, "success");
        assert_eq!(play.get("/repos/acme/node/pulls/2").value()["merged"], false);
        say(play, &first, "success");
        for number in [1, 2] {
            assert_eq!(play.get(&format!("/repos/acme/node/pulls/{number}")).value()["merged"], true, "{number}");
        }
    }

    fn a_group_that_fails_leaves_the_queue_and_the_next_gets_another_commit(play) {
        begin(play, 2);
        let first = play.github.enqueue_by(("acme", "node", 1), "olga").unwrap();
        let second = play.github.enqueue_by(("acme", "node", 2), "olga").unwrap();
        play.wait(0);
        play.hooks.clear();
        say(play, &first, "failure");
        play.wait(0);
        let reasons: Vec<Value> = play.hooks.iter().filter(|hook| hook.event == "merge_group").map(|hook| {
            json!([hook.payload["action"], hook.payload["reason"]])
        }).collect();
        assert_eq!(reasons, [
            json!(["destroyed", "dequeued"]), json!(["destroyed", "invalidated"]), json!(["checks_requested", null]),
        ]);
        let again = play.hooks.iter().rev().find(|hook| hook.event == "merge_group").unwrap().payload["merge_group"].clone();
        assert_ne!(again["head_sha"], json!(second));
        assert_eq!(again["base_sha"], json!(play.node.head));
        assert_eq!(play.get("/repos/acme/node/pulls/1").value()["state"], "open");
        say(play, again["head_sha"].as_str().unwrap(), "success");
        assert_eq!(play.get("/repos/acme/node/pulls/2").value()["merged"], true);
    }

    fn who_leaves_the_queue_stays_open(play) {
        begin(play, 1);
        play.github.enqueue_by(("acme", "node", 1), "olga").unwrap();
        assert!(play.github.enqueue_by(("acme", "node", 1), "olga").is_err());
        play.github.dequeue_by(("acme", "node", 1), "olga").unwrap();
        assert_eq!(play.get("/repos/acme/node/pulls/1").value()["state"], "open");
        assert_eq!(kinds(play, 1), ["added_to_merge_queue", "removed_from_merge_queue"]);
    }

    fn where_there_is_a_queue_nothing_is_merged_past_it(play) {
        begin(play, 1);
        let parameters = json!({
            "check_response_timeout_minutes": 60, "grouping_strategy": "ALLGREEN", "max_entries_to_build": 5,
            "max_entries_to_merge": 5, "merge_method": "MERGE", "min_entries_to_merge": 1, "min_entries_to_merge_wait_minutes": 5,
        });
        let ruleset = json!({
            "name": "queue", "enforcement": "active", "rules": [{"type": "merge_queue", "parameters": parameters}],
            "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        });
        play.github.add_ruleset("acme", "node", &ruleset).unwrap();
        let refused = play.ask(&Who::Olga, "PUT", "/repos/acme/node/pulls/1/merge", &json!({}));
        assert_eq!(refused.status, 405);
        assert_eq!(play.get("/repos/acme/node/rules/branches/main").value().as_array().unwrap().len(), 2);
    }
}

/// So many pull requests to `main`, which demands the gate's status, and an App that hears of groups.
fn begin(play: &mut Play, count: u64) {
    let plan = AppPlan {
        slug: "queue-watcher".to_owned(),
        permissions: [("merge_queues".to_owned(), "read".to_owned())].into(),
        events: vec!["merge_group".to_owned()],
        public_key: Vec::new(),
        webhook: Some(("http://queue.example".to_owned(), "secret".to_owned())),
    };
    let app = play.github.create_app(plan).unwrap();
    play.github.install(app, "acme").unwrap();
    play.github
        .require_check(NODE, "main", (GATE, Some(play.app)))
        .unwrap();
    for number in 1..=count {
        let branch = format!("side-{number}");
        let files = [(branch.as_str(), Some(b"x".as_slice()))];
        play.github
            .push_files("acme", "node", &branch, &files, "olga")
            .unwrap();
        play.github
            .open_pull_by(NODE, PullPlan::of(&branch, "main"), "olga")
            .unwrap();
    }
    play.wait(0);
}

fn say(play: &mut Play, sha: &str, state: &str) {
    let said = play.post(
        &format!("/repos/acme/node/statuses/{sha}"),
        &json!({"state": state, "context": GATE}),
    );
    assert_eq!(said.status, 201, "{}", said.value());
}

fn kinds(play: &mut Play, number: u64) -> Vec<String> {
    let events = play
        .get(&format!("/repos/acme/node/issues/{number}/events"))
        .value();
    events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["event"].as_str().unwrap().to_owned())
        .collect()
}

//! What the App is told, and how often.

use crate::play::Who;
use github_sim::{Faults, WORKER_WORKFLOW};
use serde_json::{Value, json};

const DELIVERIES: &str = "/app/hook/deliveries";

stories! {
    fn a_pushed_tag_is_told_twice_and_brings_no_commits(play) {
        let head = play.node.head.clone();
        play.hooks.clear();
        play.github.push_tag(("acme", "node"), "v1", &head, "olga").unwrap();
        play.wait(0);
        assert_eq!(play.told(), ["create", "push"]);
        let push = &play.hooks[1].payload;
        assert_eq!((&push["ref"], &push["commits"]), (&json!("refs/tags/v1"), &json!([])));
        assert_eq!((&push["created"], &push["sender"]["login"]), (&json!(true), &json!("olga")));
    }

    fn a_moved_tag_is_told_as_a_push_alone(play) {
        let head = play.node.head.clone();
        play.github.push_tag(("acme", "node"), "v1", &head, "olga").unwrap();
        let next = play.github.push_files("acme", "node", "main", &[("a", Some(b"a".as_slice()))], "olga").unwrap();
        play.wait(0);
        play.hooks.clear();
        play.github.push_tag(("acme", "node"), "v1", &next, "olga").unwrap();
        play.wait(0);
        assert_eq!(play.told(), ["push"]);
        assert_eq!((&play.hooks[0].payload["before"], &play.hooks[0].payload["created"]), (&json!(head), &json!(false)));
    }

    fn a_run_is_told_three_times_and_its_job_as_well(play) {
        play.hooks.clear();
        play.build("d");
        play.wait(60);
        assert_eq!(play.told(), [
            "workflow_run requested", "workflow_job queued", "workflow_run in_progress", "workflow_job in_progress",
            "workflow_job completed", "workflow_run completed",
        ]);
    }

    fn the_type_of_an_event_is_told_as_its_action(play) {
        play.hooks.clear();
        play.post("/repos/acme/node/dispatches", &json!({"event_type": "build-complete", "client_payload": {"a": 1}}));
        let told = &play.hooks[0];
        assert_eq!(told.event, "repository_dispatch");
        assert_eq!((&told.payload["action"], &told.payload["client_payload"]), (&json!("build-complete"), &json!({"a": 1})));
    }

    fn an_app_hears_only_of_what_it_asked_for_and_where_it_is_installed(play) {
        play.github.create_account("other", "Organization").unwrap();
        let files = [(".github/workflows/build.yml", WORKER_WORKFLOW.as_bytes())];
        play.hooks.clear();
        play.github.create_repository("other", "node", &files).unwrap();
        play.post(&format!("/repos/acme/node/statuses/{}", play.node.head), &json!({"state": "success"}));
        assert_eq!(play.told(), Vec::<String>::new());
    }

    fn nothing_is_sent_again_by_itself(play) {
        play.reception = 500;
        play.hooks.clear();
        play.draft("v1");
        play.wait(2 * 24 * 3_600);
        assert_eq!(play.hooks.len(), 1);
    }

    fn what_failed_is_listed_and_sent_again_under_the_same_guid(play) {
        play.reception = 500;
        play.hooks.clear();
        play.draft("v1");
        play.reception = 202;
        let failed = play.ask(&Who::App, "GET", &format!("{DELIVERIES}?status=failure"), &json!(null)).value();
        assert_eq!(failed.as_array().unwrap().len(), 1);
        assert_eq!((&failed[0]["status_code"], &failed[0]["event"]), (&json!(500), &json!("release")));
        let path = format!("{DELIVERIES}/{}/attempts", failed[0]["id"]);
        assert_eq!(play.ask(&Who::App, "POST", &path, &json!(null)).status, 202);
        assert_eq!(play.hooks[0].guid, play.hooks[1].guid);
        assert_ne!(play.hooks[0].delivery, play.hooks[1].delivery);
        let listed = play.ask(&Who::App, "GET", DELIVERIES, &json!(null)).value();
        assert_eq!((&listed[0]["redelivery"], &listed[0]["status_code"]), (&json!(true), &json!(202)));
    }

    fn the_list_of_deliveries_has_no_payloads(play) {
        play.draft("v1");
        let listed = play.ask(&Who::App, "GET", DELIVERIES, &json!(null)).value();
        assert_eq!(listed[0].get("request"), None);
        let whole = play.ask(&Who::App, "GET", &format!("{DELIVERIES}/{}", listed[0]["id"]), &json!(null)).value();
        assert_eq!(whole["request"]["payload"]["release"]["tag_name"], "v1");
    }

    fn deliveries_are_listed_by_cursor(play) {
        for tag in ["v1", "v2", "v3"] {
            play.draft(tag);
        }
        let first = play.ask(&Who::App, "GET", &format!("{DELIVERIES}?per_page=2"), &json!(null));
        let link = first.header_value("link").unwrap().to_owned();
        let cursor = link.split("cursor=").nth(1).unwrap().split('>').next().unwrap();
        let path = format!("{DELIVERIES}?per_page=2&cursor={cursor}");
        let second = play.ask(&Who::App, "GET", &path, &json!(null)).value();
        let ids = |list: &Value| list.as_array().unwrap().iter().map(|one| one["id"].as_u64().unwrap()).collect::<Vec<_>>();
        assert!(ids(&first.value()).iter().all(|id| *id > ids(&second)[0]));
    }

    fn deliveries_are_kept_for_three_days(play) {
        play.draft("v1");
        play.wait(3 * 24 * 3_600);
        assert_eq!(play.ask(&Who::App, "GET", DELIVERIES, &json!(null)).value(), json!([]));
    }

    fn a_lost_webhook_is_seen_in_the_list_alone(play) {
        play.hooks.clear();
        play.github.set_faults(Faults { webhook_lost: 1.0, ..Faults::default() });
        play.draft("v1");
        assert_eq!(play.hooks.len(), 0);
        let failed = play.ask(&Who::App, "GET", &format!("{DELIVERIES}?status=failure"), &json!(null)).value();
        assert_eq!(failed.as_array().unwrap().len(), 1);
    }

    fn a_webhook_may_come_twice_late_and_out_of_order(play) {
        play.hooks.clear();
        play.github.set_faults(Faults { webhook_repeated: 1.0, ..Faults::default() });
        play.draft("v1");
        assert_eq!(play.hooks[0].guid, play.hooks[1].guid);
        play.hooks.clear();
        play.github.set_faults(Faults { webhook_reordered: 1.0, ..Faults::default() });
        play.draft("v2");
        play.github.set_faults(Faults::default());
        play.draft("v3");
        play.wait(10);
        let tags: Vec<&Value> = play.hooks.iter().map(|hook| &hook.payload["release"]["tag_name"]).collect();
        assert_eq!(tags, ["v3", "v2"]);
        play.github.set_faults(Faults { webhook_delayed: 1.0, ..Faults::default() });
        play.draft("v4");
        assert_eq!(play.hooks.len(), 2);
        play.wait(3_600);
        assert_eq!(play.hooks.len(), 3);
    }

    fn a_push_starts_the_workflows_that_listen_and_they_are_told_of(play) {
        let text = b"on: {push: {tags: ['v*']}}\njobs: {a: {runs-on: x}}\n".as_slice();
        let files = [(".github/workflows/tag.yml", Some(text))];
        let head = play.github.push_files("acme", "node", "main", &files, "olga").unwrap();
        play.wait(0);
        play.hooks.clear();
        play.github.push_tag(("acme", "node"), "v1", &head, "olga").unwrap();
        play.wait(0);
        assert_eq!(play.told(), ["create", "push", "workflow_run requested", "workflow_job queued"]);
        assert_eq!(play.hooks[2].payload["workflow_run"]["event"], "push");
    }
}

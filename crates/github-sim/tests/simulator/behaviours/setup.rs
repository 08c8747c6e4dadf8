//! How an App and a repository are set up, and what of it can be seen.

use crate::play::Who;
use serde_json::json;

stories! {
    fn where_a_webhook_leads_can_be_seen_but_not_its_secret(play) {
        let hook = play.ask(&Who::App, "GET", "/app/hook/config", &json!(null)).value();
        assert_eq!(hook["url"], "http://hooks.example");
        assert_eq!(hook["content_type"], "json");
        assert_eq!(hook["secret"], "********");
        assert_eq!(play.get("/app/hook/config").status, 401);
    }

    fn settings_are_shown_to_administration_only(play) {
        play.github.add_runner(("acme", "node"), "r1", &["self-hosted", "gpu"], true).unwrap();
        play.github.set_immutable_releases("acme", "node", true).unwrap();
        let narrow = Who::Token(play.new_token(&json!({"permissions": {"actions": "write", "contents": "write"}})));
        for setting in ["actions/permissions", "actions/runners", "immutable-releases"] {
            let path = format!("/repos/acme/node/{setting}");
            assert_eq!(play.get(&path).status, 200, "{setting}");
            let refused = play.ask(&narrow, "GET", &path, &json!(null));
            assert_eq!(refused.value()["message"], "Resource not accessible by integration", "{setting}");
        }
        let runners = play.get("/repos/acme/node/actions/runners").value();
        assert_eq!(runners["total_count"], 1);
        assert_eq!(runners["runners"][0]["labels"][1]["name"], "gpu");
        assert_eq!(play.ask(&Who::Nobody, "GET", "/repos/acme/node/actions/runners", &json!(null)).status, 401);
    }

    fn releases_that_are_not_immutable_are_answered_with_404(play) {
        assert_eq!(play.get("/repos/acme/node/immutable-releases").status, 404);
        play.github.set_immutable_releases("acme", "node", true).unwrap();
        assert_eq!(play.get("/repos/acme/node/immutable-releases").value()["enabled"], true);
    }

    fn where_workflows_are_off_nothing_is_said_of_actions(play) {
        let path = "/repos/acme/node/actions/permissions";
        assert_eq!(play.get(path).value()["allowed_actions"], "all");
        play.github.set_actions_enabled("acme", "node", false).unwrap();
        let off = play.get(path).value();
        assert_eq!((&off["enabled"], &off["allowed_actions"]), (&json!(false), &json!(null)));
    }

    fn a_workflow_that_is_turned_off_cannot_be_started_by_hand(play) {
        let workflow = (("acme", "node"), ".github/workflows/build.yml");
        play.github.set_workflow_enabled(workflow.0, workflow.1, false).unwrap();
        let path = "/repos/acme/node/actions/workflows/build.yml";
        assert_eq!(play.get(path).value()["state"], "disabled_manually");
        let body = json!({"ref": "main", "inputs": play.inputs("d-1")});
        let refused = play.post(&format!("{path}/dispatches"), &body);
        assert_eq!(refused.status, 422);
        play.github.set_workflow_enabled(workflow.0, workflow.1, true).unwrap();
        assert_eq!(play.post(&format!("{path}/dispatches"), &body).status, 204);
    }

    fn an_app_does_not_find_a_repository_on_which_it_is_not_installed(play) {
        let path = "/repos/acme/node/installation";
        let shown = play.ask(&Who::App, "GET", path, &json!(null));
        assert_eq!((shown.status, &shown.value()["repository_selection"]), (200, &json!("all")));
        play.github.set_selected(play.app, "acme", &[]).unwrap();
        assert_eq!(play.ask(&Who::App, "GET", path, &json!(null)).status, 404);
        let refused = play.post("/repos/acme/node/git/refs", &json!({"ref": "refs/tags/v1", "sha": play.node.head}));
        assert_eq!((refused.status, &refused.value()["message"]), (403, &json!("Resource not accessible by integration")));
        play.github.set_selected(play.app, "acme", &["node"]).unwrap();
        let shown = play.ask(&Who::App, "GET", path, &json!(null)).value();
        assert_eq!(shown["repository_selection"], "selected");
    }

    fn a_suspended_installation_gets_no_token(play) {
        play.github.set_suspended(play.app, "acme", true).unwrap();
        let shown = play.ask(&Who::App, "GET", "/repos/acme/node/installation", &json!(null)).value();
        assert!(shown["suspended_at"].is_string(), "{shown}");
        let path = format!("/app/installations/{}/access_tokens", play.installation);
        let refused = play.ask(&Who::App, "POST", &path, &json!({}));
        assert_eq!((refused.status, &refused.value()["message"]), (403, &json!("This installation has been suspended")));
        play.github.set_suspended(play.app, "acme", false).unwrap();
        assert_eq!(play.ask(&Who::App, "POST", &path, &json!({})).status, 201);
    }
}

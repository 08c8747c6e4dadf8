//! Pull requests, reviews, comments, checks and rules.

use crate::play::{Play, Who};
use serde_json::{Value, json};

const PULLS: &str = "/repos/acme/node/pulls";

stories! {
    fn a_pull_request_needs_commits_of_its_own(play) {
        play.github.push_files("acme", "node", "side", &[("a", Some(b"a".as_slice()))], "olga").unwrap();
        let refused = play.post(PULLS, &json!({"title": "t", "head": "main", "base": "side"}));
        assert_eq!((refused.status, &refused.value()["message"]), (422, &json!("No commits between side and main")));
    }

    fn a_head_and_a_base_have_one_open_pull_request(play) {
        open(play);
        let refused = play.post(PULLS, &json!({"title": "t", "head": "side", "base": "main"}));
        assert_eq!(refused.status, 422);
    }

    fn its_files_are_seen_from_where_the_branches_parted(play) {
        open(play);
        play.github.push_files("acme", "node", "main", &[("later", Some(b"x".as_slice()))], "olga").unwrap();
        let files = play.get(&format!("{PULLS}/1/files")).value();
        assert_eq!(files.as_array().unwrap().len(), 1);
        assert_eq!((&files[0]["filename"], &files[0]["status"]), (&json!("a"), &json!("added")));
        assert_eq!(play.get(&format!("{PULLS}/1")).value()["changed_files"], 1);
    }

    fn a_push_to_its_head_is_told_as_synchronize(play) {
        let before = open(play)["head"]["sha"].clone();
        play.hooks.clear();
        let after = play.github.push_files("acme", "node", "side", &[("b", Some(b"b".as_slice()))], "olga").unwrap();
        play.wait(0);
        assert_eq!(play.told(), ["push", "pull_request synchronize"]);
        let told = &play.hooks[1].payload;
        assert_eq!((&told["before"], &told["after"]), (&before, &json!(after)));
    }

    fn a_review_stays_with_the_commit_that_was_looked_at(play) {
        let looked_at = open(play)["head"]["sha"].clone();
        let body = json!({"event": "APPROVE", "body": "fine"});
        assert_eq!(play.ask(&Who::Olga, "POST", &format!("{PULLS}/1/reviews"), &body).status, 200);
        assert_eq!(play.hooks.last().unwrap().payload["review"]["state"], "approved");
        play.github.push_files("acme", "node", "side", &[("b", Some(b"b".as_slice()))], "olga").unwrap();
        let reviews = play.get(&format!("{PULLS}/1/reviews")).value();
        assert_eq!((&reviews[0]["state"], &reviews[0]["commit_id"]), (&json!("APPROVED"), &looked_at));
    }

    fn nobody_approves_their_own_pull_request(play) {
        open(play);
        let refused = play.post(&format!("{PULLS}/1/reviews"), &json!({"event": "APPROVE"}));
        assert_eq!(refused.status, 422);
    }

    fn a_change_of_base_is_told_with_the_base_before(play) {
        open(play);
        play.github.push_files("acme", "node", "dev", &[("d", Some(b"d".as_slice()))], "olga").unwrap();
        play.patch(&format!("{PULLS}/1"), &json!({"base": "dev"}));
        let told = &play.hooks.last().unwrap().payload;
        assert_eq!((&told["action"], &told["changes"]["base"]["ref"]["from"]), (&json!("edited"), &json!("main")));
    }

    fn a_merge_can_be_bound_to_the_head_that_was_judged(play) {
        let head = open(play)["head"]["sha"].clone();
        let path = format!("{PULLS}/1/merge");
        let stale = json!({"sha": play.node.head});
        assert_eq!(play.ask(&Who::Olga, "PUT", &path, &stale).status, 409);
        let merged = play.ask(&Who::Olga, "PUT", &path, &json!({"sha": head}));
        assert_eq!(merged.value()["merged"], true);
        let closed = play.get(&format!("{PULLS}/1")).value();
        assert_eq!((&closed["state"], &closed["merged_by"]["login"]), (&json!("closed"), &json!("olga")));
        assert_eq!(play.get("/repos/acme/node/contents/a").status, 200);
        assert_eq!(play.ask(&Who::Olga, "PUT", &path, &json!({})).status, 405);
    }

    fn a_status_belongs_to_a_commit_and_not_to_a_pull_request(play) {
        let head = open(play)["head"]["sha"].as_str().unwrap().to_owned();
        play.github.push_files("acme", "node", "dev", &[("d", Some(b"d".as_slice()))], "olga").unwrap();
        play.post(PULLS, &json!({"title": "u", "head": "side", "base": "dev"}));
        play.post(&format!("/repos/acme/node/statuses/{head}"), &json!({"state": "success", "context": "gate"}));
        for number in [1, 2] {
            let sha = play.get(&format!("{PULLS}/{number}")).value()["head"]["sha"].clone();
            let path = format!("/repos/acme/node/commits/{}/status", sha.as_str().unwrap());
            assert_eq!(play.get(&path).value()["state"], "success", "{number}");
        }
    }

    fn comments_are_told_of_and_can_be_edited(play) {
        open(play);
        let made = play.post("/repos/acme/node/issues/1/comments", &json!({"body": "one"}));
        assert_eq!(made.status, 201);
        let path = format!("/repos/acme/node/issues/comments/{}", made.value()["id"]);
        assert_eq!(play.patch(&path, &json!({"body": "two"})).value()["body"], "two");
        assert_eq!(play.told()[play.hooks.len() - 2..], ["issue_comment created", "issue_comment edited"]);
        assert_eq!(play.delete(&path).status, 204);
        assert_eq!(play.get("/repos/acme/node/issues/1/comments").value(), json!([]));
    }

    fn only_an_app_makes_check_runs(play) {
        let body = json!({"name": "gate", "head_sha": play.node.head});
        assert_eq!(play.ask(&Who::Olga, "POST", "/repos/acme/node/check-runs", &body).status, 403);
        assert_eq!(play.post("/repos/acme/node/check-runs", &body).status, 201);
    }

    fn a_conclusion_completes_a_check_run(play) {
        let body = json!({"name": "gate", "head_sha": play.node.head, "status": "in_progress"});
        let made = play.post("/repos/acme/node/check-runs", &body).value();
        let output = json!({"title": "t", "summary": "s"});
        let path = format!("/repos/acme/node/check-runs/{}", made["id"]);
        let done = play.patch(&path, &json!({"conclusion": "neutral", "output": output})).value();
        assert_eq!((&done["status"], &done["conclusion"]), (&json!("completed"), &json!("neutral")));
    }

    fn of_each_name_the_last_check_run_is_listed(play) {
        let body = json!({"name": "gate", "head_sha": play.node.head});
        play.post("/repos/acme/node/check-runs", &body);
        play.post("/repos/acme/node/check-runs", &body);
        assert_eq!(play.get("/repos/acme/node/commits/main/check-runs").value()["total_count"], 1);
        assert_eq!(play.get("/repos/acme/node/commits/main/check-runs?filter=all").value()["total_count"], 2);
    }

    fn the_rules_of_a_branch_are_those_of_all_active_rulesets(play) {
        let ruleset = |name: &str, enforcement: &str| json!({
            "name": name, "enforcement": enforcement, "target": "branch",
            "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
            "rules": [{"type": "deletion"}],
        });
        play.post("/repos/acme/node/rulesets", &ruleset("one", "active"));
        play.post("/repos/acme/node/rulesets", &ruleset("two", "evaluate"));
        let rules = play.get("/repos/acme/node/rules/branches/main").value();
        assert_eq!(rules.as_array().unwrap().len(), 1);
        assert_eq!(rules[0]["type"], "deletion");
        assert_eq!(play.get("/repos/acme/node/rulesets").value().as_array().unwrap().len(), 2);
        assert_eq!(play.get("/repos/acme/node/rules/branches/side").value(), json!([]));
    }
}

/// A pull request of the App from `side`, with one file more, to `main`.
fn open(play: &mut Play) -> Value {
    play.github
        .push_files("acme", "node", "side", &[("a", Some(b"a\n".as_slice()))], "olga")
        .unwrap();
    let made = play.post(PULLS, &json!({"title": "t", "head": "side", "base": "main"}));
    assert_eq!(made.status, 201, "{}", made.value());
    made.value()
}

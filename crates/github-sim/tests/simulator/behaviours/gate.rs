//! What a gate of pull requests has to live with: forks, drafts, other bases, forced pushes, and who said what.

use crate::play::{Play, Who};
use github_sim::{AppPlan, MergeMethod, PullPlan};
use serde_json::{Value, json};

const NODE: (&str, &str) = ("acme", "node");
const ONE: (&str, &str, u64) = ("acme", "node", 1);
const PULL: &str = "/repos/acme/node/pulls/1";
const EVENTS: &str = "/repos/acme/node/issues/1/events";

stories! {
    fn the_head_of_a_fork_is_found_in_the_base_by_number_and_by_name(play) {
        let head = fork_pull(play);
        let shown = play.get(PULL).value();
        assert_ne!(shown["head"]["repo"]["id"], shown["base"]["repo"]["id"]);
        assert_eq!((&shown["head"]["label"], &shown["head"]["repo"]["fork"]), (&json!("rita:side"), &json!(true)));
        let named = play.get("/repos/acme/node/git/ref/pull/1/head").value();
        assert_eq!(named["object"]["sha"], json!(head));
        assert_eq!(play.get(&format!("/repos/acme/node/git/commits/{head}")).status, 200);
        let of_fork = play.get("/repos/acme/node/pulls?head=rita:side&state=all").value();
        assert_eq!(of_fork.as_array().unwrap().len(), 1);
    }

    fn a_fork_that_is_gone_leaves_a_pull_request_without_a_head_repository(play) {
        fork_pull(play);
        play.github.delete_repository("rita", "node", "rita").unwrap();
        let shown = play.get(PULL).value();
        assert_eq!((&shown["state"], &shown["head"]["repo"], &shown["head"]["label"]), (&json!("open"), &json!(null), &json!("rita:side")));
        assert_eq!(play.get(&format!("{PULL}/files")).value().as_array().unwrap().len(), 1);
    }

    fn a_push_to_a_fork_is_told_to_the_base_alone(play) {
        let before = fork_pull(play);
        play.wait(0);
        play.hooks.clear();
        let after = play.github.push_files("rita", "node", "side", &[("b", Some(b"b".as_slice()))], "rita").unwrap();
        play.wait(0);
        assert_eq!(play.told(), ["pull_request synchronize"]);
        let told = &play.hooks[0].payload;
        assert_eq!((&told["before"], &told["after"]), (&json!(before), &json!(after)));
        assert_eq!(play.get("/repos/acme/node/activity?ref=refs/heads/side").value(), json!([]));
    }

    fn the_commit_of_the_base_does_not_follow_a_push_to_the_base(play) {
        open(play);
        let first = play.node.head.clone();
        let later = play.github.push_files("acme", "node", "main", &[("m", Some(b"m".as_slice()))], "olga").unwrap();
        assert_eq!(play.get(PULL).value()["base"]["sha"], json!(first));
        play.github.push_files("acme", "node", "side", &[("b", Some(b"b".as_slice()))], "olga").unwrap();
        assert_eq!(play.get(PULL).value()["base"]["sha"], json!(later));
    }

    fn a_renamed_file_is_listed_once_with_both_names(play) {
        let content = Some(b"long enough to be the same\n".as_slice());
        play.github.push_files("acme", "node", "main", &[("consensus/a", content)], "olga").unwrap();
        play.github.push_files("acme", "node", "side", &[("consensus/a", None), ("docs/a", content)], "olga").unwrap();
        play.github.open_pull_by(NODE, PullPlan::of("side", "main"), "olga").unwrap();
        let files = play.get(&format!("{PULL}/files")).value();
        assert_eq!(files.as_array().unwrap().len(), 1);
        assert_eq!((&files[0]["status"], &files[0]["filename"]), (&json!("renamed"), &json!("docs/a")));
        assert_eq!(files[0]["previous_filename"], "consensus/a");
    }

    fn no_more_than_three_thousand_files_are_listed(play) {
        let names: Vec<String> = (0..3_001).map(|index| format!("f/{index}")).collect();
        let files: Vec<(&str, Option<&[u8]>)> = names.iter().map(|name| (name.as_str(), Some(b"x".as_slice()))).collect();
        play.github.push_files("acme", "node", "side", &files, "olga").unwrap();
        play.github.open_pull_by(NODE, PullPlan::of("side", "main"), "olga").unwrap();
        assert_eq!(play.get(PULL).value()["changed_files"], 3_001);
        let last = play.get(&format!("{PULL}/files?per_page=100&page=30"));
        assert_eq!(last.value().as_array().unwrap().len(), 100);
        assert!(!last.header_value("link").unwrap().contains("rel=\"next\""));
    }

    fn drafts_closing_and_other_bases_are_events_with_githubs_time(play) {
        open(play);
        play.github.push_files("acme", "node", "dev", &[("d", Some(b"d".as_slice()))], "olga").unwrap();
        play.wait(0);
        play.hooks.clear();
        play.wait(60);
        play.github.set_draft_by(ONE, true, "olga").unwrap();
        play.github.set_draft_by(ONE, true, "olga").unwrap();
        play.github.set_draft_by(ONE, false, "olga").unwrap();
        play.github.retarget_by(ONE, "dev", "olga").unwrap();
        play.github.reword_by(ONE, ("u", "because"), "olga").unwrap();
        play.github.close_pull_by(ONE, "olga").unwrap();
        play.github.reopen_pull_by(ONE, "olga").unwrap();
        play.wait(0);
        assert_eq!(play.told(), [
            "pull_request converted_to_draft", "pull_request ready_for_review", "pull_request edited", "pull_request edited",
            "pull_request closed", "pull_request reopened",
        ]);
        let events = play.get(&format!("{EVENTS}?per_page=100")).value();
        let kinds: Vec<&str> = events.as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["convert_to_draft", "ready_for_review", "base_ref_changed", "renamed", "closed", "reopened"]);
        assert_eq!(events[0]["created_at"], "2026-05-28T20:27:40Z");
    }

    fn a_label_is_told_of_and_listed(play) {
        open(play);
        play.wait(0);
        play.hooks.clear();
        play.github.set_label_by(ONE, ("tier-3", true), "olga").unwrap();
        play.github.set_label_by(ONE, ("tier-3", true), "olga").unwrap();
        assert_eq!(play.get(PULL).value()["labels"][0]["name"], "tier-3");
        play.github.set_label_by(ONE, ("tier-3", false), "olga").unwrap();
        play.wait(0);
        assert_eq!(play.told(), ["pull_request labeled", "pull_request unlabeled"]);
        assert_eq!(play.hooks[0].payload["label"]["name"], "tier-3");
        assert_eq!(play.get(EVENTS).value()[1]["label"]["name"], "tier-3");
        assert_eq!(play.get(PULL).value()["labels"], json!([]));
    }

    fn a_forced_push_is_an_event_with_the_new_head(play) {
        open(play);
        let main = play.node.head.clone();
        play.wait(0);
        play.hooks.clear();
        let after = play.github.force_push_by(NODE, ("side", &main), &[("z", Some(b"z".as_slice()))], "olga").unwrap();
        play.wait(0);
        assert_eq!(play.told(), ["push", "pull_request synchronize"]);
        assert_eq!(play.hooks[0].payload["forced"], true);
        let events = play.get(EVENTS).value();
        assert_eq!((&events[0]["event"], &events[0]["commit_id"]), (&json!("head_ref_force_pushed"), &json!(after)));
    }

    fn every_push_stands_in_the_activity_of_its_branch(play) {
        open(play);
        let main = play.node.head.clone();
        play.wait(5);
        play.github.push_files("acme", "node", "side", &[("b", Some(b"b".as_slice()))], "olga").unwrap();
        let forced = play.github.force_push_by(NODE, ("side", &main), &[("z", Some(b"z".as_slice()))], "olga").unwrap();
        play.github.delete_branch_by(NODE, "side", "olga").unwrap();
        let first = play.get("/repos/acme/node/activity?ref=refs/heads/side&per_page=3");
        let kinds = |list: &Value| list.as_array().unwrap().iter().map(|one| one["activity_type"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(kinds(&first.value()), ["branch_deletion", "force_push", "push"]);
        assert_eq!((&first.value()[1]["after"], &first.value()[0]["after"]), (&json!(forced), &json!("0".repeat(40))));
        let link = first.header_value("link").unwrap().to_owned();
        let cursor = link.split("after=").nth(1).unwrap().split('>').next().unwrap();
        let rest = play.get(&format!("/repos/acme/node/activity?ref=refs/heads/side&per_page=3&after={cursor}"));
        assert_eq!((kinds(&rest.value()), rest.header_value("link")), (vec!["branch_creation".to_owned()], None));
        let asc = play.get("/repos/acme/node/activity?ref=side&direction=asc&activity_type=push").value();
        assert_eq!(asc.as_array().unwrap().len(), 1);
    }

    fn a_branch_that_is_deleted_closes_what_was_proposed_from_it(play) {
        open(play);
        play.github.delete_branch_by(NODE, "side", "olga").unwrap();
        assert_eq!(play.get(PULL).value()["state"], "closed");
        let refused = play.patch(PULL, &json!({"state": "open"}));
        assert_eq!(refused.status, 422);
    }

    fn a_head_that_was_forced_while_it_was_closed_stays_closed(play) {
        open(play);
        let main = play.node.head.clone();
        play.github.close_pull_by(ONE, "olga").unwrap();
        let next = play.github.push_files("acme", "node", "side", &[("b", Some(b"b".as_slice()))], "olga").unwrap();
        assert_eq!(play.patch(PULL, &json!({"state": "open"})).value()["head"]["sha"], json!(next));
        play.github.close_pull_by(ONE, "olga").unwrap();
        play.github.force_push_by(NODE, ("side", &main), &[("z", Some(b"z".as_slice()))], "olga").unwrap();
        assert_eq!(play.patch(PULL, &json!({"state": "open"})).status, 422);
    }

    fn a_push_that_contains_a_head_counts_as_its_merge(play) {
        open(play);
        play.wait(0);
        play.hooks.clear();
        let sha = play.github.merge_branch_by(NODE, ("side", "main"), "olga").unwrap();
        play.wait(0);
        assert_eq!(play.told(), ["push", "pull_request closed"]);
        let shown = play.get(PULL).value();
        assert_eq!((&shown["merged"], &shown["merge_commit_sha"]), (&json!(true), &json!(sha)));
        let activity = play.get("/repos/acme/node/activity?ref=refs/heads/main&per_page=1").value();
        assert_eq!(activity[0]["activity_type"], "push");
    }

    fn a_merge_makes_the_commits_that_its_method_says(play) {
        for (number, method) in [(1, MergeMethod::Merge), (2, MergeMethod::Squash), (3, MergeMethod::Rebase)] {
            let branch = format!("side-{number}");
            for file in ["a", "b"] {
                let path = format!("{number}/{file}");
                play.github.push_files("acme", "node", &branch, &[(path.as_str(), Some(b"x".as_slice()))], "olga").unwrap();
            }
            play.github.push_files("acme", "node", "main", &[("m", Some(branch.as_bytes()))], "olga").unwrap();
            let base = play.get("/repos/acme/node/git/ref/heads/main").value()["object"]["sha"].clone();
            play.github.open_pull_by(NODE, PullPlan::of(&branch, "main"), "olga").unwrap();
            let head = play.get(&format!("/repos/acme/node/pulls/{number}")).value()["head"]["sha"].clone();
            let sha = play.github.merge_by(("acme", "node", number), method, "olga").unwrap();
            let commit = play.get(&format!("/repos/acme/node/git/commits/{sha}")).value();
            let parents: Vec<Value> = commit["parents"].as_array().unwrap().iter().map(|parent| parent["sha"].clone()).collect();
            let between = play.get(&format!("/repos/acme/node/compare/{}...main?per_page=1", base.as_str().unwrap())).value();
            match method {
                MergeMethod::Merge => assert_eq!((parents, &between["ahead_by"]), (vec![base, head], &json!(3))),
                MergeMethod::Squash => assert_eq!((parents, &between["ahead_by"]), (vec![base], &json!(1))),
                MergeMethod::Rebase => assert_eq!((parents.len(), &between["ahead_by"]), (1, &json!(2))),
            }
            for file in ["a", "b"] {
                assert_eq!(play.get(&format!("/repos/acme/node/contents/{number}/{file}?ref={sha}")).status, 200);
            }
            let shown = play.get(&format!("/repos/acme/node/pulls/{number}")).value();
            assert_eq!((&shown["merge_commit_sha"], &shown["changed_files"]), (&json!(sha), &json!(2)));
            let activity = play.get("/repos/acme/node/activity?ref=refs/heads/main&per_page=1").value();
            assert_eq!(activity[0]["activity_type"], "pr_merge");
        }
    }

    fn a_merge_waits_for_what_is_required_and_for_whose_it_must_be(play) {
        let head = open(play);
        let app = play.app;
        play.github.require_check(NODE, "main", ("governance/main", Some(app))).unwrap();
        let merge = format!("{PULL}/merge");
        let refused = play.ask(&Who::Olga, "PUT", &merge, &json!({"merge_method": "squash"}));
        assert_eq!(refused.status, 405);
        assert!(refused.value()["message"].as_str().unwrap().contains("\"governance/main\" is expected"));
        // Anybody who may write can say it, and nobody's word but the App's counts.
        play.github.status_by(NODE, &head, ("governance/main", "success"), "olga").unwrap();
        assert_eq!(play.ask(&Who::Olga, "PUT", &merge, &json!({})).status, 405);
        let path = format!("/repos/acme/node/statuses/{head}");
        play.post(&path, &json!({"state": "success", "context": "governance/main"}));
        play.github.status_by(NODE, &head, ("governance/main", "failure"), "olga").unwrap();
        assert_eq!(play.ask(&Who::Olga, "PUT", &merge, &json!({})).status, 200);
        let rules = play.get("/repos/acme/node/rules/branches/main").value();
        assert_eq!(rules[0]["parameters"]["required_status_checks"][0]["integration_id"], app);
    }

    fn an_administrator_merges_past_the_rules(play) {
        open(play);
        play.github.require_check(NODE, "main", ("governance/main", None)).unwrap();
        assert!(play.github.merge_by(ONE, MergeMethod::Merge, "olga").is_err());
        play.github.merge_past_rules_by(ONE, MergeMethod::Merge, "olga").unwrap();
        assert_eq!(play.get(PULL).value()["merged"], true);
    }

    fn check_runs_of_other_apps_are_told_apart_by_their_app(play) {
        let head = open(play);
        let other = another_app(play);
        play.github.check_by(NODE, &head, ("test", Some("success")), other).unwrap();
        play.post("/repos/acme/node/check-runs", &json!({"name": "test", "head_sha": head, "conclusion": "failure"}));
        let path = format!("/repos/acme/node/commits/{head}/check-runs?filter=latest&per_page=100");
        let listed = play.get(&path).value();
        assert_eq!(listed["total_count"], 2);
        let one = play.get(&format!("/repos/acme/node/commits/{head}/check-runs?app_id={other}")).value();
        assert_eq!((&one["total_count"], &one["check_runs"][0]["app"]["id"]), (&json!(1), &json!(other)));
    }

    fn a_suite_ends_when_all_check_runs_of_its_app_have(play) {
        let head = open(play);
        let app = another_app(play);
        play.wait(0);
        play.hooks.clear();
        play.github.check_by(NODE, &head, ("slow", None), app).unwrap();
        play.github.check_by(NODE, &head, ("test", Some("success")), app).unwrap();
        play.wait(0);
        assert_eq!(play.told(), ["check_run created", "check_run completed"]);
        play.github.check_by(NODE, &head, ("slow", Some("failure")), app).unwrap();
        play.wait(0);
        assert_eq!(play.told()[2..], ["check_run completed", "check_suite completed"]);
        let told = &play.hooks[3].payload["check_suite"];
        assert_eq!((&told["conclusion"], &told["app"]["id"]), (&json!("failure"), &json!(app)));
    }

    fn a_status_is_told_with_its_commit_and_its_branches(play) {
        let head = open(play);
        another_app(play);
        play.wait(0);
        play.hooks.clear();
        play.github.status_by(NODE, &head, ("ci", "success"), "olga").unwrap();
        play.wait(0);
        assert_eq!(play.told(), ["status"]);
        let told = &play.hooks[0].payload;
        assert_eq!((&told["sha"], &told["branches"][0]["name"]), (&json!(head), &json!("side")));
    }

    fn comments_are_found_by_the_time_of_their_change_across_the_repository(play) {
        open(play);
        let first = play.github.comment_by(ONE, "one", "olga").unwrap();
        play.github.comment_by(ONE, "two", "rita").unwrap();
        play.wait(60);
        play.github.edit_comment_by(first, "one, changed", "olga").unwrap();
        let since = "since=2026-05-28T20:27:40Z";
        let of_pull = play.get(&format!("/repos/acme/node/issues/1/comments?{since}&per_page=100")).value();
        let of_all = play.get(&format!("/repos/acme/node/issues/comments?sort=updated&direction=asc&{since}&per_page=100")).value();
        assert_eq!((of_pull.as_array().unwrap().len(), &of_pull[0]["id"]), (1, &json!(first)));
        assert_eq!(of_all, of_pull);
        assert!(of_all[0]["issue_url"].as_str().unwrap().ends_with("/issues/1"));
    }

    fn a_comment_that_is_deleted_is_told_as_it_was(play) {
        open(play);
        let comment = play.github.comment_by(ONE, "/governance-sign x", "rita").unwrap();
        play.wait(0);
        play.hooks.clear();
        play.github.delete_comment_by(comment, "olga").unwrap();
        play.wait(0);
        assert_eq!(play.told(), ["issue_comment deleted"]);
        let told = &play.hooks[0].payload;
        assert_eq!((&told["comment"]["body"], &told["sender"]["login"]), (&json!("/governance-sign x"), &json!("olga")));
        assert_eq!(play.get(&format!("/repos/acme/node/issues/comments/{comment}")).status, 404);
    }

    fn the_same_reaction_twice_is_one(play) {
        open(play);
        let comment = play.github.comment_by(ONE, "/governance-status", "rita").unwrap();
        let path = format!("/repos/acme/node/issues/comments/{comment}");
        for status in [201, 200] {
            assert_eq!(play.post(&format!("{path}/reactions"), &json!({"content": "+1"})).status, status);
        }
        assert_eq!(play.get(&path).value()["reactions"]["+1"], 1);
        assert_eq!(play.post(&format!("{path}/reactions"), &json!({"content": "wink"})).status, 422);
    }

    fn a_repository_that_was_renamed_is_said_to_have_moved(play) {
        another_app(play);
        play.wait(0);
        play.hooks.clear();
        play.github.rename_repository(NODE, "knot", "olga").unwrap();
        play.wait(0);
        assert_eq!(play.told(), ["repository renamed"]);
        assert_eq!(play.hooks[0].payload["changes"]["repository"]["name"]["from"], "node");
        let moved = play.get("/repos/acme/node");
        assert_eq!((moved.status, moved.header_value("location")), (301, Some(&*format!("http://api.example/repositories/{}", play.node.id))));
        assert_eq!(play.get("/repos/acme/knot").value()["id"], json!(play.node.id));
    }

    fn an_app_is_told_which_repositories_it_reaches(play) {
        play.github.create_repository("acme", "sdk", &[("a", b"a".as_slice())]).unwrap();
        play.wait(0);
        play.wait(0);
        play.hooks.clear();
        play.github.select_repositories_by((play.app, "acme"), &["sdk"], "olga").unwrap();
        play.github.select_repositories_by((play.app, "acme"), &["sdk", "node"], "olga").unwrap();
        play.wait(0);
        assert_eq!(play.told(), ["installation_repositories removed", "installation_repositories added"]);
        assert_eq!(play.hooks[0].payload["repositories_removed"][0]["name"], "node");
        assert_eq!(play.hooks[1].payload["repositories_added"][0]["full_name"], "acme/node");
    }

    fn what_is_too_long_to_be_shown_is_refused(play) {
        let head = open(play);
        let long = "x".repeat(65_537);
        assert_eq!(play.post("/repos/acme/node/issues/1/comments", &json!({"body": long})).status, 422);
        let output = json!({"title": "t", "summary": long});
        let body = json!({"name": "gate", "head_sha": head, "conclusion": "neutral", "output": output});
        assert_eq!(play.post("/repos/acme/node/check-runs", &body).status, 422);
    }

    fn a_commit_tells_the_pull_requests_that_it_belongs_to(play) {
        let head = open(play);
        let path = format!("/repos/acme/node/commits/{head}/pulls?per_page=100");
        assert_eq!(play.get(&path).value()[0]["number"], 1);
        let sha = play.github.merge_by(ONE, MergeMethod::Squash, "olga").unwrap();
        let landed = play.get(&format!("/repos/acme/node/commits/{sha}/pulls")).value();
        assert_eq!((&landed[0]["number"], &landed[0]["merged_at"].is_string()), (&json!(1), &true));
        let pushed = play.github.push_files("acme", "node", "main", &[("m", Some(b"m".as_slice()))], "olga").unwrap();
        assert_eq!(play.get(&format!("/repos/acme/node/commits/{pushed}/pulls")).value(), json!([]));
    }

    fn pull_requests_are_listed_by_creation_or_by_their_last_change(play) {
        open(play);
        play.github.push_files("acme", "node", "other", &[("o", Some(b"o".as_slice()))], "olga").unwrap();
        play.wait(1);
        play.github.open_pull_by(NODE, PullPlan::of("other", "main"), "olga").unwrap();
        play.wait(1);
        play.github.close_pull_by(ONE, "olga").unwrap();
        let numbers = |play: &mut Play, query: &str| {
            let listed = play.get(&format!("/repos/acme/node/pulls?{query}&per_page=100")).value();
            listed.as_array().unwrap().iter().map(|pull| pull["number"].as_u64().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(numbers(play, "state=open&sort=created&direction=asc"), [2]);
        assert_eq!(numbers(play, "state=all&sort=updated&direction=desc"), [1, 2]);
        assert_eq!(numbers(play, "state=all&sort=created&direction=asc"), [1, 2]);
    }
}

/// A pull request of olga from `side`, with one file more, to `main`. Answers its head.
fn open(play: &mut Play) -> String {
    let files = [("a", Some(b"a\n".as_slice()))];
    let head = play
        .github
        .push_files("acme", "node", "side", &files, "olga")
        .unwrap();
    play.github
        .open_pull_by(NODE, PullPlan::of("side", "main"), "olga")
        .unwrap();
    play.wait(0);
    head
}

/// The same from a fork of rita's. Answers its head.
fn fork_pull(play: &mut Play) -> String {
    play.github.fork("acme", "node", "rita").unwrap();
    let files = [("a", Some(b"a\n".as_slice()))];
    let head = play
        .github
        .push_files("rita", "node", "side", &files, "rita")
        .unwrap();
    play.github
        .open_pull_by(NODE, PullPlan::of("rita:side", "main"), "rita")
        .unwrap();
    play.wait(0);
    head
}

/// An App that is not ours and listens to what ours does not. Answers its number.
fn another_app(play: &mut Play) -> u64 {
    let plan = AppPlan {
        slug: "tester".to_owned(),
        permissions: [("statuses".to_owned(), "read".to_owned())].into(),
        events: ["check_suite", "repository", "status"]
            .map(str::to_owned)
            .to_vec(),
        public_key: Vec::new(),
        webhook: Some(("http://tester.example".to_owned(), "secret".to_owned())),
    };
    let app = play.github.create_app(plan).unwrap();
    play.github.install(app, "acme").unwrap();
    play.wait(0);
    app
}

//! Branches, tags, commits, contents and statuses.

use crate::play::Who;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

const REFS: &str = "/repos/acme/node/git/refs";

stories! {
    fn a_ref_is_made_once(play) {
        let body = json!({"ref": "refs/tags/v1", "sha": play.node.head});
        assert_eq!(play.post(REFS, &body).status, 201);
        let again = play.post(REFS, &body);
        assert_eq!((again.status, &again.value()["message"]), (422, &json!("Reference already exists")));
    }

    fn a_ref_cannot_name_what_is_not_there(play) {
        let refused = play.post(REFS, &json!({"ref": "refs/tags/v1", "sha": "0123456789012345678901234567890123456789"}));
        assert_eq!((refused.status, &refused.value()["message"]), (422, &json!("Object does not exist")));
    }

    fn a_ref_moves_forward_unless_it_is_forced(play) {
        let next = play.github.push_files("acme", "node", "main", &[("a", Some(b"a".as_slice()))], "olga").unwrap();
        play.post(REFS, &json!({"ref": "refs/heads/b", "sha": next}));
        let path = format!("{REFS}/heads/b");
        let back = json!({"sha": play.node.head});
        assert_eq!(play.patch(&path, &back).value()["message"], "Update is not a fast forward");
        let forced = json!({"sha": play.node.head, "force": true});
        assert_eq!(play.patch(&path, &forced).status, 200);
        assert_eq!(play.patch(&path, &json!({"sha": next})).status, 200);
    }

    fn the_ref_of_an_annotated_tag_names_the_tag_and_not_the_commit(play) {
        let head = play.node.head.clone();
        let body = json!({"tag": "v1", "message": "one", "object": head, "type": "commit"});
        let tag = play.post("/repos/acme/node/git/tags", &body).value();
        assert_eq!(play.get("/repos/acme/node/git/ref/tags/v1").status, 404);
        play.post(REFS, &json!({"ref": "refs/tags/v1", "sha": tag["sha"]}));
        let named = play.get("/repos/acme/node/git/ref/tags/v1").value();
        assert_eq!((&named["object"]["type"], &named["object"]["sha"]), (&json!("tag"), &tag["sha"]));
        let peeled = play.get(&format!("/repos/acme/node/git/tags/{}", tag["sha"].as_str().unwrap())).value();
        assert_eq!(peeled["object"]["sha"], head);
        assert_eq!(play.get("/repos/acme/node/commits/v1").value()["sha"], head);
    }

    fn a_commit_is_found_by_branch_tag_and_beginning(play) {
        let head = play.node.head.clone();
        play.github.push_tag(("acme", "node"), "v1", &head, "olga").unwrap();
        for words in ["main", "v1", "heads/main", "tags/v1", &head[..8], &head] {
            let found = play.get(&format!("/repos/acme/node/commits/{words}"));
            assert_eq!(found.value()["sha"], head, "{words}");
        }
        assert_eq!(play.get("/repos/acme/node/commits/nothing").status, 422);
    }

    fn a_comparison_says_how_one_commit_lies_to_another(play) {
        let first = play.node.head.clone();
        let mut push = |branch: &str| {
            let files = [("a", Some(branch.as_bytes()))];
            play.github.push_files("acme", "node", branch, &files, "olga").unwrap()
        };
        let (aside, next) = (push("aside"), push("main"));
        let rows = [
            (&first, "behind", 0, 1, &first),
            (&next, "identical", 0, 0, &next),
            (&aside, "diverged", 1, 1, &first),
        ];
        for (commit, status, ahead, behind, fork) in rows {
            let found = play.get(&format!("/repos/acme/node/compare/main...{commit}")).value();
            assert_eq!(found["status"], status, "{found}");
            assert_eq!((&found["ahead_by"], &found["behind_by"]), (&json!(ahead), &json!(behind)));
            assert_eq!(&found["merge_base_commit"]["sha"], fork);
        }
        assert_eq!(play.get("/repos/acme/node/compare/main...nothing").status, 404);
    }

    fn a_comparison_lists_the_commits_between_page_by_page_the_oldest_first(play) {
        let first = play.node.head.clone();
        let mut push = |text: &str| {
            let files = [("a", Some(text.as_bytes()))];
            play.github.push_files("acme", "node", "main", &files, "olga").unwrap()
        };
        let pushed = [push("1"), push("2"), push("3")];
        for (page, expected) in [(1, &pushed[..2]), (2, &pushed[2..]), (3, &[])] {
            let path = format!("/repos/acme/node/compare/{first}...main?per_page=2&page={page}");
            let found = play.get(&path).value();
            let names: Vec<&str> = found["commits"].as_array().unwrap().iter().map(|commit| commit["sha"].as_str().unwrap()).collect();
            assert_eq!(names, expected, "page {page}");
            assert_eq!(found["total_commits"], 3);
        }
    }

    fn contents_come_in_lines_of_base64_with_gits_own_name(play) {
        let file = play.get("/repos/acme/node/contents/README.md?ref=main").value();
        let content = file["content"].as_str().unwrap().replace('\n', "");
        assert_eq!(STANDARD.decode(content).unwrap(), b"# node\n");
        // What `printf '# node\n' | git hash-object --stdin` says.
        assert_eq!(file["sha"], "c4a92d83d8eb1e0b6129c099f97e69e5b3d7219a");
        let long = play.get("/repos/acme/node/contents/.github/workflows/build.yml").value();
        assert!(long["content"].as_str().unwrap().lines().all(|line| line.len() <= 60));
    }

    fn a_file_that_is_not_there_and_a_ref_that_is_not_there_are_both_404(play) {
        assert_eq!(play.get("/repos/acme/node/contents/absent.md").status, 404);
        assert_eq!(play.get("/repos/acme/node/contents/README.md?ref=absent").status, 404);
    }

    fn a_folder_is_a_list(play) {
        let list = play.get("/repos/acme/node/contents/.github").value();
        assert_eq!((&list[0]["name"], &list[0]["type"]), (&json!("workflows"), &json!("dir")));
    }

    fn names_of_repositories_are_the_same_whatever_their_case(play) {
        assert_eq!(play.get("/repos/Acme/NODE").value()["full_name"], "acme/node");
    }

    fn the_last_status_of_a_context_counts(play) {
        let head = play.node.head.clone();
        let path = format!("/repos/acme/node/statuses/{head}");
        for (context, state) in [("a", "failure"), ("b", "success"), ("a", "success")] {
            let made = play.post(&path, &json!({"state": state, "context": context}));
            assert_eq!(made.status, 201);
        }
        let combined = play.get("/repos/acme/node/commits/main/status").value();
        assert_eq!((&combined["state"], &combined["total_count"]), (&json!("success"), &json!(2)));
        let all = play.get(&format!("/repos/acme/node/commits/{head}/statuses")).value();
        assert_eq!(all.as_array().unwrap().len(), 3);
        assert_eq!(all[0]["state"], "success");
    }

    fn a_commit_without_statuses_is_pending(play) {
        assert_eq!(play.get("/repos/acme/node/commits/main/status").value()["state"], "pending");
    }

    fn anybody_who_may_write_may_set_any_context(play) {
        let path = format!("/repos/acme/node/statuses/{}", play.node.head);
        let body = json!({"state": "success", "context": "governance/main"});
        assert_eq!(play.ask(&Who::Olga, "POST", &path, &body).value()["creator"]["login"], "olga");
        assert_eq!(play.ask(&Who::Rita, "POST", &path, &body).status, 403);
    }

    fn the_description_of_a_status_is_short(play) {
        let path = format!("/repos/acme/node/statuses/{}", play.node.head);
        let body = json!({"state": "success", "description": "x".repeat(141)});
        assert_eq!(play.post(&path, &body).status, 422);
    }
}

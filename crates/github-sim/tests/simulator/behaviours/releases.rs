//! Releases and their assets.

use crate::play::{Play, Who};
use github_sim::Faults;
use serde_json::{Value, json};

const RELEASES: &str = "/repos/acme/node/releases";

stories! {
    fn a_draft_is_not_found_by_its_tag(play) {
        let draft = play.draft("v1");
        assert_eq!(play.get(&format!("{RELEASES}/tags/v1")).status, 404);
        assert_eq!(play.get(&format!("{RELEASES}/{}", draft["id"])).status, 200);
    }

    fn drafts_may_share_a_tag(play) {
        play.draft("v1");
        play.draft("v1");
        assert_eq!(play.get(RELEASES).value().as_array().unwrap().len(), 2);
    }

    fn who_may_not_write_sees_no_draft(play) {
        let draft = play.draft("v1");
        for who in [Who::Rita, Who::Nobody] {
            assert_eq!(play.ask(&who, "GET", RELEASES, &json!(null)).value(), json!([]));
            let path = format!("{RELEASES}/{}", draft["id"]);
            assert_eq!(play.ask(&who, "GET", &path, &json!(null)).status, 404);
        }
    }

    fn the_tag_is_made_when_the_release_is_published(play) {
        let draft = play.draft("v1");
        assert_eq!(play.get("/repos/acme/node/git/ref/tags/v1").status, 404);
        play.publish(&draft);
        let made = play.get("/repos/acme/node/git/ref/tags/v1").value();
        assert_eq!(made["object"]["sha"], play.node.head.as_str());
    }

    fn a_tag_that_is_there_stays_where_it_is(play) {
        let other = play.github.push_files("acme", "node", "side", &[("a", Some(b"a".as_slice()))], "olga").unwrap();
        play.github.push_tag(("acme", "node"), "v1", &other, "olga").unwrap();
        let body = json!({"tag_name": "v1", "target_commitish": play.node.head});
        assert_eq!(play.post(RELEASES, &body).status, 201);
        assert_eq!(play.get("/repos/acme/node/git/ref/tags/v1").value()["object"]["sha"], other);
    }

    fn a_target_that_does_not_exist_is_refused(play) {
        let refused = play.post(RELEASES, &json!({"tag_name": "v1", "target_commitish": "nowhere", "draft": true}));
        assert_eq!(refused.status, 422);
        assert_eq!(refused.value()["errors"][0]["field"], "target_commitish");
    }

    fn a_tag_has_one_published_release(play) {
        let first = play.draft("v1");
        let second = play.draft("v1");
        assert_eq!(play.publish(&first).status, 200);
        let refused = play.publish(&second);
        assert_eq!(refused.status, 422);
        assert_eq!(refused.value()["errors"][0]["code"], "already_exists");
    }

    fn an_asset_that_is_there_already_is_refused(play) {
        let draft = play.draft("v1");
        assert_eq!(play.upload(&draft, "node.zip").status, 201);
        let refused = play.upload(&draft, "node.zip");
        assert_eq!(refused.status, 422);
        assert_eq!(refused.value()["errors"][0]["code"], "already_exists");
    }

    fn an_interrupted_upload_leaves_an_asset_that_is_in_the_way(play) {
        let draft = play.draft("v1");
        play.github.set_faults(Faults { asset_starter: 1.0, ..Faults::default() });
        assert_eq!(play.upload(&draft, "node.zip").status, 502);
        play.github.set_faults(Faults::default());
        let left = assets(play, &draft)[0].clone();
        assert_eq!((&left["state"], &left["digest"], &left["size"]), (&json!("starter"), &json!(null), &json!(0)));
        assert_eq!(play.upload(&draft, "node.zip").status, 422);
        assert_eq!(play.delete(&format!("{RELEASES}/assets/{}", left["id"])).status, 204);
        assert_eq!(play.upload(&draft, "node.zip").status, 201);
        // The description of the API does not know the state, so nothing of it may stay for the last look.
        play.exchanges.retain(|(_, answer)| !answer.value().to_string().contains("starter"));
    }

    fn an_asset_gets_its_digest_when_it_is_uploaded(play) {
        let draft = play.draft("v1");
        let asset = play.upload(&draft, "node.zip").value();
        assert_eq!(asset["state"], "uploaded");
        assert!(asset["digest"].as_str().unwrap().starts_with("sha256:"));
        assert_eq!(assets(play, &draft)[0]["digest"], asset["digest"]);
    }

    fn odd_characters_in_the_name_of_an_asset_become_dots(play) {
        let draft = play.draft("v1");
        assert_eq!(play.upload(&draft, "a (b).zip").value()["name"], "a..b..zip");
    }

    fn an_asset_is_bytes_only_where_bytes_are_asked_for(play) {
        let draft = play.draft("v1");
        let asset = play.upload(&draft, "node.zip").value();
        let path = format!("{RELEASES}/assets/{}", asset["id"]);
        assert_eq!(play.get(&path).value()["name"], "node.zip");
        play.with_header("accept", "application/octet-stream");
        assert_eq!(play.get(&path).status, 302);
    }

    fn uploads_go_to_another_address(play) {
        let draft = play.draft("v1");
        let url = draft["upload_url"].as_str().unwrap();
        assert!(url.ends_with("/assets{?name,label}") && !url.contains("api.example/repos"), "{url}");
    }

    fn a_published_release_can_still_be_changed_without_immutability(play) {
        let draft = play.draft("v1");
        play.publish(&draft);
        let asset = play.upload(&draft, "late.zip");
        assert_eq!(asset.status, 201);
        assert_eq!(play.delete(&format!("{RELEASES}/assets/{}", asset.value()["id"])).status, 204);
    }

    fn an_immutable_release_is_fixed_but_for_its_words(play) {
        let draft = immutable(play);
        let asset = assets(play, &draft)[0]["id"].clone();
        assert_eq!(play.upload(&draft, "late.zip").status, 422);
        assert_eq!(play.delete(&format!("{RELEASES}/assets/{asset}")).status, 422);
        let path = format!("{RELEASES}/{}", draft["id"]);
        let edited = play.patch(&path, &json!({"body": "words", "prerelease": true})).value();
        assert_eq!((&edited["body"], &edited["prerelease"]), (&json!("words"), &json!(true)));
        assert_eq!(play.patch(&path, &json!({"tag_name": "v2"})).status, 422);
    }

    fn the_tag_of_an_immutable_release_cannot_be_removed(play) {
        immutable(play);
        assert_eq!(play.delete("/repos/acme/node/git/refs/tags/v1").status, 422);
    }

    fn the_tag_of_an_immutable_release_is_burnt_for_ever(play) {
        let draft = immutable(play);
        assert_eq!(play.delete(&format!("{RELEASES}/{}", draft["id"])).status, 204);
        let refused = play.post(RELEASES, &json!({"tag_name": "v1", "draft": true}));
        assert_eq!(refused.status, 422);
        assert!(refused.value()["message"].as_str().unwrap().contains("immutable"));
    }

    fn turning_immutability_off_frees_nothing(play) {
        let draft = immutable(play);
        play.github.set_immutable_releases("acme", "node", false).unwrap();
        assert_eq!(play.upload(&draft, "late.zip").status, 422);
        let next = play.draft("v2");
        assert_eq!(play.publish(&next).value()["immutable"], false);
    }

    fn a_draft_is_mutable_while_immutability_is_on(play) {
        play.github.set_immutable_releases("acme", "node", true).unwrap();
        let draft = play.draft("v1");
        let asset = play.upload(&draft, "node.zip").value();
        assert_eq!(play.delete(&format!("{RELEASES}/assets/{}", asset["id"])).status, 204);
    }

    fn the_latest_release_is_no_draft_no_prerelease_and_none_that_declined(play) {
        play.post(RELEASES, &json!({"tag_name": "v1"}));
        play.wait(1);
        play.post(RELEASES, &json!({"tag_name": "v2", "prerelease": true}));
        play.post(RELEASES, &json!({"tag_name": "v3", "make_latest": "false"}));
        play.draft("v4");
        assert_eq!(play.get(&format!("{RELEASES}/latest")).value()["tag_name"], "v1");
    }

    fn deleting_a_release_leaves_its_tag(play) {
        let made = play.post(RELEASES, &json!({"tag_name": "v1"})).value();
        assert_eq!(play.delete(&format!("{RELEASES}/{}", made["id"])).status, 204);
        assert_eq!(play.get("/repos/acme/node/git/ref/tags/v1").status, 200);
    }

    fn a_new_draft_may_be_missing_from_the_list_for_a_while(play) {
        play.github.set_faults(Faults { stale_read: 1.0, ..Faults::default() });
        let draft = play.draft("v1");
        play.github.set_faults(Faults::default());
        assert_eq!(play.get(RELEASES).value(), json!([]));
        assert_eq!(play.get(&format!("{RELEASES}/{}", draft["id"])).status, 200);
        play.wait(90);
        assert_eq!(play.get(RELEASES).value().as_array().unwrap().len(), 1);
    }

    fn publishing_through_our_own_app_tells_us_as_well(play) {
        let draft = play.draft("v1");
        play.publish(&draft);
        let told = play.told();
        let released: Vec<&String> = told.iter().filter(|line| line.starts_with("release ")).collect();
        assert_eq!(released, ["release created", "release published", "release released"]);
        assert_eq!(play.hooks.last().unwrap().payload["sender"]["login"], "release[bot]");
    }
}

fn assets(play: &mut Play, release: &Value) -> Value {
    play.get(&format!("{RELEASES}/{}/assets", release["id"])).value()
}

/// A published release of `v1` that is immutable and has one asset.
fn immutable(play: &mut Play) -> Value {
    play.github.set_immutable_releases("acme", "node", true).unwrap();
    let draft = play.draft("v1");
    play.upload(&draft, "node.zip");
    let published = play.publish(&draft);
    assert_eq!(published.value()["immutable"], true);
    draft
}

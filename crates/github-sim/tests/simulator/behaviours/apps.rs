//! Apps, their tokens, and who may see and do what.

use crate::play::{Play, Who};
use github_sim::Answer;
use serde_json::{Value, json};

stories! {
    fn an_apps_own_token_lives_ten_minutes_at_most(play) {
        let mut status = |issued: i64, expires: i64| {
            let token = play.app_token(issued, expires);
            play.ask(&Who::Token(token), "GET", "/app", &json!(null)).status
        };
        assert_eq!(status(-60, 540), 200);
        assert_eq!(status(-60, 700), 401);
        assert_eq!(status(-600, 0), 401);
        assert_eq!(status(120, 500), 401);
    }

    fn a_token_that_another_key_signed_is_refused(play) {
        let other = crate::play::fresh_key();
        let now = play.now.seconds();
        let claims = json!({"iss": play.app.to_string(), "iat": now, "exp": now + 60});
        let token = crate::peer::signed_token(&other, &claims);
        let refused = play.ask(&Who::Token(token), "GET", "/app", &json!(null));
        assert_eq!((refused.status, &refused.value()["message"]), (401, &json!("A JSON web token could not be decoded")));
    }

    fn an_apps_own_token_reads_no_repository(play) {
        assert_eq!(play.ask(&Who::App, "GET", "/repos/acme/node/contents/README.md", &json!(null)).status, 401);
        let found = play.ask(&Who::App, "GET", "/repos/acme/node/installation", &json!(null));
        assert_eq!(found.value()["id"], play.installation);
    }

    fn the_token_of_an_installation_lives_an_hour(play) {
        assert_eq!(play.get("/repos/acme/node").status, 200);
        play.wait(3_600);
        let refused = play.get("/repos/acme/node");
        assert_eq!((refused.status, &refused.value()["message"]), (401, &json!("Bad credentials")));
    }

    fn a_token_is_narrowed_to_permissions(play) {
        let narrow = Who::Token(play.new_token(&json!({"permissions": {"contents": "read"}})));
        assert_eq!(play.ask(&narrow, "GET", "/repos/acme/node/contents/README.md", &json!(null)).status, 200);
        let refused = play.ask(&narrow, "POST", "/repos/acme/node/releases", &json!({"tag_name": "v1"}));
        assert_eq!(refused.value()["message"], "Resource not accessible by integration");
        assert_eq!(play.ask(&narrow, "GET", "/repos/acme/node/actions/runs", &json!(null)).status, 403);
    }

    fn a_token_is_narrowed_to_repositories(play) {
        play.github.create_repository("acme", "lib", &[("a", b"a".as_slice())]).unwrap();
        let narrow = Who::Token(play.new_token(&json!({"repositories": ["lib"]})));
        let body = json!({"tag_name": "v1", "draft": true});
        assert_eq!(play.ask(&narrow, "POST", "/repos/acme/lib/releases", &body).status, 201);
        assert_eq!(play.ask(&narrow, "POST", "/repos/acme/node/releases", &body).status, 403);
        let reached = play.ask(&narrow, "GET", "/installation/repositories", &json!(null)).value();
        assert_eq!(reached["total_count"], 1);
    }

    fn a_token_cannot_be_widened(play) {
        let path = format!("/app/installations/{}/access_tokens", play.installation);
        let refused = ask_app(play, &path, &json!({"permissions": {"packages": "write"}}));
        assert_eq!(refused.status, 422);
        assert_eq!(ask_app(play, &path, &json!({"repositories": ["absent"]})).status, 422);
    }

    fn a_private_repository_is_not_there_for_strangers(play) {
        play.github.set_private("acme", "node", true).unwrap();
        assert_eq!(play.ask(&Who::Nobody, "GET", "/repos/acme/node", &json!(null)).status, 404);
        assert_eq!(play.ask(&Who::Rita, "GET", "/repos/acme/node", &json!(null)).status, 200);
    }

    fn an_organisation_lists_what_whoever_asks_may_see(play) {
        let listed = |play: &mut Play, who: &Who| -> Vec<String> {
            let answer = play.ask(who, "GET", "/orgs/acme/repos", &json!(null)).value();
            let listed = answer.as_array().unwrap().iter();
            listed.map(|one| one["name"].as_str().unwrap().to_owned()).collect()
        };
        let all = listed(play, &Who::Nobody);
        assert!(all.contains(&"node".to_owned()), "{all:?}");
        play.github.set_private("acme", "node", true).unwrap();
        assert_eq!(listed(play, &Who::Nobody).len(), all.len() - 1);
        assert_eq!(listed(play, &Who::Rita), all);
        assert_eq!(play.get("/orgs/nobody/repos").status, 404);
    }

    fn without_a_token_nothing_is_written(play) {
        let body = json!({"tag_name": "v1"});
        assert_eq!(play.ask(&Who::Nobody, "POST", "/repos/acme/node/releases", &body).status, 401);
        assert_eq!(play.ask(&Who::Nobody, "GET", "/repos/acme/node/releases", &json!(null)).status, 200);
    }

    fn a_token_that_is_given_back_is_gone(play) {
        let token = Who::Token(play.new_token(&json!({})));
        assert_eq!(play.ask(&token, "DELETE", "/installation/token", &json!(null)).status, 204);
        assert_eq!(play.ask(&token, "GET", "/repos/acme/node", &json!(null)).status, 401);
    }

    fn an_app_acts_as_a_bot(play) {
        let draft = play.draft("v1");
        assert_eq!(draft["author"]["login"], "release[bot]");
        assert_eq!(draft["author"]["type"], "Bot");
    }

    fn an_installation_is_not_a_person(play) {
        assert_eq!(play.get("/user").status, 403);
        assert_eq!(play.ask(&Who::Olga, "GET", "/user", &json!(null)).value()["login"], "olga");
    }

    fn what_a_person_may_do_can_be_asked(play) {
        let role = |play: &mut Play, login: &str| {
            play.get(&format!("/repos/acme/node/collaborators/{login}/permission")).value()["permission"].clone()
        };
        assert_eq!(role(play, "olga"), "write");
        assert_eq!(role(play, "rita"), "read");
    }
}

fn ask_app(play: &mut Play, path: &str, body: &Value) -> Answer {
    play.ask(&Who::App, "POST", path, body)
}

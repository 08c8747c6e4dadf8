//! What runs leave behind.

use crate::play::{Play, Who};
use github_sim::{AnswerBody, Faults};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

stories! {
    fn artifacts_appear_when_the_run_ends(play) {
        let id = play.build("d");
        assert_eq!(artifacts(play, id)["total_count"], 0);
        play.wait(60);
        assert_eq!(artifacts(play, id)["artifacts"][0]["name"], "build-linux-x86_64");
    }

    fn the_zip_lies_on_another_host_that_refuses_our_token(play) {
        let redirect = zip(play);
        assert_eq!(redirect.status, 302);
        assert_eq!(play.fetch(&redirect, Some("ghs_x")).status, 403);
        assert_eq!(play.fetch(&redirect, None).status, 200);
    }

    fn the_address_of_a_zip_holds_for_a_minute(play) {
        let redirect = zip(play);
        play.wait(60);
        assert_eq!(play.fetch(&redirect, None).status, 403);
    }

    fn the_digest_is_that_of_the_zip(play) {
        let redirect = zip(play);
        let AnswerBody::Bytes(bytes) = play.fetch(&redirect, None).body else { panic!("a zip is in memory") };
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let listed = play.get("/repos/acme/node/actions/artifacts").value();
        assert_eq!(listed["artifacts"][0]["digest"], format!("sha256:{digest}"));
        assert_eq!(listed["artifacts"][0]["size_in_bytes"], bytes.len());
    }

    fn an_artifact_expires_after_ninety_days_and_stays_listed(play) {
        let id = play.build("d");
        play.wait(60 + 90 * 24 * 3_600);
        let token = Who::Token(play.new_token(&json!({})));
        let path = format!("/repos/acme/node/actions/runs/{id}/artifacts");
        let listed = play.ask(&token, "GET", &path, &json!(null)).value()["artifacts"][0].clone();
        assert_eq!(listed["expired"], true);
        let path = format!("/repos/acme/node/actions/artifacts/{}/zip", listed["id"]);
        assert_eq!(play.ask(&token, "GET", &path, &json!(null)).status, 410);
    }

    fn the_artifacts_of_every_attempt_stay_listed_under_the_run(play) {
        let id = play.build("d");
        play.wait(60);
        play.post(&format!("/repos/acme/node/actions/runs/{id}/rerun"), &json!(null));
        play.wait(60);
        let listed = artifacts(play, id);
        assert_eq!(listed["total_count"], 2);
        assert_eq!(listed["artifacts"][0]["name"], listed["artifacts"][1]["name"]);
    }

    fn a_run_may_succeed_without_its_artifact(play) {
        play.github.set_faults(Faults { artifact_missing: 1.0, ..Faults::default() });
        let id = play.build("d");
        play.wait(60);
        assert_eq!(play.run(id)["conclusion"], "success");
        assert_eq!(artifacts(play, id)["total_count"], 0);
    }
}

fn artifacts(play: &mut Play, run: u64) -> Value {
    play.get(&format!("/repos/acme/node/actions/runs/{run}/artifacts"))
        .value()
}

fn zip(play: &mut Play) -> github_sim::Answer {
    let id = play.build("d");
    play.wait(60);
    let artifact = artifacts(play, id)["artifacts"][0]["id"].clone();
    play.get(&format!("/repos/acme/node/actions/artifacts/{artifact}/zip"))
}

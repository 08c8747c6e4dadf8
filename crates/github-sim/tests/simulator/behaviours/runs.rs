//! The life of a run.

use crate::play::{Always, Play, Who};
use github_sim::{Faults, Outcome, RunScript};
use serde_json::json;

const RUNS: &str = "/repos/acme/node/actions/runs";

stories! {
    fn a_run_waits_runs_and_ends(play) {
        let id = play.build("d");
        assert_eq!(play.run(id)["status"], "queued");
        play.wait(2);
        assert_eq!(play.run(id)["status"], "in_progress");
        play.wait(30);
        let run = play.run(id);
        assert_eq!((&run["status"], &run["conclusion"]), (&json!("completed"), &json!("success")));
        assert_eq!(play.get(&format!("{RUNS}/{id}/jobs")).value()["jobs"][0]["conclusion"], "success");
    }

    fn a_rerun_keeps_the_id_and_the_actor_and_counts_the_attempt(play) {
        let id = play.build("d");
        play.wait(60);
        let first = play.run(id);
        let again = play.ask(&Who::Olga, "POST", &format!("{RUNS}/{id}/rerun"), &json!(null));
        assert_eq!(again.status, 201);
        let second = play.run(id);
        assert_eq!(second["run_attempt"], 2);
        assert_eq!(second["actor"]["login"], "release[bot]");
        assert_eq!(second["triggering_actor"]["login"], "olga");
        for field in ["id", "head_sha", "display_title", "created_at", "run_number"] {
            assert_eq!(first[field], second[field], "{field}");
        }
    }

    fn an_earlier_attempt_stays_readable(play) {
        let id = play.build("d");
        play.wait(60);
        play.post(&format!("{RUNS}/{id}/rerun"), &json!(null));
        assert_eq!(play.get(&format!("{RUNS}/{id}/attempts/1")).value()["conclusion"], "success");
        assert_eq!(play.run(id)["conclusion"], json!(null));
        assert_eq!(play.get(&format!("{RUNS}/{id}/attempts/3")).status, 404);
    }

    fn jobs_are_those_of_the_last_attempt_unless_all_are_asked_for(play) {
        let id = play.build("d");
        play.wait(60);
        play.post(&format!("{RUNS}/{id}/rerun"), &json!(null));
        assert_eq!(play.get(&format!("{RUNS}/{id}/jobs")).value()["total_count"], 1);
        assert_eq!(play.get(&format!("{RUNS}/{id}/jobs?filter=all")).value()["total_count"], 2);
        let first = play.get(&format!("{RUNS}/{id}/attempts/1/jobs")).value();
        assert_eq!(first["jobs"][0]["run_attempt"], 1);
    }

    fn a_run_that_runs_cannot_be_started_again(play) {
        let id = play.build("d");
        assert_eq!(play.post(&format!("{RUNS}/{id}/rerun"), &json!(null)).status, 403);
    }

    fn a_run_cannot_be_started_again_after_thirty_days(play) {
        let id = play.build("d");
        play.wait(30 * 24 * 3_600 + 1);
        let token = Who::Token(play.new_token(&json!({})));
        let refused = play.ask(&token, "POST", &format!("{RUNS}/{id}/rerun"), &json!(null));
        assert_eq!(refused.status, 403);
    }

    fn failed_jobs_are_not_run_again_where_none_failed(play) {
        let id = play.build("d");
        play.wait(60);
        assert_eq!(play.post(&format!("{RUNS}/{id}/rerun-failed-jobs"), &json!(null)).status, 403);
    }

    fn a_cancellation_is_accepted_before_the_run_has_ended(play) {
        let id = play.build("d");
        play.wait(5);
        assert_eq!(play.post(&format!("{RUNS}/{id}/cancel"), &json!(null)).status, 202);
        assert_eq!(play.run(id)["status"], "in_progress");
        play.wait(2);
        assert_eq!(play.run(id)["conclusion"], "cancelled");
    }

    fn what_has_ended_cannot_be_cancelled(play) {
        let id = play.build("d");
        play.wait(60);
        assert_eq!(play.post(&format!("{RUNS}/{id}/cancel"), &json!(null)).status, 409);
        assert_eq!(play.post(&format!("{RUNS}/{id}/force-cancel"), &json!(null)).status, 409);
    }

    fn the_filter_by_status_takes_conclusions_too(play) {
        play.build("d");
        play.wait(60);
        play.build("e");
        let count = |play: &mut Play, status: &str| play.get(&format!("{RUNS}?status={status}")).value()["total_count"].clone();
        assert_eq!(count(play, "success"), 1);
        assert_eq!(count(play, "completed"), 1);
        assert_eq!(count(play, "queued"), 1);
        assert_eq!(count(play, "failure"), 0);
    }

    fn runs_are_filtered_by_event_actor_and_time_of_creation(play) {
        play.build("d");
        play.wait(3_600);
        let token = Who::Token(play.new_token(&json!({})));
        let mut count = |query: &str| {
            play.ask(&token, "GET", &format!("{RUNS}?{query}"), &json!(null)).value()["total_count"].clone()
        };
        assert_eq!(count("event=workflow_dispatch"), 1);
        assert_eq!(count("event=repository_dispatch"), 0);
        assert_eq!(count("actor=release[bot]"), 1);
        assert_eq!(count("actor=olga"), 0);
        assert_eq!(count("created=>=2026-05-28"), 1);
        assert_eq!(count("created=>=2026-05-30"), 0);
    }

    fn lists_come_in_pages_that_name_the_next_one(play) {
        for index in 0..3 {
            play.build(&format!("d{index}"));
        }
        let first = play.get(&format!("{RUNS}?per_page=2"));
        assert_eq!(first.value()["workflow_runs"].as_array().unwrap().len(), 2);
        assert_eq!(first.value()["total_count"], 3);
        let link = first.header_value("link").unwrap().to_owned();
        assert!(link.contains("<http://api.example/repos/acme/node/actions/runs?per_page=2&page=2>; rel=\"next\""), "{link}");
        let second = play.get(&format!("{RUNS}?per_page=2&page=2"));
        assert!(!second.header_value("link").unwrap().contains("rel=\"next\""));
        assert_eq!(second.value()["workflow_runs"].as_array().unwrap().len(), 1);
    }

    fn a_new_run_may_be_missing_from_lists_for_a_while(play) {
        play.github.set_faults(Faults { stale_read: 1.0, ..Faults::default() });
        let id = play.build("d");
        play.github.set_faults(Faults::default());
        assert_eq!(play.get(RUNS).value()["total_count"], 0);
        assert_eq!(play.run(id)["id"], id);
        play.wait(90);
        assert_eq!(play.get(RUNS).value()["total_count"], 1);
    }

    fn the_log_is_behind_a_redirect_once_a_runner_has_the_job(play) {
        let id = play.build("d");
        let job = play.get(&format!("{RUNS}/{id}/jobs")).value()["jobs"][0]["id"].clone();
        let path = format!("/repos/acme/node/actions/jobs/{job}/logs");
        assert_eq!(play.get(&path).status, 404);
        play.wait(60);
        let redirect = play.get(&path);
        assert_eq!(redirect.status, 302);
        let log = play.fetch(&redirect, None);
        assert_eq!(log.header_value("content-type"), Some("text/plain; charset=utf-8"));
    }

    fn a_dispatch_may_start_two_runs(play) {
        play.github.set_faults(Faults { run_starts_twice: 1.0, ..Faults::default() });
        play.build("d");
        assert_eq!(play.get(RUNS).value()["total_count"], 2);
    }

    fn a_run_whose_answer_never_came_may_be_there(play) {
        play.github.set_faults(Faults { timeout_after: 1.0, ..Faults::default() });
        let body = json!({"ref": "main", "inputs": play.inputs("lost")});
        let answer = play.post("/repos/acme/node/actions/workflows/build.yml/dispatches", &body);
        assert_eq!(answer.fate, github_sim::Fate::Silence);
        play.github.set_faults(Faults::default());
        assert_eq!(play.get(RUNS).value()["workflow_runs"][0]["display_title"], "build 1.0.0 [lost]");
    }
}

#[test]
fn a_run_for_which_there_is_no_runner_stays_queued() {
    let mut play = Play::begin_with(Always::ends(Outcome::NeverStarts));
    let id = play.build("d");
    play.wait(3_000);
    assert_eq!(play.run(id)["status"], "queued");
    assert_eq!(
        play.get(&format!("{RUNS}/{id}/jobs")).value()["jobs"][0]["runner_id"],
        json!(null)
    );
}

#[test]
fn a_workflow_that_is_not_valid_ends_before_it_begins() {
    let mut play = Play::begin_with(Always::ends(Outcome::StartupFailure));
    let id = play.build("d");
    assert_eq!(play.run(id)["conclusion"], "startup_failure");
    assert_eq!(play.post(&format!("{RUNS}/{id}/rerun"), &json!(null)).status, 403);
}

#[test]
fn a_run_may_not_heed_a_cancellation_until_it_is_forced() {
    let script = RunScript {
        outcome: Outcome::Hangs,
        heeds_cancel: false,
        ..RunScript::default()
    };
    let mut play = Play::begin_with(Box::new(Always(script)));
    let id = play.build("d");
    play.wait(60);
    assert_eq!(
        play.post(&format!("{RUNS}/{id}/cancel"), &json!(null)).status,
        202
    );
    play.wait(600);
    assert_eq!(play.run(id)["status"], "in_progress");
    assert_eq!(
        play.post(&format!("{RUNS}/{id}/force-cancel"), &json!(null))
            .status,
        202
    );
    assert_eq!(play.run(id)["conclusion"], "cancelled");
}

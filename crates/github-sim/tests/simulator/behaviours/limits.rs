//! How much may be asked, and what is said to whoever asks too much.

use crate::play::Who;
use github_sim::{Answer, Faults};
use serde_json::json;

stories! {
    fn every_answer_says_what_is_left(play) {
        let remaining = |answer: &Answer| answer.header_value("x-ratelimit-remaining").unwrap().parse::<u64>().unwrap();
        let first = play.get("/repos/acme/node");
        let second = play.get("/repos/acme/node");
        assert_eq!(remaining(&first), remaining(&second) + 1);
        assert_eq!(first.header_value("x-ratelimit-limit"), Some("5000"));
        assert_eq!(first.header_value("x-ratelimit-resource"), Some("core"));
    }

    fn what_has_not_changed_costs_nothing(play) {
        let first = play.get("/repos/acme/node");
        let used = first.header_value("x-ratelimit-used").unwrap().to_owned();
        play.with_header("if-none-match", first.header_value("etag").unwrap());
        let second = play.get("/repos/acme/node");
        assert_eq!((second.status, second.header_value("x-ratelimit-used")), (304, Some(used.as_str())));
        play.github.push_files("acme", "node", "main", &[("a", Some(b"a".as_slice()))], "olga").unwrap();
        play.wait(1);
        play.github.push_files("acme", "node", "main", &[("a", Some(b"b".as_slice()))], "olga").unwrap();
        assert_eq!(play.get("/repos/acme/node").status, 200);
    }

    fn asking_for_the_limits_is_free(play) {
        let used = |answer: &Answer| answer.value()["resources"]["core"]["used"].clone();
        let first = play.get("/rate_limit");
        assert_eq!(used(&first), used(&play.get("/rate_limit")));
    }

    fn eighty_things_may_be_made_in_a_minute(play) {
        for index in 0..80 {
            assert_eq!(play.post("/repos/acme/node/dispatches", &json!({"event_type": "x"})).status, 204, "{index}");
        }
        let refused = play.post("/repos/acme/node/dispatches", &json!({"event_type": "x"}));
        assert_eq!((refused.status, refused.header_value("retry-after")), (403, Some("60")));
        assert!(refused.value()["message"].as_str().unwrap().contains("secondary rate limit"));
        play.wait(60);
        assert_eq!(play.post("/repos/acme/node/dispatches", &json!({"event_type": "x"})).status, 204);
    }

    fn reads_cost_one_point_and_writes_five(play) {
        let path = "/repos/acme/node/git/refs/heads/b";
        play.post("/repos/acme/node/git/refs", &json!({"ref": "refs/heads/b", "sha": play.node.head}));
        let body = json!({"sha": play.node.head});
        for index in 0..179 {
            assert_eq!(play.patch(path, &body).status, 200, "{index}");
        }
        assert_eq!(play.patch(path, &body).status, 403);
    }

    fn one_who_is_not_known_has_sixty_requests_an_hour(play) {
        for _ in 0..60 {
            assert_eq!(play.ask(&Who::Nobody, "GET", "/repos/acme/node", &json!(null)).status, 200);
        }
        let refused = play.ask(&Who::Nobody, "GET", "/repos/acme/node", &json!(null));
        assert_eq!((refused.status, refused.header_value("x-ratelimit-remaining")), (403, Some("0")));
        play.wait(3_600);
        assert_eq!(play.ask(&Who::Nobody, "GET", "/repos/acme/node", &json!(null)).status, 200);
    }

    fn a_secondary_limit_may_come_at_any_time_and_says_how_long(play) {
        play.github.set_faults(Faults { secondary_limit: 1.0, ..Faults::default() });
        let refused = play.get("/repos/acme/node");
        assert_eq!((refused.status, refused.header_value("retry-after")), (403, Some("60")));
        play.github.set_faults(Faults::default());
        assert_eq!(play.get("/repos/acme/node").status, 403);
        play.wait(60);
        assert_eq!(play.get("/repos/acme/node").status, 200);
    }

    fn an_error_before_the_effect_has_none(play) {
        play.github.set_faults(Faults { server_error_before: 1.0, ..Faults::default() });
        assert_eq!(play.post("/repos/acme/node/releases", &json!({"tag_name": "v1", "draft": true})).status, 502);
        play.github.set_faults(Faults::default());
        assert_eq!(play.get("/repos/acme/node/releases").value(), json!([]));
    }

    fn an_error_after_the_effect_hides_it(play) {
        play.github.set_faults(Faults { server_error_after: 1.0, ..Faults::default() });
        assert_eq!(play.post("/repos/acme/node/releases", &json!({"tag_name": "v1", "draft": true})).status, 502);
        play.github.set_faults(Faults::default());
        assert_eq!(play.get("/repos/acme/node/releases").value().as_array().unwrap().len(), 1);
    }

    fn a_read_may_show_what_was(play) {
        play.github.set_faults(Faults { stale_read: 1.0, ..Faults::default() });
        assert_eq!(play.get("/repos/acme/node/git/matching-refs/tags/").value(), json!([]));
        let head = play.node.head.clone();
        play.github.push_tag(("acme", "node"), "v1", &head, "olga").unwrap();
        play.wait(90);
        assert_eq!(play.get("/repos/acme/node/git/matching-refs/tags/").value(), json!([]));
        play.wait(1);
        assert_eq!(play.get("/repos/acme/node/git/matching-refs/tags/").value()[0]["ref"], "refs/tags/v1");
    }
}

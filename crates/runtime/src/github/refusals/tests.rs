use super::*;
use domain_types::Timestamp;
use serde_json::json;
use storage::{InboxId, NewInboxRow};

fn row(kind: &str, body: &serde_json::Value, state: InboxState) -> InboxRow {
    InboxRow {
        id: InboxId(1),
        row: NewInboxRow {
            key: "k".to_owned(),
            release: None,
            kind: kind.to_owned(),
            body: body.to_string(),
            actor: "token:ci".to_owned(),
        },
        received_at: Timestamp::from_seconds(0),
        state,
        reason: Some("atlas/kit has no v1.2.0 for its tag v1.2.0; push it, then ask again".to_owned()),
        decided_at: None,
        revision: None,
    }
}

fn delivery(event: &str, payload: &serde_json::Value) -> serde_json::Value {
    json!({"event": event, "payload": payload.to_string()})
}

#[test]
fn a_wish_is_told_from_its_row() {
    let asked = json!({"tag": "v1.2.0"});
    let pushed = delivery(
        "push",
        &json!({"ref": "refs/tags/v1.2.0", "sender": {"login": "ada"}}),
    );
    let drafted = delivery(
        "release",
        &json!({"release": {"tag_name": "v1.2.0", "draft": true}}),
    );
    let branch = delivery("push", &json!({"ref": "refs/heads/main"}));
    let refused = InboxState::Refused;
    for (kind, body, state, expected) in [
        ("release_requested", &asked, refused, Some("token:ci")),
        ("release_requested", &asked, InboxState::Done, None),
        (
            "release_wished",
            &json!({"tag": "v1.2.0", "wish": "rehearse"}),
            refused,
            None,
        ),
        ("webhook", &pushed, refused, Some("github:ada")),
        ("webhook", &drafted, refused, Some("github:")),
        ("webhook", &branch, refused, None),
        ("webhook", &json!({}), refused, None),
        ("build_ended", &asked, refused, None),
    ] {
        let wish = RefusedWish::of(&row(kind, body, state));
        let told = wish
            .as_ref()
            .map(|wish| (wish.tag.as_str(), wish.asked_by.as_str()));
        assert_eq!(told, expected.map(|by| ("v1.2.0", by)), "{kind} {body}");
    }
    let wish = RefusedWish::of(&row("release_requested", &asked, refused)).unwrap();
    assert_eq!(wish.who, "whoever may push to that repository");
    assert_eq!(
        wish.commands,
        [
            "git push origin v1.2.0",
            "governance release start v1.2.0 --server URL"
        ]
    );
}

#[test]
fn every_reason_has_somebody_who_can_mend_it() {
    for (reason, who) in [
        (
            "v1.2.0 is of the production channel: ... in `released_without_verdict` of [governance], then ask again. No green verdict ...",
            "once the named commits were looked at",
        ),
        (
            "ada may not start the production release v1.2.0: add the login to `[release] triggers`",
            "somebody whom `[release] triggers` names",
        ),
        (
            "atlas/kit has v1, but not on its branch main, so nobody may have merged it",
            "they merge it",
        ),
        (
            "atlas/1.2.0 has ended already (cancelled), and a release of the same plan",
            "whoever keeps versions.toml",
        ),
        ("GitHub could not be asked: it is down", "nobody but GitHub"),
        (
            "something else",
            "whoever keeps versions.toml and the server's configuration",
        ),
    ] {
        assert!(
            remedy(reason, "v1.2.0").0.contains(who),
            "{reason}: {:?}",
            remedy(reason, "v1.2.0")
        );
    }
}

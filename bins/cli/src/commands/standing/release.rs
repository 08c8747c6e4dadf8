//! What holds a release up, or a run of one: also where it was refused before it began.

use super::text::line;
use crate::arguments::ServerPlace;
use crate::commands::release::{Server, page_of_what_holds_up};
use crate::{Exit, Failure, Surroundings};
use domain_types::ReleaseVersion;
use serde_json::{Value, json};

/// Releases that are looked through for a run, the newest first: an older one waits for nothing any more.
const RELEASES_ASKED_MAX: usize = 20;

/// The release of this version; where none was begun, why it was refused.
pub(super) async fn of_version(
    version: &ReleaseVersion,
    place: &ServerPlace,
    surroundings: &Surroundings,
) -> Result<Value, Failure> {
    let server = Server::of(place, surroundings)?;
    if let Some(found) = server.get(&format!("/{version}")).await?.found()? {
        return Ok(found.body);
    }
    let refusals = server.get(&format!("/{version}/refusals")).await?;
    let refusals = refusals.carried_out()?.body;
    match refusals["refusals"].as_array().is_some_and(|all| !all.is_empty()) {
        true => Ok(refusals),
        false => Err(Failure::usage(
            format!("the server knows of no release {version}, and of nobody who asked for it"),
            "`governance release start TAG --server URL` asks for it; `governance release list --server URL` shows all",
        )),
    }
}

/// The release that a run belongs to, with the build and the attempt that it is.
pub(super) async fn of_run(
    run: u64,
    place: &ServerPlace,
    surroundings: &Surroundings,
) -> Result<Value, Failure> {
    let server = Server::of(place, surroundings)?;
    let list = server.get("").await?.carried_out()?.body;
    let releases = list["releases"].as_array().into_iter().flatten();
    for release in releases.take(RELEASES_ASKED_MAX) {
        let id = release["id"].as_str().unwrap_or_default().replace('/', "%2F");
        let Some(found) = server.get(&format!("/{id}")).await?.found()? else {
            continue;
        };
        if let Some((build, attempt)) = attempt_of(&found.body, run) {
            return Ok(json!({
                "schema": "governance/run/v1",
                "run": run,
                "repository": build["repository"],
                "platform": build["platform"],
                "state": build["state"],
                "attempt": attempt["number"],
                "outcome": attempt["outcome"],
                "reason": attempt["reason"],
                "waits_for": attempt["seen"]["waits_for"],
                "release": found.body,
            }));
        }
    }
    Err(Failure::usage(
        format!("the run {run} is none of the newest {RELEASES_ASKED_MAX} releases"),
        "runs that the server did not begin are not known to it; `governance release list --server URL` shows all releases",
    ))
}

/// The build and the attempt that this run is, if it is one of this release.
fn attempt_of(release: &Value, run: u64) -> Option<(&Value, &Value)> {
    let builds = release["builds"].as_array()?;
    builds.iter().find_map(|build| {
        let attempts = build["attempts"].as_array()?;
        let is_it = |attempt: &&Value| {
            [
                &attempt["seen"]["id"],
                &attempt["run"]["id"],
                &attempt["run"]["run"],
            ]
            .iter()
            .any(|id| id.as_u64() == Some(run))
        };
        Some((build, attempts.iter().rev().find(is_it)?))
    })
}

/// No while something holds it up.
pub(super) fn exit(document: &Value) -> Exit {
    let is_refused = document["refusals"].is_array();
    match document["reason"].is_null() && !is_refused {
        true => Exit::Yes,
        false => Exit::No,
    }
}

/// What holds it up, who can mend it, and what to type.
pub(super) fn page(document: &Value) -> String {
    match document["refusals"].as_array() {
        Some(refusals) => refused(document, refusals),
        None => format!("{}{}", page_of_what_holds_up(document), to_type(document)),
    }
}

/// The same, of a run.
pub(super) fn page_of_run(document: &Value) -> String {
    let word = |key: &str| document[key].as_str().unwrap_or_default();
    let mut text = String::new();
    let which = format!(
        "the run {} is attempt {} of {} for {}, which is {}",
        document["run"],
        document["attempt"],
        word("repository"),
        word("platform"),
        word("state").replace('_', " "),
    );
    line(&mut text, 0, &which);
    if let Some(reason) = document["reason"].as_str() {
        line(&mut text, 0, &format!("because {reason}"));
    }
    let labels = document["waits_for"].as_array().into_iter().flatten();
    for label in labels.filter_map(Value::as_str) {
        line(
            &mut text,
            0,
            &format!("it waits for a runner with the labels `{label}`"),
        );
    }
    text.push_str(&page(&document["release"]));
    text
}

fn refused(document: &Value, refusals: &[Value]) -> String {
    let mut text = String::new();
    let version = document["version"].as_str().unwrap_or_default();
    line(
        &mut text,
        0,
        &format!("{version} was refused before it was begun"),
    );
    for refusal in refusals.iter().take(1) {
        let word = |key: &str| refusal[key].as_str().unwrap_or_default();
        line(&mut text, 0, &format!("because {}", word("reason")));
        line(
            &mut text,
            0,
            &format!("asked for by {} at {}", word("asked_by"), word("at")),
        );
        line(&mut text, 0, &format!("who can mend it: {}", word("who")));
        line(&mut text, 0, "what to type:");
        let commands = refusal["commands"].as_array().into_iter().flatten();
        for command in commands.filter_map(Value::as_str) {
            line(&mut text, 1, command);
        }
    }
    if let Some(more @ 1..) = refusals.len().checked_sub(1) {
        line(&mut text, 0, &format!("it was refused {more} times before"));
    }
    text
}

/// What moves a release on that stands still; nothing while it moves by itself.
fn to_type(document: &Value) -> String {
    let version = document["version"].as_str().unwrap_or_default();
    let (who, order) = match document["state"].as_str() {
        Some("awaiting_approval") => (
            "somebody who may operate releases, and did not ask for it",
            "approve",
        ),
        Some("paused") => ("somebody who may operate releases", "resume"),
        Some("stalled") => (
            "somebody who may operate releases, once the reason is mended",
            "retry",
        ),
        Some(_) | None => return String::new(),
    };
    let mut text = format!("who can move it: {who}\nwhat to type:\n");
    line(
        &mut text,
        1,
        &format!("governance release {order} {version} --server URL"),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_refusal_says_who_can_mend_it_and_what_to_type() {
        let refusal = json!({
            "at": "2026-03-01T00:00:00.000Z", "tag": "v1.2.0", "asked_by": "github:ada",
            "reason": "atlas/kit has no v1.2.0 for its tag v1.2.0;\u{1b}push it, then ask again",
            "who": "whoever may push to that repository",
            "commands": ["git push origin v1.2.0", "governance release start v1.2.0 --server URL"],
        });
        let document = json!({"version": "1.2.0", "refusals": [refusal, refusal]});
        expect![[r#"
            1.2.0 was refused before it was begun
            because atlas/kit has no v1.2.0 for its tag v1.2.0; push it, then ask again
            asked for by github:ada at 2026-03-01T00:00:00.000Z
            who can mend it: whoever may push to that repository
            what to type:
              git push origin v1.2.0
              governance release start v1.2.0 --server URL
            it was refused 1 times before
        "#]]
        .assert_eq(&page(&document));
        assert_eq!(exit(&document), Exit::No);
    }

    /// A text that moves the cursor, rings, and begins a line of its own.
    const EVIL: &str = "x\u{1b}[2Ky\u{7}\r\nwhat to type: rm -r\u{9b}z";

    #[test]
    fn nothing_in_a_page_is_obeyed() {
        let refusal = json!({
            "at": EVIL, "tag": EVIL, "asked_by": EVIL, "reason": EVIL, "who": EVIL, "commands": [EVIL],
        });
        let refused = json!({"version": EVIL, "refusals": [refusal]});
        let mut run = json!({
            "run": 7, "attempt": 1, "repository": EVIL, "platform": EVIL, "state": EVIL, "reason": EVIL, "waits_for": [EVIL],
        });
        run["release"] = refused.clone();
        let begun = json!({
            "version": EVIL, "name": EVIL, "state": "stalled", "reason": EVIL, "phase": EVIL,
        });
        for (shown, lines) in [(page(&refused), 6), (page_of_run(&run), 9), (page(&begun), 0)] {
            let is_obeyed = |letter: char| letter.is_control() && letter != '\n';
            assert!(!shown.contains(is_obeyed), "{shown:?}");
            assert!(
                shown.lines().all(|line| !line.starts_with("what to type: rm")),
                "{shown}"
            );
            assert!(lines == 0 || shown.lines().count() == lines, "{shown}");
        }
    }

    #[test]
    fn a_run_is_found_among_the_attempts_of_a_release() {
        let attempt = json!({"number": 2, "seen": {"id": 7}, "run": null});
        let release = json!({"builds": [{"repository": "kit", "attempts": [{"number": 1}, attempt]}]});
        let found =
            attempt_of(&release, 7).map(|(build, attempt)| (&build["repository"], &attempt["number"]));
        assert_eq!(found, Some((&json!("kit"), &json!(2))));
        assert!(attempt_of(&release, 8).is_none());
    }
}

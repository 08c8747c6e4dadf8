//! Releases that were asked for and refused before anything was planned: read from the inbox, each with who can mend it and what to type.

use super::planning::Wish;
use serde::Deserialize;
use storage::{InboxRow, InboxState};

/// A release that somebody asked for, and that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedWish {
    /// The tag that was asked for.
    pub tag: String,
    /// Who asked, as far as it was told: `github:LOGIN` or the name of a token.
    pub asked_by: String,
    /// Why it was refused.
    pub reason: String,
    /// Who can mend it.
    pub who: &'static str,
    /// What to type, one line each.
    pub commands: Vec<String>,
}

/// An order of our own door.
#[derive(Deserialize)]
struct RequestRow {
    tag: String,
    #[serde(default)]
    wish: Wish,
}

/// A delivery.
#[derive(Deserialize)]
struct WebhookRow {
    event: String,
    payload: String,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "ref")]
    reference: Option<String>,
    release: Option<Release>,
    sender: Option<Sender>,
}

#[derive(Deserialize)]
struct Release {
    tag_name: String,
}

#[derive(Deserialize)]
struct Sender {
    login: String,
}

impl RefusedWish {
    /// The wish of a refused row; none for every other row. A rehearsal is nobody's release.
    pub fn of(row: &InboxRow) -> Option<Self> {
        let reason = row.reason.clone()?;
        if row.state != InboxState::Refused {
            return None;
        }
        let (tag, asked_by) = match row.row.kind.as_str() {
            "webhook" => told(&row.row.body)?,
            "release_requested" | "release_wished" => {
                let asked: RequestRow = serde_json::from_str(&row.row.body).ok()?;
                let is_rehearsal = asked.wish == Wish::Rehearse;
                (!is_rehearsal).then(|| (asked.tag, row.row.actor.clone()))?
            }
            _ => return None,
        };
        let (who, mut commands) = remedy(&reason, &tag);
        commands.push(format!("governance release start {tag} --server URL"));
        Some(Self {
            tag,
            asked_by,
            reason,
            who,
            commands,
        })
    }
}

/// The tag that a delivery is about, and who did it.
fn told(body: &str) -> Option<(String, String)> {
    let row: WebhookRow = serde_json::from_str(body).ok()?;
    let payload: Payload = serde_json::from_str(&row.payload).ok()?;
    let tag = match row.event.as_str() {
        "push" => payload.reference?.strip_prefix("refs/tags/")?.to_owned(),
        "release" => payload.release?.tag_name,
        _ => return None,
    };
    let login = payload.sender.map_or_else(String::new, |sender| sender.login);
    Some((tag, format!("github:{login}")))
}

/// Words of a refusal, who can mend it, and what they type before it is asked for again.
const REMEDIES: [(&str, &str, &[&str]); 7] = [
    (
        "released_without_verdict",
        "whoever keeps the server's configuration, once the named commits were looked at",
        &[
            "released_without_verdict = [\"COMMIT\"]   # in [governance] of governance-app.toml",
            "systemctl restart governance-app",
        ],
    ),
    (
        "may not start",
        "somebody whom `[release] triggers` names, or whoever keeps the server's configuration",
        &["production = [\"LOGIN\"]   # in [release.triggers] of governance-app.toml, then restart"],
    ),
    (
        "but not on its branch",
        "the maintainers of that repository: they merge it",
        &["governance why PULL-REQUEST --server URL   # what its merge waits for"],
    ),
    (
        "push it, then ask again",
        "whoever may push to that repository",
        &["git push origin TAG"],
    ),
    (
        "has ended already",
        "whoever keeps versions.toml, or the tags that it names",
        &["git tag NEXT && git push origin NEXT   # another version"],
    ),
    (
        "published",
        "whoever may edit releases on GitHub",
        &["git tag NEXT && git push origin NEXT   # what is public keeps its version"],
    ),
    (
        "GitHub could not be asked",
        "nobody but GitHub: ask again later",
        &["governance-app doctor"],
    ),
];

/// Who can mend it, and what they type first. Where nothing is known of a reason, its own sentence says what to do.
fn remedy(reason: &str, tag: &str) -> (&'static str, Vec<String>) {
    let known = REMEDIES.iter().find(|(words, _, _)| reason.contains(words));
    match known {
        Some((_, who, typed)) => (*who, typed.iter().map(|line| line.replace("TAG", tag)).collect()),
        None => (
            "whoever keeps versions.toml and the server's configuration",
            vec![format!("governance-app doctor --tag {tag}")],
        ),
    }
}

#[cfg(test)]
mod tests;

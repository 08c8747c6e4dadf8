//! The App is ours, and may do and hears what a release needs.

use crate::github::doctor::fact::Fact;
use crate::github::doctor::facts::{AppFacts, Facts};
use crate::github::doctor::finding::{Code, Finding, Severity};
use crate::github::doctor::manifest::{HEARD, asked, covers, needed};
use crate::github::doctor::role::Role;
use github_client::App;

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    facts.apps.iter().flat_map(|app| check_app(app, facts)).collect()
}

fn check_app(ours: &AppFacts, facts: &Facts) -> Vec<Finding> {
    let key = (ours.role.table(), "app_id");
    match &ours.app {
        Fact::Known(app) if app.id == ours.app_id => {
            judge(app, ours.role, &facts.page_of(ours, "permissions"))
        }
        Fact::Known(app) => vec![Finding::of_setting(
            (Severity::Error, Code::AppForeign),
            key,
            format!(
                "the key is of App {} ({}), and App {} is configured",
                app.id, app.slug, ours.app_id
            ),
            "write the App's own number into `app_id`",
        )],
        Fact::Absent => vec![refused(key, "it knows no such App")],
        Fact::Denied(words) => vec![refused(key, words)],
        Fact::Unread(why) => vec![Finding::of_setting(
            (Severity::Error, Code::Unread),
            key,
            format!("who we are could not be read: {why}"),
            "look again when GitHub is well",
        )],
    }
}

fn refused(key: (&str, &str), words: &str) -> Finding {
    Finding::of_setting(
        (Severity::Error, Code::AppRefused),
        key,
        format!("GitHub does not accept us as the App: {words}"),
        "see that `app_id` and `private_key_path` belong together, that the key is not revoked, and that the clock is right",
    )
}

fn judge(app: &App, role: Role, page: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for need in needed(role) {
        let (name, level) = (need.name, need.level);
        let granted = app.permissions.get(name).map_or("", String::as_str);
        if !covers(granted, level) {
            let has = if granted.is_empty() { "none" } else { granted };
            findings.push(Finding::of_setting(
                (need.severity, Code::PermissionMissing),
                (page, name),
                format!(
                    "{} asks for `{name}: {has}`, and `{level}` is needed: {}",
                    role.called(),
                    need.why
                ),
                format!("set `{name}` to `{level}` on this page, then accept it for every installation"),
            ));
        }
    }
    if role.hears() {
        findings.extend(unheard(app, role, page));
    }
    findings.extend(beyond(app, role, page));
    findings.extend(later(app, role, page));
    findings
}

fn unheard<'a>(app: &'a App, role: Role, page: &'a str) -> impl Iterator<Item = Finding> + 'a {
    let missing = HEARD
        .into_iter()
        .filter(|(event, ..)| !app.events.iter().any(|known| known == event));
    missing.map(move |(event, severity, why)| {
        Finding::of_setting(
            (severity, Code::EventMissing),
            (page, event),
            format!("{} is not told of `{event}`: {why}", role.called()),
            format!("tick `{event}` below \"Subscribe to events\" on this page"),
        )
    })
}

/// What it may do and nothing here needs: worth something to whoever takes the key.
fn beyond(app: &App, role: Role, page: &str) -> Vec<Finding> {
    let asked = asked(role);
    let is_beyond = |(name, level): &(&String, &String)| {
        // To look at how things are set up is what this very command does.
        let is_look = name.as_str() == "administration" && level.as_str() == "read";
        let is_asked = asked
            .permissions
            .get(*name)
            .is_some_and(|known| covers(known, level));
        !is_asked && !is_look
    };
    let found = app.permissions.iter().filter(is_beyond);
    found
        .map(|(name, level)| {
            Finding::of_setting(
                (Severity::Warning, Code::PermissionBeyond),
                (page, name),
                format!("{} asks for `{name}: {level}`, which it does not need", role.called()),
                format!("take `{name}` back on this page to what its manifest says: whoever takes the key would have it"),
            )
        })
        .collect()
}

/// What the manifest asks for beside, which a release does without.
fn later(app: &App, role: Role, page: &str) -> Option<Finding> {
    let asked = asked(role);
    let has = |name: &String, level: &String| {
        app.permissions
            .get(name)
            .is_some_and(|known| covers(known, level))
    };
    let is_needed = |name: &str| needed(role).any(|need| need.name == name);
    let permissions = asked
        .permissions
        .iter()
        .filter(|(name, level)| !is_needed(name) && !has(name, level))
        .map(|(name, level)| format!("{name}: {level}"));
    let is_heard = |event: &str| HEARD.iter().any(|(heard, ..)| *heard == event);
    let events = asked
        .events
        .iter()
        .filter(|event| !is_heard(event) && !app.events.contains(event))
        .map(|event| format!("event {event}"));
    let missing: Vec<String> = permissions.chain(events).collect();
    if missing.is_empty() {
        return None;
    }
    Some(Finding::of_setting(
        (Severity::Note, Code::PermissionMissing),
        (page, "permissions"),
        format!(
            "a release does without it, but the manifest of {} has more: {}",
            role.called(),
            missing.join(", ")
        ),
        "compare with deploy/github-app-gate.json before pull requests are gated",
    ))
}

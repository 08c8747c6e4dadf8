//! The App is ours, and may do and hears what a release needs.

use crate::github::doctor::fact::Fact;
use crate::github::doctor::facts::Facts;
use crate::github::doctor::finding::{Code, Finding, Severity};
use crate::github::doctor::manifest::{HEARD, NEEDED, asked, covers};
use github_client::App;

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let key = ("[github]", "app_id");
    match &facts.app {
        Fact::Known(app) if app.id == facts.app_id => judge(app, facts),
        Fact::Known(app) => vec![Finding::of_setting(
            (Severity::Error, Code::AppForeign),
            key,
            format!(
                "the key is of App {} ({}), and App {} is configured",
                app.id, app.slug, facts.app_id
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

fn judge(app: &App, facts: &Facts) -> Vec<Finding> {
    let page = facts.app_page("permissions");
    let mut findings = Vec::new();
    for (name, level, severity, why) in NEEDED {
        let granted = app.permissions.get(name).map_or("", String::as_str);
        if !covers(granted, level) {
            let has = if granted.is_empty() { "none" } else { granted };
            findings.push(Finding::of_setting(
                (severity, Code::PermissionMissing),
                (&page, name),
                format!("the App asks for `{name}: {has}`, and `{level}` is needed: {why}"),
                format!("set `{name}` to `{level}` on this page, then accept it for every installation"),
            ));
        }
    }
    for (event, severity, why) in HEARD {
        if !app.events.iter().any(|known| known == event) {
            findings.push(Finding::of_setting(
                (severity, Code::EventMissing),
                (&page, event),
                format!("the App is not told of `{event}`: {why}"),
                format!("tick `{event}` below \"Subscribe to events\" on this page"),
            ));
        }
    }
    findings.extend(beyond(app, &page));
    findings.extend(later(app, &page));
    findings
}

/// What it may do and nothing here needs: worth something to whoever takes the key.
fn beyond(app: &App, page: &str) -> Vec<Finding> {
    let asked = asked();
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
                format!("the App asks for `{name}: {level}`, which nothing here needs"),
                format!("take `{name}` away on this page: whoever takes the key would have it"),
            )
        })
        .collect()
}

/// What the manifests ask for beside, which a release does without.
fn later(app: &App, page: &str) -> Option<Finding> {
    let asked = asked();
    let has = |name: &String, level: &String| {
        app.permissions
            .get(name)
            .is_some_and(|known| covers(known, level))
    };
    let is_needed = |name: &str| NEEDED.iter().any(|(needed, ..)| *needed == name);
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
            "a release does without it, but the App's manifest has more: {}",
            missing.join(", ")
        ),
        "compare with deploy/github-app-gate.json before pull requests are gated",
    ))
}

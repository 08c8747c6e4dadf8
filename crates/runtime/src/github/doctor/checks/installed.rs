//! The App is installed on every repository of the plan, and the account has accepted what it asks for.

use crate::github::doctor::fact::{Fact, Question};
use crate::github::doctor::facts::{Facts, Reach, RepositoryFacts};
use crate::github::doctor::finding::{Code, Finding, Severity};
use crate::github::doctor::manifest::{covers, needed};
use crate::github::doctor::role::Role;
use github_client::Installation;
use std::collections::BTreeSet;

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let mut judged = BTreeSet::new();
    let mut findings = Vec::new();
    for repository in &facts.repositories {
        for reach in &repository.reached {
            match &reach.installation {
                // One installation reaches many repositories.
                Fact::Known(installation) if judged.insert(installation.id) => {
                    findings.extend(judge(installation, (reach.role, &repository.name.owner), facts));
                }
                Fact::Known(_) => {}
                Fact::Absent | Fact::Denied(_) | Fact::Unread(_) => {
                    findings.extend(missing(repository, reach, facts));
                }
            }
        }
        findings.extend(seen(repository, facts));
    }
    findings
}

/// That an App is not where it must be, or that nobody can tell.
fn missing(repository: &RepositoryFacts, reach: &Reach, facts: &Facts) -> Option<Finding> {
    let page = facts.pages.installations(&repository.name.owner);
    let (name, called, severity) = (&repository.name, reach.role.called(), reach.severity);
    let unknown = |code, why: &String| {
        Finding::of_setting(
            (severity, code),
            (&page, &name.to_string()),
            format!("whether {called} is installed on {name} is not known: {why}"),
            "look at this page, or look again when GitHub is well",
        )
    };
    match &reach.installation {
        Fact::Known(_) => None,
        Fact::Absent => Some(Finding::of_setting(
            (severity, Code::NotInstalled),
            (&page, &name.to_string()),
            format!("{called} is not installed on {name}, or there is no such repository"),
            "choose \"Configure\" beside the App on this page, and add the repository; or correct its name in the configuration",
        )),
        Fact::Denied(words) => Some(unknown(Code::Denied, words)),
        Fact::Unread(why) => Some(unknown(Code::Unread, why)),
    }
}

fn judge(installation: &Installation, (role, owner): (Role, &str), facts: &Facts) -> Vec<Finding> {
    let page = match installation.html_url.as_str() {
        "" => facts.pages.installations(owner),
        known => known.to_owned(),
    };
    if installation.suspended_at.is_some() {
        return vec![Finding::of_setting(
            (Severity::Error, Code::Suspended),
            (&page, "suspended"),
            format!("the installation of {} is suspended", role.called()),
            "choose \"Unsuspend\" on this page",
        )];
    }
    let app = facts.apps.iter().find(|app| app.role == role);
    let asked = app.and_then(|app| app.app.known()).map(|app| &app.permissions);
    let granted = |name: &str| installation.permissions.get(name).map_or("", String::as_str);
    let mut findings = Vec::new();
    for (name, level) in asked.into_iter().flatten() {
        if covers(granted(name), level) {
            continue;
        }
        let need = needed(role).find(|need| need.name == name);
        findings.push(Finding::of_setting(
            (
                need.map_or(Severity::Warning, |need| need.severity),
                Code::PermissionNotAccepted,
            ),
            (&page, name),
            format!(
                "{} asks for `{name}: {level}`, and the account has not accepted it",
                role.called()
            ),
            "choose \"Review request\" on this page, and accept it",
        ));
    }
    findings
}

/// What is installed is also seen.
fn seen(repository: &RepositoryFacts, facts: &Facts) -> Option<Finding> {
    if !repository.is_reached() {
        return None;
    }
    let page = facts.pages.repository(&repository.name, "");
    let about = format!("the repository {}", repository.name);
    let question = Question {
        about: &about,
        place: (&page, "metadata"),
        severity: Severity::Error,
        denied: "give the App `metadata: read`",
        absent: "see whether it was renamed or removed, and correct its name in the configuration",
    };
    repository.info.or_finding(&question).err()
}

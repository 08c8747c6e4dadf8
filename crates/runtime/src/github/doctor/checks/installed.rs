//! The App is installed on every repository of the plan, and the account has accepted what it asks for.

use crate::github::doctor::fact::{Fact, Question};
use crate::github::doctor::facts::{Facts, RepositoryFacts};
use crate::github::doctor::finding::{Code, Finding, Severity};
use crate::github::doctor::manifest::{NEEDED, covers};
use github_client::Installation;
use std::collections::BTreeSet;

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let mut judged = BTreeSet::new();
    let mut findings = Vec::new();
    for repository in &facts.repositories {
        let page = facts.pages.installations(&repository.name.owner);
        match &repository.installation {
            Fact::Known(installation) => {
                // One installation reaches many repositories.
                if judged.insert(installation.id) {
                    findings.extend(judge(installation, &page, facts));
                }
                findings.extend(seen(repository, facts));
            }
            Fact::Absent => findings.push(Finding::of_setting(
                (Severity::Error, Code::NotInstalled),
                (&page, &repository.name.to_string()),
                format!("the App is not installed on {}, or there is no such repository", repository.name),
                "choose \"Configure\" beside the App on this page, and add the repository; or correct its name in the configuration",
            )),
            Fact::Denied(words) => findings.push(unknown(repository, &page, Code::Denied, words)),
            Fact::Unread(why) => findings.push(unknown(repository, &page, Code::Unread, why)),
        }
    }
    findings
}

fn unknown(repository: &RepositoryFacts, page: &str, code: Code, why: &str) -> Finding {
    Finding::of_setting(
        (Severity::Error, code),
        (page, &repository.name.to_string()),
        format!(
            "whether the App is installed on {} is not known: {why}",
            repository.name
        ),
        "look at this page, or look again when GitHub is well",
    )
}

fn judge(installation: &Installation, page: &str, facts: &Facts) -> Vec<Finding> {
    let page = match installation.html_url.as_str() {
        "" => page,
        known => known,
    };
    if installation.suspended_at.is_some() {
        return vec![Finding::of_setting(
            (Severity::Error, Code::Suspended),
            (page, "suspended"),
            "the App's installation is suspended",
            "choose \"Unsuspend\" on this page",
        )];
    }
    let asked = facts.app.known().map(|app| &app.permissions);
    let granted = |name: &str| installation.permissions.get(name).map_or("", String::as_str);
    let mut findings = Vec::new();
    for (name, level) in asked.into_iter().flatten() {
        if covers(granted(name), level) {
            continue;
        }
        let needed = NEEDED.iter().find(|(needed, ..)| needed == name);
        let severity = needed.map_or(Severity::Warning, |(_, _, severity, _)| *severity);
        findings.push(Finding::of_setting(
            (severity, Code::PermissionNotAccepted),
            (page, name),
            format!("the App asks for `{name}: {level}`, and the account has not accepted it"),
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

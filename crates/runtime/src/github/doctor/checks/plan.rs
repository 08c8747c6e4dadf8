//! There is a plan, and every tag that it names is there.

use crate::github::doctor::fact::Question;
use crate::github::doctor::facts::Facts;
use crate::github::doctor::finding::{Code, Finding, Severity};

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let page = facts.pages.repository(&facts.home, "");
    let about = format!("the manifest of {}", facts.home);
    let question = Question {
        about: &about,
        place: (&page, "versions.toml"),
        severity: Severity::Error,
        denied: "install the App on the repository, with `contents: read` at least",
        absent: "see that `[release] repository` names the repository that holds versions.toml",
    };
    match facts.plan.or_finding(&question) {
        // The reason is said by whoever looks at the installations.
        Err(_) if !facts.is_home_reached() => Vec::new(),
        Err(finding) => vec![finding],
        Ok(Err(why)) => vec![Finding::of_setting(
            (Severity::Error, Code::NoPlan),
            question.place,
            why.clone(),
            "correct versions.toml; `governance plan --manifest versions.toml` says more",
        )],
        Ok(Ok(_)) => tags(facts),
    }
}

fn tags(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for worker in &facts.workers {
        let page = facts.pages.repository(&worker.source, "tags");
        let about = format!("tag {} of {}", worker.tag, worker.source);
        let question = Question {
            about: &about,
            place: (&page, worker.tag.as_str()),
            severity: Severity::Error,
            denied: "install the App on the repository, with `contents: read` at least",
            absent: "push the tag, let `governance release tag` make it, or correct `git_tag` in versions.toml",
        };
        if let Err(mut finding) = worker.commit.or_finding(&question) {
            if finding.code == Code::Absent {
                finding.code = Code::NoTag;
            }
            findings.push(finding);
        }
    }
    findings
}

//! What is published stays as it is.

use crate::github::doctor::fact::Question;
use crate::github::doctor::facts::Facts;
use crate::github::doctor::finding::{Code, Finding, Severity};

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    if !facts.is_home_reached() {
        return Vec::new();
    }
    let page = facts.pages.repository(&facts.home, "settings");
    let about = format!("whether releases of {} are immutable", facts.home);
    let question = Question {
        about: &about,
        place: (&page, "Enable release immutability"),
        severity: Severity::Note,
        denied: "look at this page yourself, or give the App `administration: read`",
        absent: "look at this page yourself",
    };
    match facts.has_immutable_releases.or_finding(&question) {
        Ok(true) => Vec::new(),
        Ok(false) => vec![Finding::of_setting(
            (Severity::Warning, Code::ReleasesMutable),
            question.place,
            format!(
                "releases of {} can be changed after they are published: whoever may write can exchange a file",
                facts.home
            ),
            "tick \"Enable release immutability\" on this page",
        )],
        Err(finding) => vec![finding],
    }
}

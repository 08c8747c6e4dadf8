//! The hour has enough requests left for a release.

use crate::github::doctor::fact::Question;
use crate::github::doctor::facts::{Facts, PlanFacts};
use crate::github::doctor::finding::{Code, Finding, Severity};
use domain_types::Timestamp;
use github_client::Budget;

/// Requests of any release: looking at the tag, the plan, who we are.
const REQUESTS_BASE: u64 = 10;
/// Requests of a build: it is started, followed and fetched.
const REQUESTS_PER_BUILD: u64 = 5;
/// Requests of a published file: it is sent, and read back.
const REQUESTS_PER_ASSET: u64 = 2;

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    if !facts.is_home_reached() {
        return Vec::new();
    }
    let page = facts.pages.installations(&facts.home.owner);
    let about = format!("the hourly number of requests for {}", facts.home.owner);
    let question = Question {
        about: &about,
        place: (&page, "rate limit"),
        severity: Severity::Warning,
        denied: "install the App on the repository that holds the release",
        absent: "look at x-ratelimit-remaining of any answer",
    };
    let budget = match facts.budget.or_finding(&question) {
        Ok(budget) => budget,
        Err(finding) => return vec![finding],
    };
    match facts.plan.known() {
        Some(Ok(plan)) => short(budget, needed(plan), question.place).into_iter().collect(),
        Some(Err(_)) | None => Vec::new(),
    }
}

fn needed(plan: &PlanFacts) -> u64 {
    REQUESTS_BASE + REQUESTS_PER_BUILD * plan.builds as u64 + REQUESTS_PER_ASSET * plan.assets as u64
}

fn short(budget: &Budget, needed: u64, place: (&str, &str)) -> Option<Finding> {
    let left = budget.remaining?;
    if left >= needed {
        return None;
    }
    let limit = budget.limit.unwrap_or_default();
    let again = budget.reset_seconds.and_then(|reset| i64::try_from(reset).ok());
    let again = again.map_or_else(
        || "within an hour".to_owned(),
        |reset| format!("at {}", Timestamp::from_seconds(reset)),
    );
    // A whole hour that would not do is no matter of waiting.
    let (severity, remedy) = match limit < needed {
        true => (
            Severity::Error,
            "release less at a time, or have the organisation's limit raised: no hour has enough".to_owned(),
        ),
        false => (
            Severity::Warning,
            format!("wait: all {limit} are there again {again}; a release that is short of them waits too"),
        ),
    };
    Some(Finding::of_setting(
        (severity, Code::BudgetShort),
        place,
        format!("a release of this plan needs up to {needed} requests, and {left} of {limit} are left"),
        remedy,
    ))
}

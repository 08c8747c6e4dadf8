//! `governance-app doctor`: what would stop a release, before it is begun.

use super::arguments::{Examine, Format};
use super::failure::Failure;
use super::understood::Understood;
use super::{github, output};
use runtime::github::doctor::{Finding, LOOKS_AT, Severity, Unasked, examine, gather};
use serde_json::json;
use std::process::ExitCode;

/// An error was found.
const FOUND: u8 = 1;

/// Looks, and says what is found.
pub(crate) async fn run(
    order: &Examine,
    understood: &Understood,
    format: Format,
) -> Result<ExitCode, Failure> {
    let (mut gate, mut release) = github::settings(understood)?;
    let known = [&mut gate, &mut release].into_iter().flatten();
    let numbers = known.map(|settings| {
        settings.looks_at.extend(LOOKS_AT);
        settings.app_id
    });
    let numbers: Vec<u64> = numbers.collect();
    let (Some(apps), Some(first)) = (github::apps_of(gate, release)?, numbers.first()) else {
        return Err(Failure::usage(
            "`app_id` in [github] is not set: there is no App to look at",
            "write the number of the App into `app_id`, or set GITHUB_APP_ID",
        ));
    };
    let numbers = (*first, numbers.get(1).copied());
    let gathered = gather(&apps, numbers, &understood.configuration, order.tag.as_ref()).await;
    let facts = gathered.map_err(|unasked| match &unasked {
        Unasked::Configuration(_) => Failure::usage(unasked, "correct the configuration, then look again"),
        Unasked::World(_) => Failure::world(unasked, "see that `api_url` in [github] is reached from here"),
    })?;
    let findings = examine(&facts);
    match format {
        Format::Json => output::json(&json!({ "schema": "governance/findings/v1", "findings": findings }))?,
        Format::Text => output::result(&text(&findings, facts.repositories()))?,
    }
    let is_error = |finding: &Finding| finding.severity == Severity::Error;
    Ok(match findings.iter().any(is_error) {
        true => ExitCode::from(FOUND),
        false => ExitCode::SUCCESS,
    })
}

/// The findings, and how many of which sort there are.
fn text(findings: &[Finding], repositories: usize) -> String {
    let mut text: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
    let count = |severity| {
        let of_severity = findings.iter().filter(|finding| finding.severity == severity);
        of_severity.count()
    };
    text.push_str(&format!(
        "{} looked at: {}, {}, {}\n",
        counted(repositories, "repository", "repositories"),
        counted(count(Severity::Error), "error", "errors"),
        counted(count(Severity::Warning), "warning", "warnings"),
        counted(count(Severity::Note), "note", "notes"),
    ));
    text
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

//! `governance policy check|requirement|explain|simulate|backtest`: what the rules of an organisation are, and what they ask for.

mod backtest;
mod facts;
mod files;
mod requirement;
mod simulate;
mod suppose;

use crate::arguments::{Format, ModeArgument, PolicyCheckArguments, PolicyCommand};
use crate::{Exit, Failure, Surroundings, output};
use governance_rules::{Finding, Mode, Ruleset, RulesetDigest, Severity, check, read_ruleset};
use serde_json::json;
use std::path::Path;

/// Carries one of them out.
pub(crate) fn run(command: &PolicyCommand, surroundings: &Surroundings) -> Result<Exit, Failure> {
    match command {
        PolicyCommand::Check(arguments) => check_rules(arguments),
        PolicyCommand::Requirement(arguments) => requirement::show(arguments),
        PolicyCommand::Explain(arguments) => super::standing::explain(arguments, surroundings),
        PolicyCommand::Simulate(arguments) => simulate::run(arguments, surroundings),
        PolicyCommand::Backtest(arguments) => backtest::run(arguments, surroundings),
    }
}

fn check_rules(arguments: &PolicyCheckArguments) -> Result<Exit, Failure> {
    let rules = read(&arguments.directory)?;
    let mode = match arguments.mode {
        ModeArgument::Enforce => Mode::Enforce,
        ModeArgument::DryRun => Mode::DryRun,
    };
    let findings = check(&rules, mode);
    report(arguments, &findings, rules.digest())?;
    let is_error = |finding: &Finding| finding.severity == Severity::Error;
    match findings.iter().any(is_error) {
        true => Ok(Exit::No),
        false => Ok(Exit::Yes),
    }
}

/// The rules in a folder. Everything that makes them no rules is told at once.
fn read(directory: &Path) -> Result<Ruleset, Failure> {
    let files = files::of(directory)?;
    read_ruleset(&files).map_err(|errors| {
        Failure::usage_of(errors.iter().map(|error| {
            let place = directory.join(&*error.spot.file);
            let message = format!("{}:{}: {}", place.display(), error.spot.place, error.message());
            (message, error.kind.remedy().to_owned())
        }))
    })
}

/// In JSON the files are those of the rules; a person gets paths that can be opened.
fn report(
    arguments: &PolicyCheckArguments,
    findings: &[Finding],
    digest: RulesetDigest,
) -> Result<(), Failure> {
    match arguments.format.format {
        Format::Json => output::json(
            &json!({ "schema": "governance/findings/v1", "ruleset_digest": digest, "findings": findings }),
        ),
        Format::Text => {
            let line = |finding: &Finding| {
                let file = arguments.directory.join(&finding.file).display().to_string();
                format!(
                    "{}\n",
                    Finding {
                        file,
                        ..finding.clone()
                    }
                )
            };
            let text: String = findings.iter().map(line).collect();
            output::result(&format!("{text}{}\nrules {digest}\n", summary(findings)))
        }
    }
}

fn summary(findings: &[Finding]) -> String {
    let count = |severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let counted = |severity, one: &str| match count(severity) {
        1 => format!("1 {one}"),
        many => format!("{many} {one}s"),
    };
    format!(
        "{}, {}, {}",
        counted(Severity::Error, "error"),
        counted(Severity::Warning, "warning"),
        counted(Severity::Note, "note")
    )
}

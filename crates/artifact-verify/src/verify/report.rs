//! The report of a verification: numbered checks, as text and as JSON.

use crate::document::to_json;
use domain_types::Sha256Digest;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// The schema of the report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum VerificationSchema {
    /// `governance/verification/v1`.
    #[default]
    #[serde(rename = "governance/verification/v1")]
    V1,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// It could not be asked, since an earlier one failed. Never counts as passed.
    NotRun,
}

/// One check of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its number, counted from 1; a number keeps its meaning within a schema version.
    pub number: usize,
    /// What must hold.
    pub name: String,
    /// Whether it does.
    pub outcome: CheckOutcome,
    /// Why we say so.
    pub because: String,
    /// What to do about it; none if it passed.
    pub remedy: Option<String>,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every check passed.
    Verified,
    /// At least one did not.
    Refused,
}

/// What was checked and with what result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which form this document has.
    pub schema: VerificationSchema,
    /// The answer.
    pub verdict: Verdict,
    /// `<name> <tag>` of the release; none if the manifest could not be read.
    pub release: Option<String>,
    /// The digest of `release-manifest.json`; none if it could not be read.
    pub manifest_digest: Option<Sha256Digest>,
    /// The digest of SHA256SUMS; none if it could not be read.
    pub checksums_digest: Option<Sha256Digest>,
    /// The checks by number.
    pub checks: Vec<Check>,
}

impl Report {
    /// The report as JSON with a final LF.
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// The report for people: a line per check, a remedy under each that failed, the answer at the end.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for check in &self.checks {
            let word = match check.outcome {
                CheckOutcome::Passed => "ok     ",
                CheckOutcome::Failed => "FAILED ",
                CheckOutcome::NotRun => "not run",
            };
            let _infallible = writeln!(
                text,
                "{:>2} {word} {}: {}",
                check.number, check.name, check.because
            );
            if let Some(remedy) = &check.remedy {
                let _infallible = writeln!(text, "           help: {remedy}");
            }
        }
        text + &self.last_line()
    }

    fn last_line(&self) -> String {
        let release = self.release.as_deref().unwrap_or("the release");
        let failed = self
            .checks
            .iter()
            .filter(|check| check.outcome != CheckOutcome::Passed)
            .count();
        let count = self.checks.len();
        match (self.verdict, &self.manifest_digest) {
            (Verdict::Verified, Some(digest)) => {
                format!("verified: {release}, {count} checks, manifest {digest}\n")
            }
            (Verdict::Verified, None) => format!("verified: {release}, {count} checks\n"),
            (Verdict::Refused, _) => format!("refused: {release}, {failed} of {count} checks did not pass\n"),
        }
    }
}

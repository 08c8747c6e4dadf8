//! `release-evidence.json`: *how* a release was made. Not covered by SHA256SUMS, since times and machines differ
//! between two builders of the same bytes; it carries a digest of its own content against accidents.

use crate::document::{ascending, read_json, to_json};
use crate::range::check_ranges;
use crate::{ComponentRange, DocumentRule, EVIDENCE_NAME, Error, Outcome, ReleaseManifest};
use domain_types::{Platform, ReleaseId, ReleaseName, ReleaseVersion, RepoName, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The schema of the evidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EvidenceSchema {
    /// `governance/release-evidence/v1`.
    #[default]
    #[serde(rename = "governance/release-evidence/v1")]
    V1,
}

const SCHEMA: &str = "governance/release-evidence/v1";

/// Characters of a free text (machine, reason, tool version) in the evidence: enough to recognise it.
pub const EVIDENCE_TEXT_CHARS_MAX: usize = 200;

/// How a release was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The name under which the organisation releases.
    pub release: ReleaseName,
    /// The release's version.
    pub version: ReleaseVersion,
    /// The digest of the plan.
    pub plan_digest: Sha256Digest,
    /// The digest of `release-manifest.json`.
    pub manifest_digest: Sha256Digest,
    /// Version of the program that made it.
    pub tool_version: String,
    /// When the release began.
    pub started: Timestamp,
    /// When its artifacts were complete.
    pub ended: Timestamp,
    /// What ran, ascending by repository and platform.
    pub builds: Vec<EvidenceBuild>,
    /// What has come in since the last release, ascending by component, where that was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<ComponentRange>,
}

/// How one component was built for one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceBuild {
    /// The repository.
    pub repository: RepoName,
    /// The platform.
    pub platform: Platform,
    /// What became of it.
    pub outcome: Outcome,
    /// The earlier release whose build was taken over; none if it was built for this one.
    pub reused_from: Option<ReleaseId>,
    /// The attempts, ascending by number; none if it was taken over or skipped.
    pub attempts: Vec<EvidenceAttempt>,
}

impl EvidenceBuild {
    /// By what the builds of one release are ordered.
    pub(crate) fn key(&self) -> (&RepoName, &Platform) {
        (&self.repository, &self.platform)
    }
}

/// One attempt to build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceAttempt {
    /// Counted from 1; numbers that never began are missing.
    pub number: u32,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// Why, if it did not succeed; one line.
    pub reason: Option<String>,
    /// Where it ran; one line.
    pub machine: String,
    /// What is known of the run that carried it out, where that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<EvidenceRun>,
}

/// The run that carried an attempt out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRun {
    /// The address of its page; one line.
    pub page: String,
    /// How it is known to be this attempt's.
    pub correlation: RunCorrelation,
}

/// How a run is known to be an attempt's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunCorrelation {
    /// It bore the id of the request.
    DispatchId,
    /// By repository, workflow, sender and time alone: whoever may send such requests could have begun another.
    Weak,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// It succeeded.
    Succeeded,
    /// It failed.
    Failed,
    /// It took longer than allowed.
    TimedOut,
    /// Our own end interrupted it.
    Interrupted,
    /// Somebody cancelled it.
    Cancelled,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EvidenceFile {
    schema: EvidenceSchema,
    content_digest: Sha256Digest,
    content: Evidence,
}

impl Evidence {
    /// The canonical JSON with a final LF.
    pub fn to_json(&self) -> String {
        let content_digest = Sha256Digest::of(to_json(self).as_bytes());
        to_json(&EvidenceFile {
            schema: EvidenceSchema::V1,
            content_digest,
            content: self.clone(),
        })
    }

    /// Reads evidence; accepts exactly what [`Self::to_json`] writes.
    ///
    /// # Errors
    /// [`Error::TooLarge`] or [`Error::Document`] with the rule that it breaks.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let refuse = |rule| Error::Document {
            document: EVIDENCE_NAME,
            rule,
        };
        let file: EvidenceFile = read_json(bytes, EVIDENCE_NAME, SCHEMA)?;
        if Sha256Digest::of(to_json(&file.content).as_bytes()) != file.content_digest {
            let text = "content_digest is not that of the content".to_owned();
            return Err(refuse(DocumentRule::Contradiction(text)));
        }
        file.content.check().map_err(refuse)?;
        Ok(file.content)
    }

    /// That lists are in order, times run forward, texts are short lines, and outcomes fit the attempts.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), DocumentRule> {
        ascending(&self.builds, "builds", |one| {
            (one.repository.clone(), one.platform.clone())
        })?;
        forward("the release", self.started, self.ended)?;
        line("tool_version", &self.tool_version)?;
        self.builds.iter().try_for_each(check_build)?;
        check_ranges(&self.ranges)
    }

    /// Everything in which the evidence does not fit the manifest; empty if it fits.
    pub fn contradictions(&self, manifest: &ReleaseManifest) -> Vec<String> {
        let mut found = Vec::new();
        let same = [
            (self.release == manifest.release, "release name"),
            (self.version == manifest.version, "release version"),
            (self.plan_digest == manifest.plan_digest, "plan digest"),
            (self.manifest_digest == manifest.digest(), "manifest digest"),
        ];
        found.extend(
            same.iter()
                .filter(|(same, _)| !same)
                .map(|(_, what)| format!("the {what} differs")),
        );
        let components = manifest.components.iter();
        let mut expected: BTreeMap<(&RepoName, &Platform), Outcome> = components
            .flat_map(|one| {
                one.platforms
                    .iter()
                    .map(|on| ((&one.repository, &on.platform), on.outcome))
            })
            .collect();
        for build in &self.builds {
            let (repository, platform) = (&build.repository, &build.platform);
            match expected.remove(&(repository, platform)) {
                Some(outcome) if outcome == build.outcome => {}
                Some(outcome) => {
                    found.push(format!(
                        "{repository} on {platform} is {outcome}, the evidence says {}",
                        build.outcome
                    ));
                }
                None => found.push(format!("{repository} on {platform} is not in the manifest")),
            }
        }
        found.extend(
            expected
                .keys()
                .map(|(repository, on)| format!("{repository} on {on} has no evidence")),
        );
        found
    }
}

fn check_build(build: &EvidenceBuild) -> Result<(), DocumentRule> {
    let name = format!("{} on {}", build.repository, build.platform);
    ascending(&build.attempts, "attempts", |one| one.number)?;
    for attempt in &build.attempts {
        forward(&name, attempt.started, attempt.ended)?;
        line("machine", &attempt.machine)?;
        attempt
            .run
            .as_ref()
            .map_or(Ok(()), |run| line("page", &run.page))?;
        attempt
            .reason
            .as_ref()
            .map_or(Ok(()), |reason| line("reason", reason))?;
    }
    let last = build.attempts.last().map(|attempt| attempt.outcome);
    let succeeded = last == Some(AttemptOutcome::Succeeded);
    let fits = match (build.outcome, &build.reused_from) {
        (Outcome::Built, Some(_)) => true,
        (Outcome::Built, None) => succeeded,
        (Outcome::Failed, from) => from.is_none() && last.is_some() && !succeeded,
        (Outcome::Skipped, from) => from.is_none() && !succeeded,
    };
    if fits {
        Ok(())
    } else {
        Err(DocumentRule::Contradiction(format!(
            "{name}: its attempts do not fit its outcome"
        )))
    }
}

fn forward(what: &str, started: Timestamp, ended: Timestamp) -> Result<(), DocumentRule> {
    if started <= ended {
        Ok(())
    } else {
        Err(DocumentRule::Contradiction(format!(
            "{what} ended before it began"
        )))
    }
}

pub(crate) fn line(what: &str, text: &str) -> Result<(), DocumentRule> {
    let is_line = !text.chars().any(char::is_control) && text.chars().count() <= EVIDENCE_TEXT_CHARS_MAX;
    let rule = || DocumentRule::Contradiction(format!("{what} is not one line of at most 200 characters"));
    if is_line { Ok(()) } else { Err(rule()) }
}

/// A free text as the evidence holds it: one line, cut to [`EVIDENCE_TEXT_CHARS_MAX`] characters.
pub fn evidence_line(text: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().map(plain).take(EVIDENCE_TEXT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests;

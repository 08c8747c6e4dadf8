//! Verifies a release directory: everything is read first, then a list of numbered checks judges it.
//!
//! Who signed is not asked here yet; signatures come with the rooms that know keys.

mod checks;
mod content_checks;
mod gather;
mod report;

#[cfg(test)]
mod tests;

pub use report::{Check, CheckOutcome, Report, Verdict, VerificationSchema};

use crate::{ArchiveLimits, ReleaseFiles, ReleaseManifest};
use checks::{CHECKS, Judged};
use domain_types::{ReleaseName, ReleaseVersion, Sha256Digest};
use gather::{Gathered, gather};

/// What a verification insists on beyond the release's own consistency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyOptions {
    /// What archives may be at most.
    pub archive_limits: ArchiveLimits,
    /// The release that it must be; any if none.
    pub expected: Option<ExpectedRelease>,
    /// The digest of the manifest that was approved or published before; any if none. Plan and version are not enough
    /// where the bytes count: another build of the same plan is a consistent release too.
    pub expected_manifest: Option<Sha256Digest>,
}

/// The identity of the release that is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedRelease {
    /// Its name.
    pub release: ReleaseName,
    /// Its version.
    pub version: ReleaseVersion,
    /// The digest of its plan.
    pub plan_digest: Sha256Digest,
}

/// The proof that a release directory passed every check. Only [`verify_release`] makes it; what publishes demands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedManifest {
    manifest: ReleaseManifest,
    manifest_digest: Sha256Digest,
    checksums_digest: Sha256Digest,
}

impl VerifiedManifest {
    /// What the release consists of.
    pub fn manifest(&self) -> &ReleaseManifest {
        &self.manifest
    }

    /// The digest of `release-manifest.json`.
    pub fn manifest_digest(&self) -> Sha256Digest {
        self.manifest_digest
    }

    /// The digest of SHA256SUMS, which covers every other file but the evidence.
    pub fn checksums_digest(&self) -> Sha256Digest {
        self.checksums_digest
    }
}

/// The outcome of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an unread verification protects nobody"]
pub struct Verification {
    /// Every check with its outcome.
    pub report: Report,
    /// The proof; present exactly if every check passed.
    pub verified: Option<VerifiedManifest>,
}

/// Verifies a release: the exact set of files, every digest, every member of every archive, and that manifest,
/// SHA256SUMS, notes and evidence tell the same story. Whatever the bytes are, the answer is a report.
pub fn verify_release(files: &dyn ReleaseFiles, options: &VerifyOptions) -> Verification {
    let gathered = gather(files, &options.archive_limits);
    let checks: Vec<Check> = CHECKS
        .iter()
        .enumerate()
        .map(|(at, (name, check))| finding(at + 1, name, check(&gathered, options)))
        .collect();
    let verified = proof(&checks, &gathered);
    let report = Report {
        schema: VerificationSchema::V1,
        verdict: if verified.is_some() {
            Verdict::Verified
        } else {
            Verdict::Refused
        },
        release: gathered
            .manifest
            .as_ref()
            .ok()
            .map(|(one, _)| format!("{} {}", one.release, one.tag)),
        manifest_digest: gathered.manifest.as_ref().ok().map(|(_, digest)| *digest),
        checksums_digest: gathered.checksums.as_ref().ok().map(|(_, digest)| *digest),
        checks,
    };
    Verification { report, verified }
}

fn finding(number: usize, name: &str, judged: Judged) -> Check {
    let (outcome, because, remedy) = match judged {
        Judged::Passed(because) => (CheckOutcome::Passed, because, None),
        Judged::Failed { because, remedy } => (CheckOutcome::Failed, because, Some(remedy.to_owned())),
        Judged::NotRun(because) => (CheckOutcome::NotRun, because.to_owned(), None),
    };
    Check {
        number,
        name: name.to_owned(),
        outcome,
        because,
        remedy,
    }
}

fn proof(checks: &[Check], gathered: &Gathered) -> Option<VerifiedManifest> {
    let all_passed = checks.iter().all(|check| check.outcome == CheckOutcome::Passed);
    let (manifest, manifest_digest) = gathered.manifest.as_ref().ok()?;
    let (_, checksums_digest) = gathered.checksums.as_ref().ok()?;
    all_passed.then(|| VerifiedManifest {
        manifest: manifest.clone(),
        manifest_digest: *manifest_digest,
        checksums_digest: *checksums_digest,
    })
}

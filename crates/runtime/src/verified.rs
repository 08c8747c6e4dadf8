//! A release directory verified, as the performers' failures tell of it.

use crate::release_directory::ReleaseDirectory;
use artifact_verify::{ExpectedRelease, VerifiedManifest, VerifyOptions, verify_release};
use domain_types::Sha256Digest;
use orchestrator::{Failure, FailureKind};
use std::path::Path;

/// Verifies a directory and mints the proof.
pub(crate) fn verified_directory(
    folder: &Path,
    expected: Option<ExpectedRelease>,
    expected_manifest: Option<Sha256Digest>,
) -> Result<VerifiedManifest, Failure> {
    let files = ReleaseDirectory::new(folder);
    let options = VerifyOptions {
        expected,
        expected_manifest,
        ..VerifyOptions::default()
    };
    let verification = verify_release(&files, &options);
    verification.verified.ok_or_else(|| {
        let first = verification
            .report
            .checks
            .iter()
            .find(|check| check.outcome == artifact_verify::CheckOutcome::Failed);
        let said = first.map_or_else(String::new, |check| {
            format!("check {} ({}): {}", check.number, check.name, check.because)
        });
        Failure::new(
            FailureKind::Verification,
            format!("{} is not what it should be: {said}", folder.display()),
        )
    })
}

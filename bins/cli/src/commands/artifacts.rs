//! `governance artifacts verify` and `governance compare dirs`: what a user can check of release files, offline.

use crate::arguments::{CompareArguments, Format, VerifyArguments};
use crate::{Exit, Failure, output};
use artifact_verify::{
    Comparison, ComparisonVerdict, Error, Verdict, VerifyOptions, compare_releases, verify_release,
};
use runtime::ReleaseDirectory;
use std::path::Path;

/// Verifies a release directory. Every check is in the report; a release that does not pass is a clear no.
pub(crate) fn verify(arguments: &VerifyArguments) -> Result<Exit, Failure> {
    let directory = directory(&arguments.directory)?;
    let report = verify_release(&directory, &VerifyOptions::default()).report;
    output::result(&match arguments.format.format {
        Format::Text => report.to_text(),
        Format::Json => report.to_json(),
    })?;
    Ok(match report.verdict {
        Verdict::Verified => Exit::Yes,
        Verdict::Refused => Exit::No,
    })
}

/// Compares two release directories.
pub(crate) fn compare(arguments: &CompareArguments) -> Result<Exit, Failure> {
    let (left, right) = (directory(&arguments.left)?, directory(&arguments.right)?);
    let comparison = compare_releases(&left, &right).map_err(|error| of_verifier(&error))?;
    output::result(&match arguments.format.format {
        Format::Text => comparison.to_text(),
        Format::Json => comparison.to_json(),
    })?;
    Ok(exit_of(&comparison))
}

fn exit_of(comparison: &Comparison) -> Exit {
    match comparison.verdict {
        ComparisonVerdict::Identical | ComparisonVerdict::Equivalent => Exit::Yes,
        ComparisonVerdict::Different => Exit::No,
    }
}

/// The directory, if it is one: a wrong path is wrong usage, not a release that fails.
fn directory(path: &Path) -> Result<ReleaseDirectory, Failure> {
    std::fs::read_dir(path).map_err(|error| Failure::of_path("read the directory", path, &error))?;
    Ok(ReleaseDirectory::new(path))
}

fn of_verifier(error: &Error) -> Failure {
    let exit = if matches!(error, Error::Io(_)) {
        Exit::World
    } else {
        Exit::No
    };
    Failure::new(
        exit,
        format!("failed to {error}"),
        "name two release directories that can be read",
    )
}

//! The list of checks, and those about files and digests. A check is a function; its place is its number.

use super::VerifyOptions;
use super::content_checks::{
    archives_are_named, archives_hold_members, evidence_fits, expected_release, notes_fit,
    required_are_built, unified_is_complete,
};
use super::gather::{Gathered, Read};
use crate::naming::{CHECKSUMS_NAME, EVIDENCE_NAME, MANIFEST_NAME, NOTES_NAME};
use crate::{ManifestArchive, ReleaseManifest};
use domain_types::{AssetName, Sha256Digest};
use std::collections::BTreeSet;

/// What a check says.
pub(super) enum Judged {
    Passed(String),
    Failed { because: String, remedy: &'static str },
    NotRun(&'static str),
}

/// A check: facts and options in, judgement out.
pub(super) type CheckFunction = fn(&Gathered, &VerifyOptions) -> Judged;

/// All checks. New ones are appended; numbers keep their meaning.
pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    ("the files can be listed", files_are_listed),
    ("release-manifest.json is canonical", manifest_is_read),
    ("SHA256SUMS is canonical", checksums_are_canonical),
    ("the set of files is exact", set_is_exact),
    ("SHA256SUMS covers every asset", checksums_cover_assets),
    ("every file has its digest of SHA256SUMS", files_have_digests),
    (
        "every archive has its digest and size of the manifest",
        archives_have_digests,
    ),
    (
        "every archive holds the members of the manifest",
        archives_hold_members,
    ),
    (
        "every archive has the name of its component, version and platform",
        archives_are_named,
    ),
    ("the unified archives hold everything", unified_is_complete),
    ("every required component was built", required_are_built),
    ("RELEASE_NOTES.md tells what the manifest tells", notes_fit),
    ("release-evidence.json belongs to this release", evidence_fits),
    ("it is the expected release", expected_release),
];

pub(super) const DOWNLOAD_AGAIN: &str = "download the release again from where it was published; if it fails again, \
                                         do not use it and tell its publishers";
pub(super) const NO_MANIFEST: &str = "the manifest could not be read";
const NO_LIST: &str = "the files could not be listed";
const NO_CHECKSUMS: &str = "SHA256SUMS could not be read";

/// Problems that one line of a report names; the rest is counted.
const PROBLEMS_SHOWN_MAX: usize = 5;

/// Passed if there is no problem.
pub(super) fn judge(problems: &[String], passed: String, remedy: &'static str) -> Judged {
    if problems.is_empty() {
        return Judged::Passed(passed);
    }
    let mut because = problems[..problems.len().min(PROBLEMS_SHOWN_MAX)].join("; ");
    if problems.len() > PROBLEMS_SHOWN_MAX {
        because.push_str(&format!("; and {} more", problems.len() - PROBLEMS_SHOWN_MAX));
    }
    Judged::Failed { because, remedy }
}

/// A read document, or the judgement that it could not be read.
pub(super) fn readable<T>(read: &Read<T>) -> Result<&(T, Sha256Digest), Judged> {
    read.as_ref().map_err(|because| Judged::Failed {
        because: format!("failed to {because}"),
        remedy: DOWNLOAD_AGAIN,
    })
}

fn files_are_listed(gathered: &Gathered, _: &VerifyOptions) -> Judged {
    match &gathered.names {
        Ok(names) => Judged::Passed(format!("{} files", names.len())),
        Err(error) => Judged::Failed {
            because: format!("failed to {error}"),
            remedy: "put nothing but the files of the release into its folder",
        },
    }
}

fn manifest_is_read(gathered: &Gathered, _: &VerifyOptions) -> Judged {
    match readable(&gathered.manifest) {
        Ok((manifest, digest)) => Judged::Passed(format!("{} {}, {digest}", manifest.release, manifest.tag)),
        Err(judged) => judged,
    }
}

fn checksums_are_canonical(gathered: &Gathered, _: &VerifyOptions) -> Judged {
    let (read, _) = match readable(&gathered.checksums) {
        Ok(checksums) => checksums,
        Err(judged) => return judged,
    };
    let findings = read
        .findings
        .iter()
        .map(|(line, finding)| format!("line {line}: {finding}"));
    let passed = format!("{} lines", read.checksums.entries().len());
    judge(&findings.collect::<Vec<_>>(), passed, DOWNLOAD_AGAIN)
}

/// The archives of the manifest and the documents that SHA256SUMS covers.
fn covered(manifest: &ReleaseManifest) -> BTreeSet<&str> {
    let archives = manifest.all_archives().map(|archive| archive.name.as_str());
    archives.chain([MANIFEST_NAME, NOTES_NAME]).collect()
}

/// What is missing in and what is foreign to a set of names.
fn set_difference(found: &BTreeSet<&str>, expected: &BTreeSet<&str>) -> Vec<String> {
    let missing = expected
        .difference(found)
        .map(|name| format!("{name} is missing"));
    let foreign = found
        .difference(expected)
        .map(|name| format!("{name} does not belong there"));
    missing.chain(foreign).collect()
}

fn set_is_exact(gathered: &Gathered, _: &VerifyOptions) -> Judged {
    let Ok(names) = &gathered.names else {
        return Judged::NotRun(NO_LIST);
    };
    let Ok((manifest, _)) = &gathered.manifest else {
        return Judged::NotRun(NO_MANIFEST);
    };
    let found: BTreeSet<&str> = names.iter().map(AssetName::as_str).collect();
    let mut expected = covered(manifest);
    expected.extend([CHECKSUMS_NAME, EVIDENCE_NAME]);
    let remedy = "download what is missing, and remove what does not belong to the release";
    judge(
        &set_difference(&found, &expected),
        format!("{} files", expected.len()),
        remedy,
    )
}

fn checksums_cover_assets(gathered: &Gathered, _: &VerifyOptions) -> Judged {
    let Ok((read, _)) = &gathered.checksums else {
        return Judged::NotRun(NO_CHECKSUMS);
    };
    let Ok((manifest, _)) = &gathered.manifest else {
        return Judged::NotRun(NO_MANIFEST);
    };
    let found: BTreeSet<&str> = read.checksums.entries().keys().map(AssetName::as_str).collect();
    let expected = covered(manifest);
    let passed = format!("{} assets, without itself and the evidence", expected.len());
    judge(&set_difference(&found, &expected), passed, DOWNLOAD_AGAIN)
}

fn files_have_digests(gathered: &Gathered, _: &VerifyOptions) -> Judged {
    let Ok((read, _)) = &gathered.checksums else {
        return Judged::NotRun(NO_CHECKSUMS);
    };
    let problem = |(name, expected): (&AssetName, &Sha256Digest)| match gathered.files.get(name) {
        None => Some(format!("{name} is missing")),
        Some(Err(error)) => Some(format!("{name}: failed to {error}")),
        Some(Ok((found, _))) if found == expected => None,
        Some(Ok((found, _))) => Some(format!("{name} has {found}, expected {expected}")),
    };
    let entries = read.checksums.entries();
    let problems: Vec<String> = entries.iter().filter_map(problem).collect();
    judge(&problems, format!("{} files", entries.len()), DOWNLOAD_AGAIN)
}

fn archives_have_digests(gathered: &Gathered, _: &VerifyOptions) -> Judged {
    let Ok((manifest, _)) = &gathered.manifest else {
        return Judged::NotRun(NO_MANIFEST);
    };
    let problem = |archive: &ManifestArchive| match gathered.files.get(&archive.name) {
        None => Some(format!("{} is missing", archive.name)),
        Some(Err(error)) => Some(format!("{}: failed to {error}", archive.name)),
        Some(Ok(found)) if *found == (archive.digest, archive.size) => None,
        Some(Ok((found, size))) => Some(format!(
            "{} has {found} and {size} bytes, expected {} and {}",
            archive.name, archive.digest, archive.size
        )),
    };
    let problems: Vec<String> = manifest.all_archives().filter_map(problem).collect();
    judge(
        &problems,
        format!("{} archives", manifest.all_archives().count()),
        DOWNLOAD_AGAIN,
    )
}

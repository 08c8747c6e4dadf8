//! The checks about what archives, notes and evidence say.

use super::checks::{DOWNLOAD_AGAIN, Judged, NO_MANIFEST, judge, readable};
use super::gather::Gathered;
use super::{ExpectedRelease, VerifyOptions};
use crate::naming::archive_name;
use crate::notes::DATE_PREFIX;
use crate::{
    ArchiveKind, ManifestArchive, ManifestComponent, Member, Outcome, ReleaseManifest, render_notes,
};
use domain_types::{Platform, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn archives_hold_members(gathered: &Gathered, _: &VerifyOptions) -> Judged {
    let Ok((manifest, _)) = &gathered.manifest else {
        return Judged::NotRun(NO_MANIFEST);
    };
    let problem = |archive: &ManifestArchive| match gathered.archives.get(&archive.name) {
        None => Some(format!("{} is missing", archive.name)),
        Some(facts) => facts
            .problem
            .as_ref()
            .map(|problem| format!("{}: {problem}", archive.name)),
    };
    let problems: Vec<String> = manifest.all_archives().filter_map(problem).collect();
    let members: usize = manifest.all_archives().map(|archive| archive.members.len()).sum();
    judge(&problems, format!("{members} members"), DOWNLOAD_AGAIN)
}

pub(super) fn archives_are_named(gathered: &Gathered, _: &VerifyOptions) -> Judged {
    let Ok((manifest, _)) = &gathered.manifest else {
        return Judged::NotRun(NO_MANIFEST);
    };
    let mut problems = Vec::new();
    for component in &manifest.components {
        let (name, version) = (component.repository.as_str(), component.version.to_string());
        problems.extend(
            component
                .artifacts
                .iter()
                .filter_map(|one| misnamed(one, name, &version)),
        );
    }
    let (name, version) = (manifest.release.as_str(), manifest.version.to_string());
    problems.extend(
        manifest
            .archives
            .iter()
            .filter_map(|one| misnamed(one, name, &version)),
    );
    judge(
        &problems,
        format!("{} archives", manifest.all_archives().count()),
        DOWNLOAD_AGAIN,
    )
}

fn misnamed(archive: &ManifestArchive, name: &str, version: &str) -> Option<String> {
    let expected = archive_name(name, version, &archive.platform).ok();
    let found = &archive.name;
    (expected.as_ref() != Some(found)).then(|| match expected {
        Some(expected) => format!("{found} should be {expected}"),
        None => format!("{found} can have no legal name"),
    })
}

/// Per platform: the members of all component archives are those of the unified archive.
pub(super) fn unified_is_complete(gathered: &Gathered, _: &VerifyOptions) -> Judged {
    let Ok((manifest, _)) = &gathered.manifest else {
        return Judged::NotRun(NO_MANIFEST);
    };
    let unified = by_platform(manifest.archives.iter());
    let single = by_platform(
        manifest
            .components
            .iter()
            .flat_map(|component| &component.artifacts),
    );
    let platforms: BTreeSet<&Platform> = unified.keys().chain(single.keys()).copied().collect();
    let differs = |platform: &&&Platform| unified.get(*platform) != single.get(*platform);
    let problems: Vec<String> = platforms
        .iter()
        .filter(differs)
        .map(|platform| {
            format!("the unified archive for {platform} does not hold what the components' archives hold")
        })
        .collect();
    judge(
        &problems,
        format!("{} platforms", platforms.len()),
        DOWNLOAD_AGAIN,
    )
}

fn by_platform<'a>(
    archives: impl Iterator<Item = &'a ManifestArchive>,
) -> BTreeMap<&'a Platform, Vec<&'a Member>> {
    let mut members: BTreeMap<&Platform, Vec<&Member>> = BTreeMap::new();
    for archive in archives {
        members
            .entry(&archive.platform)
            .or_default()
            .extend(&archive.members);
    }
    members
        .values_mut()
        .for_each(|list| list.sort_by(|left, right| left.path.cmp(&right.path)));
    members
}

pub(super) fn required_are_built(gathered: &Gathered, _: &VerifyOptions) -> Judged {
    let Ok((manifest, _)) = &gathered.manifest else {
        return Judged::NotRun(NO_MANIFEST);
    };
    let problems: Vec<String> = manifest.components.iter().filter_map(not_built).collect();
    let missing = manifest
        .components
        .iter()
        .filter(|one| !one.is_complete())
        .count();
    let passed = format!(
        "{} components, {missing} of them optional and incomplete",
        manifest.components.len()
    );
    judge(
        &problems,
        passed,
        "such a release must not exist: tell its publishers",
    )
}

/// A required component that was not built, or artifacts of a platform on which nothing was built.
fn not_built(component: &ManifestComponent) -> Option<String> {
    let name = &component.repository;
    if !component.optional && !component.is_complete() {
        return Some(format!("{name} is required and was not built everywhere"));
    }
    let built = |platform: &Platform| {
        component
            .platforms
            .iter()
            .any(|one| one.platform == *platform && one.outcome == Outcome::Built)
    };
    let odd = component
        .artifacts
        .iter()
        .find(|archive| !built(&archive.platform))?;
    Some(format!(
        "{name} has {}, though it was not built for {}",
        odd.name, odd.platform
    ))
}

pub(super) fn notes_fit(gathered: &Gathered, _: &VerifyOptions) -> Judged {
    let Ok((manifest, _)) = &gathered.manifest else {
        return Judged::NotRun(NO_MANIFEST);
    };
    let (notes, _) = match readable(&gathered.notes) {
        Ok(notes) => notes,
        Err(judged) => return judged,
    };
    let failed = |because: &str| Judged::Failed {
        because: because.to_owned(),
        remedy: DOWNLOAD_AGAIN,
    };
    let Some(date) = date_of(notes) else {
        return failed("the notes have no date");
    };
    if render_notes(manifest, date) != *notes {
        return failed("the notes are not those of this manifest");
    }
    match newest_member(gathered, manifest) {
        Some(newest) if newest.date() != date.date() => failed("the date is not that of the newest commit"),
        _ => Judged::Passed(format!("dated {}", date.date())),
    }
}

fn date_of(notes: &str) -> Option<Timestamp> {
    let date = notes.lines().find_map(|line| line.strip_prefix(DATE_PREFIX))?;
    format!("{date}T00:00:00Z").parse().ok()
}

/// The time of the unified archives, which is that of the newest commit. Zip is left out: it knows no time before 1980.
fn newest_member(gathered: &Gathered, manifest: &ReleaseManifest) -> Option<Timestamp> {
    let exact =
        |archive: &&ManifestArchive| ArchiveKind::of_platform(&archive.platform) == ArchiveKind::TarGz;
    let archives = manifest.archives.iter().filter(exact);
    archives
        .filter_map(|archive| gathered.archives.get(&archive.name))
        .map(|facts| facts.newest)
        .max()
}

pub(super) fn evidence_fits(gathered: &Gathered, _: &VerifyOptions) -> Judged {
    let (evidence, _) = match readable(&gathered.evidence) {
        Ok(evidence) => evidence,
        Err(judged) => return judged,
    };
    let Ok((manifest, _)) = &gathered.manifest else {
        return Judged::NotRun(NO_MANIFEST);
    };
    let passed = format!(
        "{} builds, by version {}",
        evidence.builds.len(),
        evidence.tool_version
    );
    judge(&evidence.contradictions(manifest), passed, DOWNLOAD_AGAIN)
}

pub(super) fn expected_release(gathered: &Gathered, options: &VerifyOptions) -> Judged {
    let Ok((manifest, digest)) = &gathered.manifest else {
        return Judged::NotRun(NO_MANIFEST);
    };
    if options.expected.is_none() && options.expected_manifest.is_none() {
        return Judged::Passed("any release was asked for".to_owned());
    }
    let other_manifest = options
        .expected_manifest
        .filter(|expected| expected != digest)
        .map(|expected| format!("the manifest is {digest}, expected {expected}"));
    let mut problems: Vec<String> = options
        .expected
        .iter()
        .flat_map(|expected| other_identity(expected, manifest))
        .collect();
    problems.extend(other_manifest);
    let passed = format!(
        "{} {}, plan {}",
        manifest.release, manifest.tag, manifest.plan_digest
    );
    judge(
        &problems,
        passed,
        "look into another folder, or ask for the release that lies here",
    )
}

fn other_identity(expected: &ExpectedRelease, manifest: &ReleaseManifest) -> Vec<String> {
    let same = [
        (
            expected.release == manifest.release,
            format!(
                "the release is {}, expected {}",
                manifest.release, expected.release
            ),
        ),
        (
            expected.version == manifest.version,
            format!(
                "the version is {}, expected {}",
                manifest.version, expected.version
            ),
        ),
        (
            expected.plan_digest == manifest.plan_digest,
            format!(
                "the plan is {}, expected {}",
                manifest.plan_digest, expected.plan_digest
            ),
        ),
    ];
    let different = same.into_iter().filter(|(same, _)| !same);
    different.map(|(_, problem)| problem).collect()
}

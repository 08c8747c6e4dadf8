//! How assets are called, and that no two of them get in each other's way. Asked before anything is built.

use crate::{ArchiveKind, Collision, Error, MemberPath};
use domain_types::{AssetName, Invalid, Platform, ReleaseName, ReleaseVersion, RepoName};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// Name of the file with all digests.
pub const CHECKSUMS_NAME: &str = "SHA256SUMS";
/// Name of the manifest: *what* was released.
pub const MANIFEST_NAME: &str = "release-manifest.json";
/// Name of the notes for people.
pub const NOTES_NAME: &str = "RELEASE_NOTES.md";
/// Name of the evidence: *how* it was made.
pub const EVIDENCE_NAME: &str = "release-evidence.json";

/// The version of a component: any SemVer, read with or without a leading `v`, kept without.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ComponentVersion(semver::Version);

impl ComponentVersion {
    const TEXT_BYTES_MAX: usize = 100;

    /// The version as SemVer.
    pub fn semver(&self) -> &semver::Version {
        &self.0
    }
}

impl FromStr for ComponentVersion {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let rule = "SemVer of at most 100 bytes, with or without a leading v";
        let shown = || text.chars().take(Invalid::TEXT_CHARS_MAX).collect();
        let invalid = || Invalid {
            kind: "component version",
            text: shown(),
            rule,
        };
        let version =
            semver::Version::parse(text.strip_prefix('v').unwrap_or(text)).map_err(|_| invalid())?;
        if text.len() <= Self::TEXT_BYTES_MAX {
            Ok(Self(version))
        } else {
            Err(invalid())
        }
    }
}

impl From<semver::Version> for ComponentVersion {
    fn from(version: semver::Version) -> Self {
        Self(version)
    }
}

impl TryFrom<String> for ComponentVersion {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<ComponentVersion> for String {
    fn from(version: ComponentVersion) -> String {
        version.to_string()
    }
}

impl fmt::Display for ComponentVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0.to_string())
    }
}

/// `<name>-<version without v>-<platform>` and the suffix of the platform's archives.
///
/// # Errors
/// [`Invalid`] if the parts do not make a legal asset name, for instance because it is too long.
pub fn archive_name(name: &str, version: &str, platform: &Platform) -> Result<AssetName, Invalid> {
    let version = version.strip_prefix('v').unwrap_or(version);
    format!("{name}-{version}-{platform}{}", platform.archive_suffix()).parse()
}

/// The path of a binary in the archives of a platform: flat, with the platform's suffix for executables.
///
/// # Errors
/// [`Error::Archive`] if the name is no path that an archive may hold, or is not flat.
pub fn member_path(binary: &str, executable: bool, platform: &Platform) -> Result<MemberPath, Error> {
    let suffix = if executable && !binary.ends_with(platform.executable_suffix()) {
        platform.executable_suffix()
    } else {
        ""
    };
    let path: MemberPath = format!("{binary}{suffix}").parse()?;
    if path.as_str().contains('/') {
        let rule = "a base name without /";
        return Err(Invalid {
            kind: "binary name",
            text: path.to_string(),
            rule,
        }
        .into());
    }
    Ok(path)
}

/// What a component will bring, as the plan has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedComponent {
    /// The component's name, which its archives bear.
    pub repository: RepoName,
    /// Its version.
    pub version: ComponentVersion,
    /// What it is built for.
    pub platforms: Vec<Platform>,
    /// The base names of its executables, without `.exe`; empty for a library.
    pub binaries: Vec<String>,
}

/// Whose archive it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssetOwner {
    /// One component's.
    Component(RepoName),
    /// The whole release's.
    Unified,
}

impl fmt::Display for AssetOwner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Component(repository) => write!(out, "component {repository}"),
            Self::Unified => out.write_str("the unified archive"),
        }
    }
}

/// An archive that a release will have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedAsset {
    /// Its name.
    pub name: AssetName,
    /// Whose it is.
    pub owner: AssetOwner,
    /// What it is for.
    pub platform: Platform,
    /// The paths in it, ascending.
    pub members: Vec<MemberPath>,
}

impl PlannedAsset {
    /// Its container.
    pub fn kind(&self) -> ArchiveKind {
        ArchiveKind::of_platform(&self.platform)
    }
}

/// Names all archives of a release, in bytewise order of their names, or says everything that stands against it.
///
/// # Errors
/// All collisions ([`Error::Collision`]) and all illegal names ([`Error::Invalid`], [`Error::Archive`]).
pub fn plan_asset_names(
    release: &ReleaseName,
    version: &ReleaseVersion,
    components: &[PlannedComponent],
) -> Result<Vec<PlannedAsset>, Vec<Error>> {
    let mut problems = Vec::new();
    let mut assets = Vec::new();
    for platform in platforms(components) {
        let here: Vec<_> = components
            .iter()
            .filter(|one| one.platforms.contains(platform))
            .collect();
        for component in here.iter().filter(|one| !one.binaries.is_empty()) {
            let owner = AssetOwner::Component(component.repository.clone());
            let name = archive_name(
                component.repository.as_str(),
                &component.version.to_string(),
                platform,
            );
            let members = members(&[component], platform, &mut problems);
            push(&mut assets, &mut problems, name, (owner, platform, members));
        }
        if here.iter().any(|one| !one.binaries.is_empty()) {
            let name = archive_name(release.as_str(), &version.to_string(), platform);
            // What is wrong with a component by itself was said above; only what is wrong between them is new.
            let mut between = Vec::new();
            let members = members(&here, platform, &mut between);
            problems.extend(between.into_iter().filter(is_between));
            push(
                &mut assets,
                &mut problems,
                name,
                (AssetOwner::Unified, platform, members),
            );
        }
    }
    assets.sort_by(|left, right| left.name.cmp(&right.name));
    collide(&assets, &mut problems);
    if problems.is_empty() {
        Ok(assets)
    } else {
        Err(problems)
    }
}

fn platforms(components: &[PlannedComponent]) -> BTreeSet<&Platform> {
    components
        .iter()
        .flat_map(|component| &component.platforms)
        .collect()
}

fn is_between(problem: &Error) -> bool {
    matches!(problem, Error::Collision(Collision::Member { first, second, .. }) if first != second)
}

fn push(
    assets: &mut Vec<PlannedAsset>,
    problems: &mut Vec<Error>,
    name: Result<AssetName, Invalid>,
    rest: (AssetOwner, &Platform, Vec<MemberPath>),
) {
    let (owner, platform, members) = rest;
    match name {
        Ok(name) => assets.push(PlannedAsset {
            name,
            owner,
            platform: platform.clone(),
            members,
        }),
        Err(invalid) => problems.push(invalid.into()),
    }
}

fn members(
    components: &[&PlannedComponent],
    platform: &Platform,
    problems: &mut Vec<Error>,
) -> Vec<MemberPath> {
    let mut owners: BTreeMap<String, (MemberPath, &RepoName)> = BTreeMap::new();
    for component in components {
        for binary in &component.binaries {
            let path = match member_path(binary, true, platform) {
                Ok(path) => path,
                Err(error) => {
                    problems.push(error);
                    continue;
                }
            };
            let second = &component.repository;
            if let Some((_, first)) =
                owners.insert(path.as_str().to_ascii_lowercase(), (path.clone(), second))
            {
                problems.push(Error::Collision(Collision::Member {
                    path: path.to_string(),
                    platform: platform.clone(),
                    first: first.to_string(),
                    second: second.to_string(),
                }));
            }
        }
    }
    let mut paths: Vec<MemberPath> = owners.into_values().map(|(path, _)| path).collect();
    paths.sort();
    paths
}

fn collide(assets: &[PlannedAsset], problems: &mut Vec<Error>) {
    let mut owners: BTreeMap<String, &PlannedAsset> = BTreeMap::new();
    for asset in assets {
        if let Some(first) = owners.insert(asset.name.as_str().to_ascii_lowercase(), asset) {
            problems.push(Error::Collision(Collision::Asset {
                name: asset.name.clone(),
                first: first.owner.to_string(),
                second: asset.owner.to_string(),
            }));
        }
    }
}

#[cfg(test)]
mod tests;

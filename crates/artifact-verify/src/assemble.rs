//! Makes the files of a release from what was built: archives, manifest, notes, SHA256SUMS, and the evidence.

use crate::archive::write_archive;
use crate::digest_stream::copy_blocks;
use crate::naming::{CHECKSUMS_NAME, EVIDENCE_NAME, MANIFEST_NAME, NOTES_NAME, archive_name, member_path};
use crate::{
    ArchiveKind, AssetOwner, Checksums, Collision, ComponentVersion, DocumentRule, Error, Evidence,
    ManifestArchive, ManifestComponent, ManifestSchema, Member, Objects, Outcome, PlatformOutcome,
    ReleaseManifest, ReleaseSink, render_notes,
};
use domain_types::{
    AssetName, CommitSha, DigestWriter, Platform, ReleaseName, ReleaseVersion, RepoName, Sha256Digest,
    TagName, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// What was built for a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseContent {
    /// The name under which the organisation releases.
    pub release: ReleaseName,
    /// The release's version.
    pub version: ReleaseVersion,
    /// The digest of the plan, commits included.
    pub plan_digest: Sha256Digest,
    /// The components, in any order.
    pub components: Vec<ComponentContent>,
}

/// What was built of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentContent {
    /// The repository.
    pub repository: RepoName,
    /// Its version.
    pub version: ComponentVersion,
    /// The tag that was released.
    pub tag: TagName,
    /// The commit to which the tag was resolved.
    pub commit: CommitSha,
    /// The committer's time of that commit.
    pub committed: Timestamp,
    /// SHA-256 of its dependency lock file; none if it has none.
    pub lock: Option<Sha256Digest>,
    /// The components that it needs, in any order.
    pub requires: Vec<RepoName>,
    /// Whether the release goes on without it.
    pub optional: bool,
    /// What became of it on each platform, in any order.
    pub builds: Vec<BuildContent>,
}

/// What was built of a component for a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildContent {
    /// The platform.
    pub platform: Platform,
    /// What became of it.
    pub outcome: Outcome,
    /// The files that go into the archives, in any order; empty for a library.
    pub binaries: Vec<Binary>,
}

/// A file that goes into the archives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binary {
    /// Its base name; `.exe` is added for Windows if it is executable and lacks it.
    pub name: String,
    /// SHA-256 of its bytes, under which the objects have them.
    pub digest: Sha256Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Mode 0755 if so, else 0644.
    pub executable: bool,
}

/// What [`assemble`] wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// The manifest.
    pub manifest: ReleaseManifest,
    /// The digest of `release-manifest.json`.
    pub manifest_digest: Sha256Digest,
    /// What SHA256SUMS says.
    pub checksums: Checksums,
}

/// Writes everything that SHA256SUMS covers, and SHA256SUMS: the same content gives the same bytes.
///
/// Component archives bear the time of the component's commit, the unified ones (and the notes) that of the newest.
/// The evidence is written by [`write_evidence`], as it needs the digest of the manifest.
///
/// # Errors
/// [`Error::Collision`] if two archives or two members would have the same name, [`Error::ContentChanged`] if the
/// objects give other bytes than announced, [`Error::Document`] if components or platforms are named twice,
/// [`Error::Io`]. The sink then holds an incomplete release, to be thrown away.
pub fn assemble(
    content: &ReleaseContent,
    objects: &dyn Objects,
    sink: &mut dyn ReleaseSink,
) -> Result<Assembled, Error> {
    let newest = newest_commit(content);
    let mut assembly = Assembly {
        objects,
        sink,
        checksums: Checksums::default(),
        owners: BTreeMap::new(),
    };
    let components = sorted(&content.components, |one| one.repository.clone())
        .map(|one| assembly.component(one))
        .collect::<Result<_, _>>()?;
    let archives = assembly.unified(content, newest)?;
    let manifest = ReleaseManifest {
        schema: ManifestSchema::V1,
        release: content.release.clone(),
        version: content.version.clone(),
        tag: content.version.tag(),
        channel: content.version.channel(),
        plan_digest: content.plan_digest,
        components,
        archives,
    };
    manifest.check().map_err(|rule| Error::Document {
        document: MANIFEST_NAME,
        rule,
    })?;
    let manifest_digest = assembly.covered_text(MANIFEST_NAME, &manifest.to_json())?;
    assembly.covered_text(NOTES_NAME, &render_notes(&manifest, newest))?;
    let checksums = assembly.checksums;
    write_text(sink, CHECKSUMS_NAME, &checksums.to_text())?;
    Ok(Assembled {
        manifest,
        manifest_digest,
        checksums,
    })
}

/// Writes `release-evidence.json` beside what [`assemble`] wrote; its builds may come in any order.
///
/// # Errors
/// [`Error::Document`] if the evidence contradicts itself or the manifest, [`Error::Io`].
pub fn write_evidence(
    evidence: &Evidence,
    manifest: &ReleaseManifest,
    sink: &mut dyn ReleaseSink,
) -> Result<(), Error> {
    let refuse = |rule| Error::Document {
        document: EVIDENCE_NAME,
        rule,
    };
    let mut evidence = evidence.clone();
    evidence
        .builds
        .sort_by(|left, right| left.key().cmp(&right.key()));
    evidence.check().map_err(refuse)?;
    let contradictions = evidence.contradictions(manifest);
    if !contradictions.is_empty() {
        return Err(refuse(DocumentRule::Contradiction(contradictions.join("; "))));
    }
    write_text(sink, EVIDENCE_NAME, &evidence.to_json())
}

/// The newest commit time of the components; the epoch if there is no component.
fn newest_commit(content: &ReleaseContent) -> Timestamp {
    content
        .components
        .iter()
        .map(|one| one.committed)
        .max()
        .unwrap_or(Timestamp::EPOCH)
}

fn sorted<T, K: Ord>(list: &[T], key: impl Fn(&T) -> K) -> impl Iterator<Item = &T> {
    let mut sorted: Vec<&T> = list.iter().collect();
    sorted.sort_by_key(|one| key(one));
    sorted.into_iter()
}

fn write_text(sink: &mut dyn ReleaseSink, name: &str, text: &str) -> Result<(), Error> {
    let mut out = sink.create(&name.parse()?)?;
    copy_blocks(&mut text.as_bytes(), &mut out)?;
    out.flush()?;
    Ok(())
}

/// What is being written.
struct Assembly<'a> {
    objects: &'a dyn Objects,
    sink: &'a mut dyn ReleaseSink,
    checksums: Checksums,
    /// Who wrote which archive, by the name in lower case.
    owners: BTreeMap<String, AssetOwner>,
}

impl Assembly<'_> {
    fn component(&mut self, component: &ComponentContent) -> Result<ManifestComponent, Error> {
        let mut platforms = Vec::new();
        let mut artifacts = Vec::new();
        for build in sorted(&component.builds, |one| one.platform.clone()) {
            let platform = &build.platform;
            platforms.push(PlatformOutcome {
                platform: platform.clone(),
                outcome: build.outcome,
            });
            let members = members(&[(component, build)], platform)?;
            if !members.is_empty() {
                let name = archive_name(
                    component.repository.as_str(),
                    &component.version.to_string(),
                    platform,
                )?;
                self.claim(&name, AssetOwner::Component(component.repository.clone()))?;
                artifacts.push(self.archive(name, platform, members, component.committed)?);
            }
        }
        artifacts.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(ManifestComponent {
            repository: component.repository.clone(),
            version: component.version.clone(),
            tag: component.tag.clone(),
            commit: component.commit.clone(),
            lock: component.lock,
            requires: sorted(&component.requires, Clone::clone).cloned().collect(),
            optional: component.optional,
            platforms,
            artifacts,
        })
    }

    fn unified(
        &mut self,
        content: &ReleaseContent,
        newest: Timestamp,
    ) -> Result<Vec<ManifestArchive>, Error> {
        let all = || {
            content
                .components
                .iter()
                .flat_map(|one| one.builds.iter().map(move |build| (one, build)))
        };
        let platforms: BTreeSet<&Platform> = all().map(|(_, build)| &build.platform).collect();
        let mut archives = Vec::new();
        for platform in platforms {
            let here: Vec<_> = all().filter(|(_, build)| build.platform == *platform).collect();
            let members = members(&here, platform)?;
            if !members.is_empty() {
                let name = archive_name(content.release.as_str(), &content.version.to_string(), platform)?;
                self.claim(&name, AssetOwner::Unified)?;
                archives.push(self.archive(name, platform, members, newest)?);
            }
        }
        archives.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(archives)
    }

    fn claim(&mut self, name: &AssetName, owner: AssetOwner) -> Result<(), Error> {
        let second = owner.to_string();
        match self.owners.insert(name.as_str().to_ascii_lowercase(), owner) {
            None => Ok(()),
            Some(first) => Err(Collision::Asset {
                name: name.clone(),
                first: first.to_string(),
                second,
            }
            .into()),
        }
    }

    fn archive(
        &mut self,
        name: AssetName,
        platform: &Platform,
        members: Vec<Member>,
        modified: Timestamp,
    ) -> Result<ManifestArchive, Error> {
        let mut out = Digested {
            inner: self.sink.create(&name)?,
            digest: DigestWriter::new(),
        };
        write_archive(
            ArchiveKind::of_platform(platform),
            &mut out,
            &members,
            modified,
            self.objects,
        )?;
        let size = out.digest.bytes();
        let digest = out.digest.finish();
        self.checksums.insert(name.clone(), digest)?;
        Ok(ManifestArchive {
            name,
            platform: platform.clone(),
            digest,
            size,
            members,
        })
    }

    /// Writes a text that SHA256SUMS covers.
    fn covered_text(&mut self, name: &str, text: &str) -> Result<Sha256Digest, Error> {
        let digest = Sha256Digest::of(text.as_bytes());
        self.checksums.insert(name.parse()?, digest)?;
        write_text(self.sink, name, text)?;
        Ok(digest)
    }
}

/// The members of an archive of these builds, ascending by path. What was not built brings none.
fn members(builds: &[(&ComponentContent, &BuildContent)], platform: &Platform) -> Result<Vec<Member>, Error> {
    let mut members: BTreeMap<String, (Member, &RepoName)> = BTreeMap::new();
    for (component, build) in builds.iter().filter(|(_, build)| build.outcome == Outcome::Built) {
        for binary in &build.binaries {
            let path = member_path(&binary.name, binary.executable, platform)?;
            let folded = path.as_str().to_ascii_lowercase();
            let (digest, size, executable) = (binary.digest, binary.size, binary.executable);
            let member = Member {
                path: path.clone(),
                digest,
                size,
                executable,
            };
            if let Some((_, first)) = members.insert(folded, (member, &component.repository)) {
                return Err(Error::Collision(Collision::Member {
                    path: path.to_string(),
                    platform: platform.clone(),
                    first: first.to_string(),
                    second: component.repository.to_string(),
                }));
            }
        }
    }
    let mut members: Vec<Member> = members.into_values().map(|(member, _)| member).collect();
    members.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(members)
}

/// Digests what is written through it.
struct Digested<'a> {
    inner: Box<dyn Write + 'a>,
    digest: DigestWriter,
}

impl Write for Digested<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests;

//! Puts a release together and makes it a GitHub release: draft, upload, list and compare, publish, read back.
//!
//! The draft bears a line of ours, by which it is found again; only a draft with that line and of our App is ours. What became
//! visible is recognised by the digest of its manifest.

use super::frozen::FrozenRelease;
use super::said::{failure_of, made, refused, unfinished};
use super::workshop::Workshop;
use crate::content::{evidence, release_content};
use crate::error::sentence;
use crate::ports::{ReleasePublisher, Unfinished};
use crate::release_directory::ReleaseDirectory;
use crate::verified::verified_directory;
use artifact_verify::{
    ASSET_BYTES_MAX, ExpectedRelease, MANIFEST_NAME, NOTES_NAME, Objects, ReleaseFiles, VerifiedManifest,
    assemble, write_evidence,
};
use async_trait::async_trait;
use domain_types::{AssetName, Channel, ReleaseId, Sha256Digest};
use github_client::{Asset, AssetState, MakeLatest, NewRelease, Release, ReleaseChange, Repository};
use orchestrator::{Failure, FailureKind, State};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// The machine that the evidence names: the runs themselves are GitHub's.
const MACHINE: &str = "GitHub Actions";

/// Bytes of the release's notes: GitHub takes 125,000 characters.
const BODY_CHARS_MAX: usize = 120_000;

/// A GitHub release behind the port.
pub(super) struct GithubPublisher {
    workshop: Arc<Workshop>,
}

struct StoredObjects<'a>(&'a local_build::ObjectStore);

impl Objects for StoredObjects<'_> {
    fn open(&self, digest: &Sha256Digest) -> std::io::Result<Box<dyn Read + '_>> {
        let opened = self.0.open_object(digest).map_err(std::io::Error::other)?;
        Ok(Box::new(opened))
    }
}

/// A file of the release as it was put together.
struct LocalFile {
    digest: Sha256Digest,
    size: u64,
}

/// What a release is about, for one call.
struct Subject {
    release: ReleaseId,
    manifest: Sha256Digest,
    frozen: Arc<FrozenRelease>,
    repository: Repository,
    expected: ExpectedRelease,
}

impl GithubPublisher {
    /// A publisher over these tools.
    pub(super) fn new(workshop: Arc<Workshop>) -> Self {
        Self { workshop }
    }

    async fn subject(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<Subject, Failure> {
        let state = self.workshop.state(release).await?;
        let spec = state.spec().ok_or_else(|| refused("the release has no plan"))?;
        let frozen = self.workshop.frozen(release).await?;
        Ok(Subject {
            release: release.clone(),
            manifest,
            repository: self.workshop.repository(&frozen.home)?,
            frozen,
            expected: ExpectedRelease {
                release: spec.name.clone(),
                version: spec.version.clone(),
                plan_digest: spec.plan_digest,
            },
        })
    }

    fn assemble_into(
        &self,
        folder: &Path,
        state: &State,
        frozen: &FrozenRelease,
    ) -> Result<Sha256Digest, Failure> {
        let wrong = |error: artifact_verify::Error| {
            refused(format!(
                "failed to put the release together: {}",
                sentence(&error)
            ))
        };
        let io = |error: std::io::Error| {
            Failure::new(
                FailureKind::DiskFull,
                format!("failed to use {}: {error}", folder.display()),
            )
        };
        let content = release_content(state, &frozen.sources())?;
        remove_folder(folder).map_err(io)?;
        std::fs::create_dir_all(folder).map_err(io)?;
        let mut sink = ReleaseDirectory::new(folder);
        let assembled =
            assemble(&content, &StoredObjects(&self.workshop.objects), &mut sink).map_err(wrong)?;
        let told = (
            MACHINE,
            self.workshop.tool_version.as_str(),
            self.workshop.clock.now(),
        );
        let evidence = evidence(state, assembled.manifest_digest, told)?;
        write_evidence(&evidence, &assembled.manifest, &mut sink).map_err(wrong)?;
        sink.sync().map_err(wrong)?;
        Ok(assembled.manifest_digest)
    }

    /// The files of the release, each read to its end, after all of them were verified to be this manifest.
    fn files(&self, subject: &Subject) -> Result<(VerifiedManifest, BTreeMap<String, LocalFile>), Failure> {
        let folder = self.workshop.places.collected(&subject.release);
        let proof = verified_directory(&folder, Some(subject.expected.clone()), Some(subject.manifest))?;
        let files = ReleaseDirectory::new(&folder);
        let wrong = |error: artifact_verify::Error| refused(sentence(&error));
        let read = |name: AssetName| {
            let mut opened = files.open(&name).map_err(wrong)?;
            let size = opened.size;
            let digest = artifact_verify::digest_reader(&mut opened.reader, ASSET_BYTES_MAX);
            let (digest, _) = digest.map_err(wrong)?;
            Ok((name.as_str().to_owned(), LocalFile { digest, size }))
        };
        let names = files.names().map_err(wrong)?;
        let files = names.into_iter().map(read).collect::<Result<_, Failure>>()?;
        Ok((proof, files))
    }

    /// Our drafts for this tag, lowest number first, and what somebody else published for it.
    async fn listed(&self, subject: &Subject) -> Result<(Vec<Release>, Option<Release>), Unfinished> {
        let tag = subject.frozen.tag.as_str();
        let marker = marker(&subject.release);
        let actor = self.workshop.actor().await.map_err(|error| unfinished(&error))?;
        let listed = subject
            .repository
            .releases()
            .await
            .map_err(|error| unfinished(&error))?;
        let (mut own, mut foreign) = (Vec::new(), None);
        for release in listed.into_iter().filter(|release| release.tag_name == tag) {
            let is_ours = release.body.as_ref().is_some_and(|body| body.contains(&marker))
                && release
                    .author
                    .as_ref()
                    .is_some_and(|author| author.login == actor);
            match (is_ours, release.draft) {
                (true, true) => own.push(release),
                (false, false) => foreign = Some(release),
                // A published one of ours is found by `published`; a person's draft is that person's.
                (true, false) | (false, true) => {}
            }
        }
        own.sort_by_key(|release| release.id);
        Ok((own, foreign))
    }

    /// Our one draft for this tag, with whatever it holds; further ones, which a lost answer made, are removed.
    async fn own_draft(&self, subject: &Subject) -> Result<Option<Release>, Unfinished> {
        let (own, foreign) = self.listed(subject).await?;
        if let Some(foreign) = foreign {
            return Err(published_by_others(&foreign).into());
        }
        let mut own = own.into_iter();
        let first = own.next();
        for extra in own {
            made(subject.repository.delete_release(extra.id).await)?;
        }
        Ok(first)
    }

    async fn delete_drafts(&self, subject: &Subject) -> Result<(), Unfinished> {
        let (own, _) = self.listed(subject).await?;
        for draft in own {
            made(subject.repository.delete_release(draft.id).await)?;
        }
        Ok(())
    }

    async fn make_draft(&self, subject: &Subject, notes: &str) -> Result<Release, Unfinished> {
        let frozen = &subject.frozen;
        let version = &subject.expected.version;
        let new = NewRelease {
            tag_name: frozen.tag.as_str().to_owned(),
            target_commitish: frozen.commit.as_str().to_owned(),
            name: format!("{} {}", subject.expected.release, frozen.tag),
            body: body(notes, &subject.release),
            prerelease: version.channel() == Channel::Prerelease,
        };
        match made(subject.repository.create_draft(&new).await)? {
            Some(draft) => Ok(draft),
            None => Err(Unfinished::Unknown {
                reason: "GitHub did not say which draft it made".to_owned(),
            }),
        }
    }

    async fn upload_missing(
        &self,
        subject: &Subject,
        draft: &Release,
        files: &BTreeMap<String, LocalFile>,
    ) -> Result<(), Unfinished> {
        let mut present = BTreeMap::new();
        for asset in &draft.assets {
            match files.get(&asset.name) {
                Some(file) if is_same(asset, file) => {
                    present.insert(asset.name.as_str(), ());
                }
                // Broken uploads, other bytes, files that do not belong: the draft is ours.
                Some(_) | None => {
                    made(subject.repository.delete_asset(asset.id).await)?;
                }
            }
        }
        for (name, file) in files
            .iter()
            .filter(|(name, _)| !present.contains_key(name.as_str()))
        {
            self.upload(subject, draft, (name, file)).await?;
        }
        Ok(())
    }

    async fn upload(
        &self,
        subject: &Subject,
        draft: &Release,
        (name, file): (&str, &LocalFile),
    ) -> Result<(), Unfinished> {
        let path = self.workshop.places.collected(&subject.release).join(name);
        let opened = tokio::fs::File::open(&path).await;
        let opened =
            opened.map_err(|error| refused(format!("failed to read {}: {error}", path.display())))?;
        let uploaded = subject
            .repository
            .upload_asset(draft, name, file.size, opened, content_type(name))
            .await;
        let uploaded = made(uploaded)?;
        match uploaded {
            Some(asset) if asset.digest.is_some_and(|digest| digest != file.digest) => {
                Err(refused(format!("{name} was altered on its way to GitHub")).into())
            }
            Some(_) | None => Ok(()),
        }
    }

    async fn draft_and_compare(&self, subject: &Subject) -> Result<(), Unfinished> {
        let (_proof, files) = tokio::task::block_in_place(|| self.files(subject))?;
        let draft = match self.own_draft(subject).await? {
            Some(draft) => draft,
            None => {
                let notes = self.workshop.places.collected(&subject.release).join(NOTES_NAME);
                let notes = std::fs::read_to_string(&notes)
                    .map_err(|error| refused(format!("failed to read {}: {error}", notes.display())))?;
                self.make_draft(subject, &notes).await?
            }
        };
        self.upload_missing(subject, &draft, &files).await?;
        let listed = subject
            .repository
            .assets(draft.id)
            .await
            .map_err(|error| unfinished(&error))?;
        Ok(compare(&listed, &files)?)
    }

    /// The one irreversible step; it demands the proof that what is published was verified right before.
    async fn make_visible(&self, subject: &Subject) -> Result<(), Unfinished> {
        let (proof, files) = tokio::task::block_in_place(|| self.files(subject))?;
        let Some(draft) = self.own_draft(subject).await? else {
            return Err(refused("the draft is gone; retry drafts it anew").into());
        };
        compare(&draft.assets, &files)?;
        let tag = &subject.frozen.tag;
        let target = subject
            .repository
            .tag(tag.as_str())
            .await
            .map_err(|error| unfinished(&error))?;
        if target.as_ref() != Some(&subject.frozen.commit) {
            let now = target.map_or_else(|| "nothing".to_owned(), |commit| commit.to_string());
            let commit = &subject.frozen.commit;
            return Err(refused(format!(
                "tag {tag} names {now} now, the release was begun at {commit}; a tag never moves"
            ))
            .into());
        }
        let change = publication(&proof, subject.expected.version.channel());
        let published = made(subject.repository.update_release(draft.id, &change).await)?;
        let Some(published) = published else {
            return Err(Unfinished::Unknown {
                reason: "GitHub did not say what it published".to_owned(),
            });
        };
        if published.draft {
            return Err(Unfinished::Unknown {
                reason: "GitHub answers that the release is still a draft".to_owned(),
            });
        }
        Ok(compare(&published.assets, &files)?)
    }
}

fn publication(_proof: &VerifiedManifest, channel: Channel) -> ReleaseChange {
    ReleaseChange {
        draft: Some(false),
        make_latest: Some(match channel {
            Channel::Production => MakeLatest::Yes,
            Channel::Prerelease => MakeLatest::No,
        }),
        ..ReleaseChange::default()
    }
}

/// The line by which a draft is found again.
fn marker(release: &ReleaseId) -> String {
    format!("<!-- governance-app release {release} -->")
}

fn body(notes: &str, release: &ReleaseId) -> String {
    let notes: String = notes.chars().take(BODY_CHARS_MAX).collect();
    format!("{notes}\n{}\n", marker(release))
}

fn published_by_others(release: &Release) -> Failure {
    refused(format!(
        "{} was published already and not by this program ({}); delete that release, or withdraw this one and release another version",
        release.tag_name, release.html_url
    ))
}

fn is_same(asset: &Asset, file: &LocalFile) -> bool {
    asset.state == AssetState::Uploaded && asset.size == file.size && asset.digest == Some(file.digest)
}

/// Exactly these files, each with these bytes as GitHub reckons them.
fn compare(assets: &[Asset], files: &BTreeMap<String, LocalFile>) -> Result<(), Failure> {
    for asset in assets {
        match files.get(&asset.name) {
            Some(file) if is_same(asset, file) => {}
            Some(file) => {
                let found = asset
                    .digest
                    .map_or_else(|| "no digest".to_owned(), |digest| digest.to_string());
                return Err(refused(format!(
                    "{} on GitHub has {found}, verified was {}",
                    asset.name, file.digest
                )));
            }
            None => {
                return Err(refused(format!(
                    "{} is on GitHub and not part of the release",
                    asset.name
                )));
            }
        }
    }
    let missing = files
        .keys()
        .find(|name| !assets.iter().any(|asset| asset.name == **name));
    match missing {
        Some(missing) => Err(refused(format!(
            "{missing} is not among the release's files on GitHub"
        ))),
        None if assets.len() > files.len() => Err(refused("a file of the release is on GitHub twice")),
        None => Ok(()),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("gz") => "application/gzip",
        Some("zip") => "application/zip",
        Some("json") => "application/json",
        Some("md") => "text/markdown",
        Some(_) | None => "text/plain",
    }
}

fn remove_folder(folder: &Path) -> Result<(), std::io::Error> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[async_trait]
impl ReleasePublisher for GithubPublisher {
    async fn collect(&self, state: &State) -> Result<Sha256Digest, Failure> {
        let spec = state.spec().ok_or_else(|| refused("the release has no plan"))?;
        let frozen = self.workshop.frozen(&spec.id).await?;
        let folder = self.workshop.places.collected(&spec.id);
        let collected = tokio::task::block_in_place(|| self.assemble_into(&folder, state, &frozen));
        if collected.is_err() {
            let _ = remove_folder(&folder);
        }
        collected
    }

    async fn verify(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Failure> {
        let subject = self.subject(release, manifest).await?;
        tokio::task::block_in_place(|| self.files(&subject).map(|_| ()))
    }

    async fn draft(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Unfinished> {
        let subject = self.subject(release, manifest).await?;
        self.draft_and_compare(&subject).await
    }

    async fn publish(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Unfinished> {
        let subject = self.subject(release, manifest).await?;
        self.make_visible(&subject).await
    }

    async fn published(&self, release: &ReleaseId) -> Result<Option<Sha256Digest>, Failure> {
        let frozen = self.workshop.frozen(release).await?;
        let repository = self.workshop.repository(&frozen.home)?;
        let found = repository.release_by_tag(frozen.tag.as_str()).await;
        let found = found.map_err(|error| failure_of(&error))?;
        let ours = found.filter(|found| {
            !found.draft
                && found
                    .body
                    .as_ref()
                    .is_some_and(|body| body.contains(&marker(release)))
        });
        let manifest =
            ours.and_then(|ours| ours.assets.into_iter().find(|asset| asset.name == MANIFEST_NAME));
        Ok(manifest.and_then(|asset| asset.digest))
    }

    async fn discard(&self, release: &ReleaseId) -> Result<(), Failure> {
        let subject = self.subject(release, Sha256Digest::of(b"")).await?;
        match self.delete_drafts(&subject).await {
            Ok(()) => {}
            Err(Unfinished::Failed(failure)) => return Err(failure),
            Err(Unfinished::Unknown { reason }) => return Err(Failure::new(FailureKind::Network, reason)),
        }
        let folder = self.workshop.places.collected(release);
        remove_folder(&folder).map_err(|error| Failure::new(FailureKind::DiskFull, error.to_string()))
    }
}

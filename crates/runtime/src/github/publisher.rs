//! Puts a release together and makes it a GitHub release: draft, upload, list and compare, publish, read back.
//!
//! The draft bears a line of ours, by which it is found again; only a draft with that line and of our App is ours. What became
//! visible is recognised by the digest of its manifest.

mod assets;
mod drafts;
mod lacking;
mod put_together;

use super::backend::{SEND_SECONDS, SETTLE_SECONDS};
use super::first_looks::FirstLooks;
use super::follow_up;
use super::frozen::FrozenRelease;
use super::said::{as_failure, failure_of, made, public, refused, unfinished};
use super::workshop::Workshop;
use crate::error::sentence;
use crate::ports::{FollowUpFound, FollowUpSent, ReleasePublisher, Unfinished, Word};
use crate::release_directory::ReleaseDirectory;
use crate::stored_objects::remove_folder;
use crate::verified::verified_directory;
use artifact_verify::{
    ASSET_BYTES_MAX, ExpectedRelease, MANIFEST_NAME, NOTES_NAME, ReleaseFiles, VerifiedManifest,
};
use assets::{LocalFile, compare};
use async_trait::async_trait;
use domain_types::{AssetName, Channel, ReleaseId, Sha256Digest};
pub(super) use drafts::marker;
use drafts::{body, title};
use github_client::{MakeLatest, ReleaseChange, Repository};
use orchestrator::{Failure, FailureKind, State};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A GitHub release behind the port.
pub(super) struct GithubPublisher {
    workshop: Arc<Workshop>,
    /// When a draft that may be there was first looked for in vain.
    looked: FirstLooks,
    /// When a file of a draft or release that should be whole was first not listed.
    lacking: FirstLooks,
}

/// What a release is about, for one call.
struct Subject {
    release: ReleaseId,
    manifest: Sha256Digest,
    frozen: Arc<FrozenRelease>,
    repository: Repository,
    expected: ExpectedRelease,
    is_rehearsal: bool,
}

impl GithubPublisher {
    /// A publisher over these tools.
    pub(super) fn new(workshop: Arc<Workshop>) -> Self {
        Self {
            workshop,
            looked: FirstLooks::default(),
            lacking: FirstLooks::default(),
        }
    }

    async fn subject(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<Subject, Failure> {
        let state = self.workshop.state(release).await?;
        let spec = state.spec().ok_or_else(|| refused("the release has no plan"))?;
        let frozen = self.workshop.frozen(release).await?;
        Ok(Subject {
            release: release.clone(),
            manifest,
            repository: self.workshop.writable(&frozen.home)?,
            frozen,
            is_rehearsal: spec.policy.rehearsal,
            expected: ExpectedRelease {
                release: spec.name.clone(),
                version: spec.version.clone(),
                plan_digest: spec.plan_digest,
            },
        })
    }

    /// The files of the release, each read to its end, after all of them were verified to be this manifest. What is not here, because
    /// another server put it together or a disk was lost, is put together again: it is the same, byte for byte.
    async fn files(
        &self,
        subject: &Subject,
    ) -> Result<(VerifiedManifest, BTreeMap<String, LocalFile>), Unfinished> {
        match tokio::task::block_in_place(|| self.files_here(subject)) {
            Ok(files) => Ok(files),
            Err(_) => {
                let state = self.workshop.state(&subject.release).await?;
                let manifest = self.put_together(&state).await?;
                if manifest != subject.manifest {
                    return Err(refused(format!(
                        "put together again, the release has the manifest {manifest}, and {} was verified",
                        subject.manifest
                    ))
                    .into());
                }
                Ok(tokio::task::block_in_place(|| self.files_here(subject))?)
            }
        }
    }

    fn files_here(
        &self,
        subject: &Subject,
    ) -> Result<(VerifiedManifest, BTreeMap<String, LocalFile>), Failure> {
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

    fn notes(&self, subject: &Subject) -> Result<String, Failure> {
        let path = self.workshop.places.collected(&subject.release).join(NOTES_NAME);
        std::fs::read_to_string(&path)
            .map_err(|error| refused(format!("failed to read {}: {error}", path.display())))
    }

    async fn draft_and_compare(&self, subject: &Subject) -> Result<(), Unfinished> {
        let (_proof, files) = self.files(subject).await?;
        let draft = match self.own_release(subject).await? {
            Some(published) if !published.draft => {
                self.is_at_the_tag(subject, Sight::Public).await?;
                return self.is_whole(subject, &published, &files);
            }
            Some(draft) => draft,
            None => {
                self.none_is_hidden(subject, 1).await?;
                let notes = self.notes(subject)?;
                self.make_draft(subject, &notes).await?
            }
        };
        self.upload_missing(subject, &draft, &files).await?;
        let listed = subject
            .repository
            .assets(draft.id)
            .await
            .map_err(|error| unfinished(&error))?;
        compare(&listed, &files)?;
        self.lacks_nothing(&subject.release);
        match subject.is_rehearsal {
            // With this it ends: whoever made it public meanwhile is noticed now or never.
            true => self.own_release(subject).await.map(|_| ()),
            false => Ok(()),
        }
    }

    /// The one irreversible step; it demands the proof that what is published was verified right before.
    async fn make_visible(&self, subject: &Subject) -> Result<(), Unfinished> {
        let (proof, files) = self.files(subject).await?;
        let Some(draft) = self.own_release(subject).await? else {
            return Err(self.is_not_listed(subject));
        };
        self.is_whole(subject, &draft, &files)?;
        if !draft.draft {
            return self.is_at_the_tag(subject, Sight::Public).await;
        }
        self.is_at_the_tag(subject, Sight::Draft).await?;
        let change = publication(&proof, (subject, &self.notes(subject)?));
        let latest = self.workshop.clock.now().plus_seconds(SEND_SECONDS);
        let repository = subject.repository.clone().not_after(latest);
        let published = made(repository.update_release(draft.id, &change).await)?;
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
        if published.tag_name != subject.frozen.tag.as_str() {
            return Err(elsewhere(subject, &format!("under the tag {}", published.tag_name)).into());
        }
        // Whoever may write could have moved it while we looked elsewhere.
        self.is_at_the_tag(subject, Sight::Public).await?;
        self.is_whole(subject, &published, &files)
    }

    /// What was made public a moment ago may be listed as a draft still, and must not be taken for one.
    async fn is_past_publishing(&self, release: &ReleaseId) -> Result<(), Failure> {
        let state = self.workshop.state(release).await?;
        let header = state.header();
        let settled = header.ended.map(|ended| ended.plus_seconds(SETTLE_SECONDS));
        let now = self.workshop.clock.now();
        match settled {
            Some(settled) if header.may_be_public && now < settled => Err(Failure::new(
                FailureKind::Network,
                "the release may have been made public a moment ago; drafts are looked for once GitHub's lists show that",
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// The tag is at the commit at which the release was begun.
    async fn is_at_the_tag(&self, subject: &Subject, sight: Sight) -> Result<(), Unfinished> {
        let tag = &subject.frozen.tag;
        let target = subject.repository.tag(tag.as_str()).await;
        let target = target.map_err(|error| unfinished(&error))?;
        if target.as_ref() == Some(&subject.frozen.commit) {
            return Ok(());
        }
        let now = target.map_or_else(|| "nothing".to_owned(), |commit| commit.to_string());
        let failure = match sight {
            Sight::Public => elsewhere(subject, &format!("and its tag names {now}")),
            Sight::Draft => {
                let commit = &subject.frozen.commit;
                refused(format!(
                    "tag {tag} names {now} now, the release was begun at {commit}; a tag never moves"
                ))
            }
        };
        Err(failure.into())
    }
}

/// What somebody who looks at the page sees of a release.
#[derive(Debug, Clone, Copy)]
enum Sight {
    Draft,
    Public,
}

fn elsewhere(subject: &Subject, how: &str) -> Failure {
    let (tag, commit) = (&subject.frozen.tag, &subject.frozen.commit);
    public(format!(
        "the release of {tag} is public {how}, and it was begun at {commit}: warn whoever uses it, withdraw it, and look who may write to {}",
        subject.frozen.home
    ))
}

/// Makes a draft public, with our tag, title, notes and flags: somebody may have edited them since.
fn publication(_proof: &VerifiedManifest, (subject, notes): (&Subject, &str)) -> ReleaseChange {
    let channel = subject.expected.version.channel();
    ReleaseChange {
        draft: Some(false),
        prerelease: Some(channel == Channel::Prerelease),
        make_latest: Some(match channel {
            Channel::Production => MakeLatest::Yes,
            Channel::Prerelease => MakeLatest::No,
        }),
        name: Some(title(subject)),
        body: Some(body(notes, subject)),
        tag_name: Some(subject.frozen.tag.as_str().to_owned()),
        target_commitish: Some(subject.frozen.commit.as_str().to_owned()),
    }
}

#[async_trait]
impl ReleasePublisher for GithubPublisher {
    async fn collect(&self, state: &State) -> Result<Sha256Digest, Unfinished> {
        self.put_together(state).await
    }

    async fn verify(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Unfinished> {
        let subject = self.subject(release, manifest).await?;
        self.files(&subject).await.map(|_| ())
    }

    async fn draft(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Unfinished> {
        let subject = self.subject(release, manifest).await?;
        self.draft_and_compare(&subject).await
    }

    async fn publish(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Unfinished> {
        let subject = self.subject(release, manifest).await?;
        if subject.is_rehearsal {
            return Err(refused("a rehearsal is never published").into());
        }
        self.make_visible(&subject).await
    }

    async fn published(&self, release: &ReleaseId) -> Result<Option<Sha256Digest>, Failure> {
        let frozen = self.workshop.frozen(release).await?;
        let repository = self.workshop.writable(&frozen.home)?;
        let found = repository.release_by_tag(frozen.tag.as_str()).await;
        let found = found.map_err(|error| failure_of(&error))?;
        let ours = found.filter(|found| {
            !found.draft
                && found
                    .body
                    .as_ref()
                    .is_some_and(|body| body.contains(&marker(release)))
        });
        let Some(ours) = ours else { return Ok(None) };
        // Publishing again says what is wrong with it.
        let at = repository.tag(frozen.tag.as_str()).await;
        if at.map_err(|error| failure_of(&error))? != Some(frozen.commit.clone()) {
            return Ok(None);
        }
        let manifest = ours.assets.iter().find(|asset| asset.name == MANIFEST_NAME);
        let Some(manifest) = manifest.and_then(|asset| asset.digest) else {
            return Ok(None);
        };
        // What is public and not what was verified is not ours: publishing again says so.
        let subject = self.subject(release, manifest).await?;
        let is_whole = match self.files(&subject).await {
            Ok((_, files)) => compare(&ours.assets, &files).is_ok(),
            Err(Unfinished::Failed(_)) => false,
            // What cannot be had just now says nothing about what is public.
            Err(doubt @ Unfinished::Unknown { .. }) => return Err(as_failure(doubt)),
        };
        Ok(is_whole.then_some(manifest))
    }

    async fn prepare_follow_up(&self, release: &ReleaseId, word: &Word) -> Result<String, Failure> {
        follow_up::note(&self.workshop, release, word).await
    }

    async fn follow_up(&self, release: &ReleaseId, word: &Word, note: &str) -> FollowUpSent {
        follow_up::send(&self.workshop, (release, word), note).await
    }

    async fn followed_up(
        &self,
        release: &ReleaseId,
        word: &Word,
        note: &str,
    ) -> Result<FollowUpFound, Failure> {
        follow_up::look(&self.workshop, (release, word), note).await
    }

    async fn discard(&self, release: &ReleaseId) -> Result<(), Failure> {
        self.is_past_publishing(release).await?;
        let subject = self.subject(release, Sha256Digest::of(b"")).await?;
        let removed = match self.delete_drafts(&subject).await {
            // What was made a moment ago may not be listed yet.
            Ok(0) => self.none_is_hidden(&subject, 0).await,
            Ok(_) => Ok(()),
            Err(unfinished) => Err(unfinished),
        };
        removed.map_err(as_failure)?;
        self.lacks_nothing(release);
        let folder = self.workshop.places.collected(release);
        remove_folder(&folder).map_err(|error| Failure::new(FailureKind::DiskFull, error.to_string()))
    }
}

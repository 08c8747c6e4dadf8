//! Drafts of ours on GitHub: found by their line, made, filled, removed.

use super::assets::{LocalFile, content_type, is_same};
use super::{GithubPublisher, Subject};
use crate::github::said::{made, refused, unfinished};
use crate::ports::Unfinished;
use domain_types::{Channel, ReleaseId};
use github_client::{NewRelease, Release};
use orchestrator::Failure;
use std::collections::BTreeMap;

/// Characters of the release's notes that are shown: GitHub takes 125,000.
const BODY_CHARS_MAX: usize = 120_000;

/// The line by which a draft is found again.
pub(super) fn marker(release: &ReleaseId) -> String {
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

/// Releases of a tag.
#[derive(Default)]
struct Listed {
    /// Our drafts, lowest number first.
    drafts: Vec<Release>,
    /// Ours, published.
    published: Option<Release>,
    /// Published by somebody else.
    foreign: Option<Release>,
}

impl GithubPublisher {
    /// What there is for this tag.
    async fn listed(&self, subject: &Subject) -> Result<Listed, Unfinished> {
        let tag = subject.frozen.tag.as_str();
        let marker = marker(&subject.release);
        let actor = self.workshop.actor().await.map_err(|error| unfinished(&error))?;
        let listed = subject
            .repository
            .releases()
            .await
            .map_err(|error| unfinished(&error))?;
        let mut found = Listed::default();
        for release in listed.into_iter().filter(|release| release.tag_name == tag) {
            let is_ours = release.body.as_ref().is_some_and(|body| body.contains(&marker))
                && release
                    .author
                    .as_ref()
                    .is_some_and(|author| author.login == actor);
            match (is_ours, release.draft) {
                (true, true) => found.drafts.push(release),
                (true, false) => found.published = Some(release),
                (false, false) => found.foreign = Some(release),
                // A person's draft is that person's.
                (false, true) => {}
            }
        }
        found.drafts.sort_by_key(|release| release.id);
        Ok(found)
    }

    /// Our one release for this tag, with whatever it holds: published, or a draft; further drafts, which a lost answer made, are
    /// removed.
    pub(super) async fn own_release(&self, subject: &Subject) -> Result<Option<Release>, Unfinished> {
        let found = self.listed(subject).await?;
        if let Some(foreign) = found.foreign {
            return Err(published_by_others(&foreign).into());
        }
        let mut own = found.published.into_iter().chain(found.drafts);
        let first = own.next();
        for extra in own {
            made(subject.repository.delete_release(extra.id).await)?;
        }
        Ok(first)
    }

    pub(super) async fn delete_drafts(&self, subject: &Subject) -> Result<(), Unfinished> {
        let found = self.listed(subject).await?;
        for draft in found.drafts {
            made(subject.repository.delete_release(draft.id).await)?;
        }
        Ok(())
    }

    pub(super) async fn make_draft(&self, subject: &Subject, notes: &str) -> Result<Release, Unfinished> {
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

    pub(super) async fn upload_missing(
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
}

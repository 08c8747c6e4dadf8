//! Drafts of ours on GitHub: found by their line, made, filled, removed.

use super::assets::{LocalFile, content_type, is_same};
use super::{GithubPublisher, Subject};
use crate::book;
use crate::error::sentence;
use crate::github::backend::SEND_SECONDS;
use crate::github::said::{made, refused, unfinished};
use crate::ports::Unfinished;
use artifact_verify::render_changelog;
use domain_types::{Channel, ReleaseId};
use github_client::{NewRelease, Release, Written};
use orchestrator::{Command, Failure, Stage};
use std::collections::BTreeMap;

/// Characters of the release's notes that are shown: GitHub takes 125,000.
const BODY_CHARS_MAX: usize = 120_000;

/// The line by which a draft is found again.
pub(in crate::github) fn marker(release: &ReleaseId) -> String {
    format!("{MARKER}{release} -->")
}

/// GitHub's status for an asset whose name is taken.
const ALREADY_EXISTS: u16 = 422;

/// The release's notes on GitHub, with what has come in since the last release, and with the line by which it is found again. Nothing of
/// it is asked again: whoever makes it anew makes the same.
pub(super) fn body(notes: &str, subject: &Subject) -> String {
    let changelog = render_changelog(&subject.frozen.ranges);
    let room = BODY_CHARS_MAX.saturating_sub(changelog.chars().count());
    let notes: String = notes.chars().take(room).collect();
    format!("{notes}\n{changelog}\n{}\n", marker(&subject.release))
}

/// The release's title on GitHub.
pub(super) fn title(subject: &Subject) -> String {
    let title = format!("{} {}", subject.expected.release, subject.frozen.tag);
    match subject.is_rehearsal {
        true => format!("[rehearsal, do not publish] {title}"),
        false => title,
    }
}

fn published_by_others(release: &Release, is_by_us: bool) -> Failure {
    let (tag, at) = (&release.tag_name, &release.html_url);
    refused(match is_by_us {
        true => {
            format!("{tag} was published already, as another release of this program ({at}); cancel this one")
        }
        false => format!(
            "{tag} was published already and not by this program ({at}); delete that release, or cancel this one and release another version"
        ),
    })
}

fn published_rehearsal(release: &Release) -> Failure {
    refused(format!(
        "somebody has published the draft of the rehearsal of {} ({}): nobody has approved what is public there; delete that release \
         and its tag, and look who may write to it",
        release.tag_name, release.html_url
    ))
}

/// What a line of ours begins with, whatever release it is of.
const MARKER: &str = "<!-- governance-app release ";

/// Releases of a tag.
#[derive(Default)]
struct Listed {
    /// Our drafts, lowest number first.
    drafts: Vec<Release>,
    /// Ours, published.
    published: Option<Release>,
    /// Published, and of no release or of another one; and whether it is of one.
    foreign: Option<(Release, bool)>,
}

impl GithubPublisher {
    /// What there is for this tag.
    async fn listed(&self, subject: &Subject) -> Result<Listed, Unfinished> {
        let tag = subject.frozen.tag.as_str();
        let marker = marker(&subject.release);
        let actors = self.workshop.actors().await.map_err(|error| unfinished(&error))?;
        let listed = subject
            .repository
            .releases()
            .await
            .map_err(|error| unfinished(&error))?;
        let mut found = Listed::default();
        for release in listed.into_iter().filter(|release| release.tag_name == tag) {
            let author = release.author.as_ref();
            let is_by_us = author.is_some_and(|author| actors.are(&author.login));
            let bears =
                |line: &str| is_by_us && release.body.as_ref().is_some_and(|body| body.contains(line));
            match (bears(&marker), release.draft) {
                (true, true) => found.drafts.push(release),
                (true, false) => found.published = Some(release),
                // A rehearsal publishes nothing, whatever is public beside it.
                (false, false) if subject.is_rehearsal => {}
                (false, false) => {
                    let is_of_one = bears(MARKER);
                    found.foreign = Some((release, is_of_one));
                }
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
        if let Some((foreign, is_by_us)) = found.foreign {
            return Err(published_by_others(&foreign, is_by_us).into());
        }
        if let Some(published) = found.published.as_ref().filter(|_| subject.is_rehearsal) {
            return Err(published_rehearsal(published).into());
        }
        let mut own = found.published.into_iter().chain(found.drafts);
        let first = own.next();
        if first.is_some() {
            self.looked.found(&subject.release);
        }
        for extra in own {
            made(subject.repository.delete_release(extra.id).await)?;
        }
        Ok(first)
    }

    /// Removes our drafts; answers how many there were.
    pub(super) async fn delete_drafts(&self, subject: &Subject) -> Result<usize, Unfinished> {
        let found = self.listed(subject).await?;
        let number = found.drafts.len();
        for draft in found.drafts {
            made(subject.repository.delete_release(draft.id).await)?;
        }
        match found.published.filter(|_| subject.is_rehearsal) {
            Some(published) => Err(published_rehearsal(&published).into()),
            None => Ok(number),
        }
    }

    /// No draft of ours is listed, and none can be there that is not listed yet: either none was ever asked for, or it was looked for
    /// long enough. A list that lags would otherwise make two of one. `asked_now`: 1 for whoever is about to ask, otherwise 0.
    pub(super) async fn none_is_hidden(&self, subject: &Subject, asked_now: u32) -> Result<(), Unfinished> {
        if self.times_asked(&subject.release).await? <= asked_now {
            return Ok(());
        }
        match self.looked.may_lag(&subject.release, self.workshop.clock.now()) {
            true => Err(Unfinished::Unknown {
                reason: "a draft was asked for, and none is listed yet; GitHub's lists lag".to_owned(),
            }),
            false => Ok(()),
        }
    }

    /// A draft that was there is not listed: in doubt for as long as a list may lag, after that a failure.
    pub(super) fn is_not_listed(&self, subject: &Subject) -> Unfinished {
        match self.looked.may_lag(&subject.release, self.workshop.clock.now()) {
            true => Unfinished::Unknown {
                reason: "the draft is not listed; GitHub's lists lag".to_owned(),
            },
            false => refused("the draft is gone; retry drafts it anew").into(),
        }
    }

    /// How often a draft of this release was about to be asked for, this time included.
    async fn times_asked(&self, release: &ReleaseId) -> Result<u32, Unfinished> {
        let rows = self.workshop.store.intents(release).await;
        let rows = rows.map_err(|error| Unfinished::Unknown {
            reason: sentence(&error),
        })?;
        let drafts = rows.iter().filter(|row| {
            let drafts = Command::RunStage { stage: Stage::Draft };
            book::command(&row.intent.body).is_ok_and(|command| command == drafts)
        });
        Ok(drafts.map(|row| row.intent.sends).sum())
    }

    pub(super) async fn make_draft(&self, subject: &Subject, notes: &str) -> Result<Release, Unfinished> {
        let frozen = &subject.frozen;
        let version = &subject.expected.version;
        let new = NewRelease {
            tag_name: frozen.tag.as_str().to_owned(),
            target_commitish: frozen.commit.as_str().to_owned(),
            name: title(subject),
            body: body(notes, subject),
            prerelease: version.channel() == Channel::Prerelease,
        };
        let latest = self.workshop.clock.now().plus_seconds(SEND_SECONDS);
        let repository = subject.repository.clone().not_after(latest);
        match made(repository.create_draft(&new).await)? {
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
        // It is there though it was not listed: the list lags, or an upload broke off. The next look finds it.
        if let Written::Rejected(error) = &uploaded
            && error.status() == Some(ALREADY_EXISTS)
        {
            let said = sentence(error);
            let what = format!("{name} is not listed, and may be there all the same: {said}");
            return Err(self.lacks(subject, draft, &what));
        }
        match made(uploaded)? {
            Some(asset) if asset.digest.is_some_and(|digest| digest != file.digest) => {
                Err(refused(format!("{name} was altered on its way to GitHub")).into())
            }
            Some(_) | None => {
                self.lacks_nothing(&subject.release);
                Ok(())
            }
        }
    }
}

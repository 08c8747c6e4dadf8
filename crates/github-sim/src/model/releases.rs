//! Releases: drafts that may share a tag, publishing that makes the tag, and releases that nobody can change any more.

use super::{GitHub, Repository};
use crate::exchange::{Answer, StoredFile};
use crate::truth::Happened;
use domain_types::Timestamp;
use serde_json::json;

/// A release.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) id: u64,
    pub(crate) repository: u64,
    pub(crate) tag: String,
    pub(crate) target: String,
    pub(crate) name: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) is_draft: bool,
    pub(crate) is_prerelease: bool,
    pub(crate) is_immutable: bool,
    pub(crate) make_latest: MakeLatest,
    pub(crate) author: String,
    pub(crate) created: Timestamp,
    pub(crate) published: Option<Timestamp>,
    pub(crate) updated: Timestamp,
    pub(crate) listed_from: Timestamp,
}

/// What was said about being the latest release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MakeLatest {
    Yes,
    No,
    Legacy,
}

/// A file of a release.
#[derive(Debug, Clone)]
pub(crate) struct Asset {
    pub(crate) id: u64,
    pub(crate) release: u64,
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) state: &'static str,
    pub(crate) media_type: String,
    pub(crate) content: Option<StoredFile>,
    pub(crate) uploader: String,
    pub(crate) created: Timestamp,
    pub(crate) listed_from: Timestamp,
    pub(crate) downloads: u64,
}

/// What a request says about a release.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    pub(crate) tag: Option<String>,
    pub(crate) target: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) draft: Option<bool>,
    pub(crate) prerelease: Option<bool>,
    pub(crate) make_latest: Option<MakeLatest>,
}

impl GitHub {
    /// Makes a release, and publishes it at once unless it is a draft.
    pub(crate) fn create_release(&mut self, repository: u64, wish: Wish, actor: &str) -> Result<u64, Answer> {
        let tag = wish
            .tag
            .clone()
            .filter(|tag| !tag.is_empty())
            .ok_or_else(|| Answer::invalid("Release", "tag_name", "missing_field"))?;
        let is_draft = wish.draft.unwrap_or(false);
        let known = self.known(repository)?;
        let target = wish
            .target
            .clone()
            .unwrap_or_else(|| known.default_branch.clone());
        self.check_tag(repository, &tag, &target, is_draft, None)?;
        let id = self.id();
        let listed_from = self.listed_from(&format!("release {id}"));
        let release = Release {
            id,
            repository,
            tag: tag.clone(),
            target,
            name: wish.name,
            body: wish.body,
            is_draft: true,
            is_prerelease: wish.prerelease.unwrap_or(false),
            is_immutable: false,
            make_latest: wish.make_latest.unwrap_or(MakeLatest::Yes),
            author: actor.to_owned(),
            created: self.now,
            published: None,
            updated: self.now,
            listed_from,
        };
        self.releases.insert(id, release);
        let full_name = self.known(repository)?.full_name();
        self.happened(Happened::ReleaseCreated {
            repository: full_name,
            release: id,
            tag,
            draft: is_draft,
        });
        if is_draft {
            self.tell_of_release(id, "created", actor);
        } else {
            self.publish(id, actor)?;
        }
        Ok(id)
    }

    /// Changes a release as wished; a draft that shall be none any more is published.
    pub(crate) fn edit_release(&mut self, id: u64, wish: Wish, actor: &str) -> Result<(), Answer> {
        let release = self.releases.get(&id).cloned().ok_or_else(Answer::not_found)?;
        let tag = wish.tag.clone().unwrap_or_else(|| release.tag.clone());
        let target = wish.target.clone().unwrap_or_else(|| release.target.clone());
        let stays_draft = release.is_draft && wish.draft != Some(false);
        if release.is_immutable && (tag != release.tag || wish.draft == Some(true)) {
            return Err(Answer::refusal(
                422,
                "Cannot change the tag of an immutable release.",
            ));
        }
        if release.is_draft || tag != release.tag {
            self.check_tag(release.repository, &tag, &target, stays_draft, Some(id))?;
        }
        let now = self.now;
        if let Some(known) = self.releases.get_mut(&id) {
            known.tag = tag;
            known.target = target;
            known.updated = now;
            known.is_prerelease = wish.prerelease.unwrap_or(known.is_prerelease);
            known.make_latest = wish.make_latest.unwrap_or(known.make_latest);
            known.name = wish.name.or(known.name.take());
            known.body = wish.body.or(known.body.take());
            if wish.draft == Some(true) && !known.is_draft {
                known.is_draft = true;
                known.published = None;
            }
        }
        self.happened(Happened::ReleaseEdited { release: id });
        if release.is_draft && !stays_draft {
            self.publish(id, actor)
        } else {
            self.tell_of_release(id, "edited", actor);
            Ok(())
        }
    }

    /// Refuses a tag that a release cannot have. Drafts may share one, and name one that is not there yet.
    fn check_tag(
        &self,
        repository: u64,
        tag: &str,
        target: &str,
        is_draft: bool,
        own: Option<u64>,
    ) -> Result<(), Answer> {
        let known = self.known(repository)?;
        let is_other = |release: &&Release| {
            release.repository == repository && release.tag == tag && Some(release.id) != own
        };
        if !is_draft
            && self
                .releases
                .values()
                .filter(is_other)
                .any(|release| !release.is_draft)
        {
            return Err(Answer::invalid("Release", "tag_name", "already_exists"));
        }
        let own_tag = own
            .and_then(|id| self.releases.get(&id))
            .map(|release| release.tag.as_str());
        if known.burnt_tags.contains(tag) && own_tag != Some(tag) {
            return Err(used_by_immutable());
        }
        if known.burnt_tags.contains(tag)
            && own
                .and_then(|id| self.releases.get(&id))
                .is_some_and(|release| release.is_draft)
        {
            return Err(used_by_immutable());
        }
        if !known.refs.contains_key(&format!("refs/tags/{tag}")) && known.resolve(target).is_none() {
            return Err(Answer::invalid("Release", "target_commitish", "invalid"));
        }
        Ok(())
    }

    /// Publishes a draft: the tag is made if it is not there, and with immutable releases everything is fixed from now on.
    pub(crate) fn publish(&mut self, id: u64, actor: &str) -> Result<(), Answer> {
        let release = self.releases.get(&id).cloned().ok_or_else(Answer::not_found)?;
        let name = format!("refs/tags/{}", release.tag);
        let known = self.known(release.repository)?;
        let (has_tag, is_immutable) = (known.refs.contains_key(&name), known.has_immutable_releases);
        let full_name = known.full_name();
        let target = known.resolve(&release.target);
        if !has_tag && let Some(target) = target {
            self.set_ref(release.repository, &name, &target, actor)?;
        }
        let now = self.now;
        if let Some(release) = self.releases.get_mut(&id) {
            release.is_draft = false;
            release.is_immutable = is_immutable;
            release.published = Some(now);
            release.updated = now;
        }
        if is_immutable {
            let tag = release.tag.clone();
            self.known_mut(release.repository)?.burnt_tags.insert(tag);
        }
        self.happened(Happened::ReleasePublished {
            repository: full_name,
            release: id,
            tag: release.tag.clone(),
        });
        let second = if release.is_prerelease {
            "prereleased"
        } else {
            "released"
        };
        for action in ["published", second] {
            self.tell_of_release(id, action, actor);
            self.start_released(release.repository, action, &release.tag, actor);
        }
        Ok(())
    }

    pub(crate) fn tell_of_release(&mut self, id: u64, action: &str, actor: &str) {
        let Some(release) = self.releases.get(&id) else {
            return;
        };
        let repository = release.repository;
        let mut payload = json!({"action": action, "release": self.release_view(release)});
        for field in ["name", "body"] {
            // Webhooks have these words always, and empty where the API says null.
            if payload["release"][field].is_null() {
                payload["release"][field] = json!("");
            }
        }
        if action == "edited" {
            payload["changes"] = json!({});
        }
        self.emit("release", repository, actor, payload);
    }

    /// The release that is shown as the latest: the newest one that was not said not to be.
    pub(crate) fn latest_release(&self, repository: &Repository) -> Option<&Release> {
        self.releases
            .values()
            .filter(|release| {
                release.repository == repository.id
                    && !release.is_draft
                    && !release.is_prerelease
                    && release.make_latest != MakeLatest::No
            })
            .max_by_key(|release| (release.published, release.id))
    }
}

fn used_by_immutable() -> Answer {
    Answer::refusal(
        422,
        "Validation Failed: tag_name was used by an immutable release",
    )
}

//! The API of releases.

use super::permissions::Level;
use super::releases::{MakeLatest, Wish};
use super::{Asker, Call, GitHub, Handled, Release};
use crate::exchange::Answer;
use crate::truth::Happened;
use http::Method;
use serde_json::json;

impl GitHub {
    pub(crate) fn route_releases(&mut self, call: &Call<'_>, repository: u64, rest: &[&str]) -> Handled {
        let level = if call.request.method == Method::GET {
            Level::Read
        } else {
            Level::Write
        };
        self.permit(call, repository, "contents", level)?;
        match (call.request.method.as_str(), rest) {
            ("GET", []) => self.list_releases(call, repository),
            ("POST", []) => {
                let id = self.create_release(repository, wish(call)?, &self.actor(&call.asker))?;
                self.answer_release(id, 201)
            }
            ("GET", ["latest"]) => {
                let latest = self.latest_release(self.known(repository)?);
                let id = latest.ok_or_else(Answer::not_found)?.id;
                self.answer_release(id, 200)
            }
            ("GET", ["tags", tag @ ..]) => self.show_release_by_tag(repository, &tag.join("/")),
            (_, ["assets", id]) => self.route_asset(call, repository, Call::number(id)?),
            (method, [id]) => {
                let id = Call::number(id)?;
                self.visible_release(call, repository, id)?;
                match method {
                    "GET" => self.answer_release(id, 200),
                    "PATCH" => {
                        self.edit_release(id, wish(call)?, &self.actor(&call.asker))?;
                        self.answer_release(id, 200)
                    }
                    "DELETE" => self.delete_release(call, id),
                    _ => Err(Answer::not_found()),
                }
            }
            ("GET", [id, "assets"]) => {
                let id = Call::number(id)?;
                self.visible_release(call, repository, id)?;
                let listed = self
                    .assets
                    .values()
                    .filter(|asset| asset.release == id && asset.listed_from <= self.now);
                Ok(call.list(&self.api, listed.map(|asset| self.asset_view(asset)).collect()))
            }
            _ => Err(Answer::not_found()),
        }
    }

    /// The release of this id, unless it is a draft and whoever asks may not change the repository.
    pub(crate) fn visible_release(
        &self,
        call: &Call<'_>,
        repository: u64,
        id: u64,
    ) -> Result<&Release, Answer> {
        self.releases
            .get(&id)
            .filter(|release| release.repository == repository)
            .filter(|release| !release.is_draft || self.sees_drafts(call, repository))
            .ok_or_else(Answer::not_found)
    }

    fn sees_drafts(&self, call: &Call<'_>, repository: u64) -> bool {
        call.asker != Asker::Anonymous && self.permit(call, repository, "contents", Level::Write).is_ok()
    }

    fn list_releases(&self, call: &Call<'_>, repository: u64) -> Handled {
        let sees_drafts = self.sees_drafts(call, repository);
        let views = self
            .releases
            .values()
            .rev()
            .filter(|release| release.repository == repository && release.listed_from <= self.now)
            .filter(|release| sees_drafts || !release.is_draft)
            .map(|release| self.release_view(release))
            .collect();
        Ok(call.list(&self.api, views))
    }

    fn show_release_by_tag(&self, repository: u64, tag: &str) -> Handled {
        let found = self
            .releases
            .values()
            .find(|release| release.repository == repository && release.tag == tag && !release.is_draft);
        self.answer_release(found.ok_or_else(Answer::not_found)?.id, 200)
    }

    fn answer_release(&self, id: u64, status: u16) -> Handled {
        let release = self.releases.get(&id).ok_or_else(Answer::not_found)?;
        let view = self.release_view(release);
        let mut answer = Answer::json(status, &view);
        if status == 201 {
            answer.header("location", view["url"].as_str().unwrap_or_default());
        }
        Ok(answer)
    }

    fn delete_release(&mut self, call: &Call<'_>, id: u64) -> Handled {
        let actor = self.actor(&call.asker);
        let release = self.releases.get(&id).ok_or_else(Answer::not_found)?;
        let tag = release.tag.clone();
        if !release.is_draft {
            self.tell_of_release(id, "deleted", &actor);
        }
        self.releases.remove(&id);
        self.assets.retain(|_, asset| asset.release != id);
        self.happened(Happened::ReleaseDeleted { release: id, tag });
        Ok(Answer::empty(204))
    }

    /// The setting that fixes releases when they are published. It holds for what is published from now on.
    pub(crate) fn immutable_releases(&mut self, call: &Call<'_>, repository: u64) -> Handled {
        let is_read = call.request.method == Method::GET;
        let level = if is_read { Level::Read } else { Level::Write };
        self.permit(call, repository, "administration", level)?;
        let known = self.known_mut(repository)?;
        match call.request.method.as_str() {
            "GET" if known.has_immutable_releases => Ok(Answer::json(
                200,
                &json!({"enabled": true, "enforced_by_owner": false}),
            )),
            "PUT" => {
                known.has_immutable_releases = true;
                Ok(Answer::empty(204))
            }
            "DELETE" => {
                known.has_immutable_releases = false;
                Ok(Answer::empty(204))
            }
            _ => Err(Answer::not_found()),
        }
    }
}

fn wish(call: &Call<'_>) -> Result<Wish, Answer> {
    let text = |field: &str| call.text(field).map(str::to_owned);
    let make_latest = match call.text("make_latest") {
        None => None,
        Some("true") => Some(MakeLatest::Yes),
        Some("false") => Some(MakeLatest::No),
        Some("legacy") => Some(MakeLatest::Legacy),
        Some(_) => return Err(Answer::invalid("Release", "make_latest", "invalid")),
    };
    Ok(Wish {
        tag: text("tag_name"),
        target: text("target_commitish"),
        name: text("name"),
        body: text("body"),
        draft: call.flag("draft"),
        prerelease: call.flag("prerelease"),
        make_latest,
    })
}

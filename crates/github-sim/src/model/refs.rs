//! Branches and tags: read, made, moved and removed, with everything that a push sets off.

use super::permissions::Level;
use super::{Call, Effect, GitHub, Handled, Repository};
use crate::exchange::Answer;
use crate::truth::Happened;
use http::Method;
use serde_json::{Value, json};

impl GitHub {
    pub(crate) fn route_git(&mut self, call: &Call<'_>, repository: u64, rest: &[&str]) -> Handled {
        let method = &call.request.method;
        let level = if method == Method::GET {
            Level::Read
        } else {
            Level::Write
        };
        self.permit(call, repository, "contents", level)?;
        match rest {
            ["ref", name @ ..] if method == Method::GET => self.show_ref(repository, &name.join("/")),
            ["matching-refs", name @ ..] if method == Method::GET => {
                self.list_refs(call, repository, &name.join("/"))
            }
            ["refs"] if method == Method::POST => self.create_ref_by_call(call, repository),
            ["refs", name @ ..] if method == Method::GET => self.show_ref(repository, &name.join("/")),
            ["refs", name @ ..] if method == Method::PATCH => {
                self.move_ref_by_call(call, repository, &name.join("/"))
            }
            ["refs", name @ ..] if method == Method::DELETE => {
                self.delete_ref_by_call(call, repository, &name.join("/"))
            }
            ["tags"] if method == Method::POST => self.create_tag_object(call, repository),
            ["tags", sha] if method == Method::GET => self.show_tag_object(repository, sha),
            ["blobs", sha] if method == Method::GET => self.show_blob(repository, sha),
            ["commits", sha] if method == Method::GET => self.show_git_commit(repository, sha),
            _ => Err(Answer::not_found()),
        }
    }

    fn show_ref(&self, repository: u64, name: &str) -> Handled {
        let repository = self.known(repository)?;
        let whole = format!("refs/{name}");
        let sha = repository.refs.get(&whole).ok_or_else(Answer::not_found)?;
        Ok(Answer::json(200, &self.ref_view(repository, &whole, sha)))
    }

    fn list_refs(&self, call: &Call<'_>, repository: u64, prefix: &str) -> Handled {
        let repository = self.known(repository)?;
        let whole = format!("refs/{prefix}");
        let views = repository
            .refs
            .iter()
            .filter(|(name, _)| name.starts_with(&whole))
            .map(|(name, sha)| self.ref_view(repository, name, sha))
            .collect();
        Ok(call.list(&self.api, views))
    }

    fn ref_view(&self, repository: &Repository, name: &str, sha: &str) -> Value {
        let url = self.repository_url(repository);
        let kind = if repository.objects.tag(sha).is_some() {
            "tag"
        } else {
            "commit"
        };
        json!({
            "ref": name,
            "node_id": format!("REF_{}_{name}", repository.id),
            "url": format!("{url}/git/{name}"),
            "object": {"type": kind, "sha": sha, "url": format!("{url}/git/{kind}s/{sha}")},
        })
    }

    fn create_ref_by_call(&mut self, call: &Call<'_>, repository: u64) -> Handled {
        let name = call.needed_text("Reference", "ref")?.to_owned();
        let sha = call.needed_text("Reference", "sha")?.to_owned();
        if !name.starts_with("refs/") || name.matches('/').count() < 2 {
            return Err(Answer::refusal(
                422,
                "Reference name must start with 'refs/' and contain two slashes",
            ));
        }
        let known = self.known(repository)?;
        if known.refs.contains_key(&name) {
            return Err(Answer::refusal(422, "Reference already exists"));
        }
        if known.objects.commit(&sha).is_none() && known.objects.tag(&sha).is_none() {
            return Err(Answer::refusal(422, "Object does not exist"));
        }
        let actor = self.actor(&call.asker);
        self.set_ref(repository, &name, &sha, &actor)?;
        let known = self.known(repository)?;
        Ok(Answer::json(201, &self.ref_view(known, &name, &sha)))
    }

    fn move_ref_by_call(&mut self, call: &Call<'_>, repository: u64, name: &str) -> Handled {
        let sha = call.needed_text("Reference", "sha")?.to_owned();
        let whole = format!("refs/{name}");
        let known = self.known(repository)?;
        let before = known
            .refs
            .get(&whole)
            .ok_or_else(|| Answer::refusal(422, "Reference does not exist"))?;
        if known.objects.commit(&sha).is_none() {
            return Err(Answer::refusal(422, "Object does not exist"));
        }
        if !call.flag("force").unwrap_or(false) && !known.objects.is_behind(before, &sha) {
            return Err(Answer::refusal(422, "Update is not a fast forward"));
        }
        let actor = self.actor(&call.asker);
        self.set_ref(repository, &whole, &sha, &actor)?;
        let known = self.known(repository)?;
        Ok(Answer::json(200, &self.ref_view(known, &whole, &sha)))
    }

    fn delete_ref_by_call(&mut self, call: &Call<'_>, repository: u64, name: &str) -> Handled {
        let whole = format!("refs/{name}");
        let known = self.known(repository)?;
        if !known.refs.contains_key(&whole) {
            return Err(Answer::refusal(422, "Reference does not exist"));
        }
        let holds_release = |tag: &str| {
            self.releases
                .values()
                .any(|release| release.repository == repository && release.tag == tag && release.is_immutable)
        };
        if whole.strip_prefix("refs/tags/").is_some_and(holds_release) {
            return Err(Answer::refusal(
                422,
                "Cannot delete a tag of an immutable release",
            ));
        }
        let actor = self.actor(&call.asker);
        self.remove_ref(repository, &whole, &actor)?;
        Ok(Answer::empty(204))
    }

    /// Lets a ref name something, with what a push sets off.
    pub(crate) fn set_ref(
        &mut self,
        repository: u64,
        name: &str,
        sha: &str,
        actor: &str,
    ) -> Result<(), Answer> {
        let now = self.now;
        let known = self.known_mut(repository)?;
        let before = known.refs.insert(name.to_owned(), sha.to_owned());
        known.pushed = now;
        let (full_name, folder) = (known.full_name(), known.folder());
        self.effects.push(Effect::WriteRef {
            folder,
            name: name.to_owned(),
            sha: Some(sha.to_owned()),
        });
        let (repository_name, name_owned, sha_owned) = (full_name, name.to_owned(), sha.to_owned());
        self.happened(match before {
            None => Happened::RefCreated {
                repository: repository_name,
                name: name_owned,
                sha: sha_owned,
            },
            Some(_) => Happened::RefMoved {
                repository: repository_name,
                name: name_owned,
                sha: sha_owned,
            },
        });
        self.pushed(repository, name, before.as_deref(), actor);
        Ok(())
    }

    pub(crate) fn remove_ref(&mut self, repository: u64, name: &str, actor: &str) -> Result<(), Answer> {
        let known = self.known_mut(repository)?;
        let before = known.refs.remove(name);
        let (full_name, folder) = (known.full_name(), known.folder());
        self.effects.push(Effect::WriteRef {
            folder,
            name: name.to_owned(),
            sha: None,
        });
        self.happened(Happened::RefDeleted {
            repository: full_name,
            name: name.to_owned(),
        });
        self.pushed(repository, name, before.as_deref(), actor);
        Ok(())
    }

    fn create_tag_object(&mut self, call: &Call<'_>, repository: u64) -> Handled {
        let tag = call.needed_text("Tag", "tag")?;
        let message = call.text("message").unwrap_or_default();
        let target = call.needed_text("Tag", "object")?;
        let known = self.known_mut(repository)?;
        if known.objects.commit(target).is_none() {
            return Err(Answer::refusal(422, "Object does not exist"));
        }
        let sha = known.objects.add_tag(tag, target, message);
        let mut answer = self.show_tag_object(repository, &sha)?;
        answer.status = 201;
        Ok(answer)
    }

    fn show_tag_object(&self, repository: u64, sha: &str) -> Handled {
        let repository = self.known(repository)?;
        let tag = repository.objects.tag(sha).ok_or_else(Answer::not_found)?;
        let url = self.repository_url(repository);
        let body = json!({
            "node_id": format!("TA_{sha}"),
            "tag": tag.tag,
            "sha": tag.sha,
            "url": format!("{url}/git/tags/{sha}"),
            "message": tag.message,
            "tagger": super::commits::signature(tag.seconds),
            "object": {"sha": tag.target, "type": "commit", "url": format!("{url}/git/commits/{}", tag.target)},
            "verification": super::commits::unverified(),
        });
        Ok(Answer::json(200, &body))
    }
}

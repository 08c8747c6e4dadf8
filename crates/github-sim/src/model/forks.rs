//! Forks: repositories that began as a copy of another one, and whose commits the other finds by name.

use super::owner::{refused, unknown};
use super::{Effect, GitHub, Repo};
use crate::error::SimError;
use crate::exchange::Answer;

impl GitHub {
    /// Copies a repository with its branches and tags to another account, under the same name.
    pub fn fork(&mut self, owner: &str, name: &str, into: &str) -> Result<Repo, SimError> {
        let of = self.find(owner, name)?;
        let account = self.accounts.get(&into.to_ascii_lowercase());
        let into = account.ok_or_else(|| unknown("account", into))?.login.clone();
        if self.repository_named(&into, name).is_some() {
            return Err(SimError::Taken {
                what: "repository",
                name: format!("{into}/{name}"),
            });
        }
        let id = self.found_repository(&into, name, Some(of));
        let source = self.known(of).map_err(refused)?.clone();
        let fork = self.known_mut(id).map_err(refused)?;
        fork.is_private = source.is_private;
        fork.default_branch.clone_from(&source.default_branch);
        let is_shared = |name: &&String| !name.starts_with("refs/pull/");
        for name in source.refs.keys().filter(is_shared) {
            if let Some(commit) = source.commit_of_ref(name) {
                fork.objects.import(&source.objects, &commit);
                fork.refs.insert(name.clone(), commit);
            }
        }
        let (folder, refs) = (fork.folder(), fork.refs.clone());
        for (name, sha) in refs {
            self.effects.push(Effect::WriteRef {
                folder: folder.clone(),
                name,
                sha: Some(sha),
            });
        }
        let head = self.known(id).map_err(refused)?.head().unwrap_or_default();
        Ok(Repo { id, head })
    }

    /// The repository in which a head lies, `BRANCH` or `ACCOUNT:BRANCH`, of those that share the commits of this one.
    pub(crate) fn head_of_words(&self, repository: u64, words: &str) -> Result<(u64, String), Answer> {
        let Some((account, branch)) = words.split_once(':') else {
            return Ok((repository, words.to_owned()));
        };
        let root = |id: u64| {
            self.repositories
                .get(&id)
                .and_then(|known| known.fork_of)
                .unwrap_or(id)
        };
        let found = self
            .repositories
            .values()
            .find(|known| known.owner.eq_ignore_ascii_case(account) && root(known.id) == root(repository));
        let found = found.ok_or_else(|| Answer::invalid("PullRequest", "head", "invalid"))?;
        Ok((found.id, branch.to_owned()))
    }

    /// Lets a repository have a commit of another one, as all forks share theirs.
    pub(crate) fn bring_over(&mut self, from: u64, to: u64, commit: &str) {
        if from == to {
            return;
        }
        let Some(objects) = self.repositories.get(&from).map(|known| known.objects.clone()) else {
            return;
        };
        if let Some(known) = self.repositories.get_mut(&to) {
            known.objects.import(&objects, commit);
        }
    }
}

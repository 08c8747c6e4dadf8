//! What happens without a request: accounts, repositories and Apps come to be, people push and publish.

use super::accounts::Webhook;
use super::releases::Wish;
use super::{Account, App, Effect, GitHub, Installation, Permissions, Release, Repository, Role, Token};
use crate::error::SimError;
use crate::exchange::{Answer, StoredFile};
use crate::objects::Objects;
use crate::truth::Happened;
use crate::workflow::plain;
use bytes::Bytes;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A repository that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repo {
    /// Its id.
    pub id: u64,
    /// The commit at the head of its default branch.
    pub head: String,
}

/// What an App is made of.
#[derive(Debug, Clone)]
pub struct AppPlan {
    /// Its name in addresses.
    pub slug: String,
    /// What it may do.
    pub permissions: Permissions,
    /// What it hears of.
    pub events: Vec<String>,
    /// Its public key, as DER.
    pub public_key: Vec<u8>,
    /// Where its webhooks go, and their secret.
    pub webhook: Option<(String, String)>,
}

impl GitHub {
    /// Makes an account; `kind` is `User`, `Organization` or `Bot`.
    pub fn create_account(&mut self, login: &str, kind: &'static str) -> Result<u64, SimError> {
        let key = login.to_ascii_lowercase();
        if self.accounts.contains_key(&key) {
            return Err(SimError::Taken {
                what: "account",
                name: login.to_owned(),
            });
        }
        let id = self.id();
        let account = Account {
            id,
            login: login.to_owned(),
            kind,
            roles: BTreeMap::new(),
        };
        self.accounts.insert(key, account);
        Ok(id)
    }

    /// Makes a token for a person.
    pub fn create_person_token(&mut self, login: &str) -> String {
        let token = format!("ghp_{}", self.random.word(36));
        self.tokens.insert(token.clone(), Token::Person(login.to_owned()));
        token
    }

    /// Says what a person may do in a repository.
    pub fn set_role(&mut self, login: &str, owner: &str, name: &str, role: Role) -> Result<(), SimError> {
        let repository = self.find(owner, name)?;
        let account = self
            .accounts
            .get_mut(&login.to_ascii_lowercase())
            .ok_or_else(|| unknown("account", login))?;
        account.roles.insert(repository, role);
        Ok(())
    }

    /// Makes a repository whose branch `main` has one commit with these files.
    pub fn create_repository(
        &mut self,
        owner: &str,
        name: &str,
        files: &[(&str, &[u8])],
    ) -> Result<Repo, SimError> {
        let account = self.accounts.get(&owner.to_ascii_lowercase());
        let owner = account.ok_or_else(|| unknown("account", owner))?.login.clone();
        if self.repository_named(&owner, name).is_some() {
            return Err(SimError::Taken {
                what: "repository",
                name: format!("{owner}/{name}"),
            });
        }
        let id = self.found_repository(&owner, name, None);
        let files: Vec<_> = files.iter().map(|(path, bytes)| (*path, Some(*bytes))).collect();
        let head = self.push_files(&owner, name, "main", &files, &owner)?;
        Ok(Repo { id, head })
    }

    /// Makes a repository with nothing in it.
    pub(super) fn found_repository(&mut self, owner: &str, name: &str, fork_of: Option<u64>) -> u64 {
        let id = self.id();
        let repository = Repository {
            id,
            owner: owner.to_owned(),
            name: name.to_owned(),
            former_names: BTreeSet::new(),
            is_private: false,
            fork_of,
            default_branch: "main".to_owned(),
            created: self.now,
            pushed: self.now,
            refs: BTreeMap::new(),
            objects: Objects::default(),
            statuses: Vec::new(),
            rulesets: Vec::new(),
            activity: Vec::new(),
            has_immutable_releases: false,
            actions: super::setup::ActionsSetup::default(),
            burnt_tags: BTreeSet::new(),
            workflow_ids: BTreeMap::new(),
            run_numbers: BTreeMap::new(),
        };
        let folder = repository.folder();
        self.effects.push(Effect::InitRepository { folder });
        self.repositories.insert(id, repository);
        id
    }

    /// Commits files onto a branch and pushes it as a person; `None` removes a file. Answers the commit.
    pub fn push_files(
        &mut self,
        owner: &str,
        name: &str,
        branch: &str,
        files: &[(&str, Option<&[u8]>)],
        as_user: &str,
    ) -> Result<String, SimError> {
        let repository = self.find(owner, name)?;
        let whole = format!("refs/heads/{branch}");
        let known = self
            .repositories
            .get_mut(&repository)
            .ok_or_else(|| unknown("repository", name))?;
        let parent = known.commit_of_ref(&whole).or_else(|| known.head());
        let files: Vec<(String, Option<Bytes>)> = files
            .iter()
            .map(|(path, content)| ((*path).to_owned(), content.map(Bytes::copy_from_slice)))
            .collect();
        let message = format!("Change {} files", files.len());
        let sha = known.objects.add_commit(parent.as_deref(), &files, &message);
        self.set_ref(repository, &whole, &sha, as_user).map_err(refused)?;
        Ok(sha)
    }

    /// Lets a tag name a commit, and pushes it as a person. A tag that is there is moved, as a forced push does.
    pub fn push_tag(
        &mut self,
        (owner, name): (&str, &str),
        tag: &str,
        sha: &str,
        as_user: &str,
    ) -> Result<(), SimError> {
        let repository = self.find(owner, name)?;
        let known = self.repositories.get(&repository);
        if known.is_none_or(|known| known.objects.commit(sha).is_none()) {
            return Err(unknown("commit", sha));
        }
        self.set_ref(repository, &format!("refs/tags/{tag}"), sha, as_user)
            .map_err(refused)
    }

    /// Makes an App, owned by an account of its own.
    pub fn create_app(&mut self, plan: AppPlan) -> Result<u64, SimError> {
        let id = self.id();
        let app = App {
            id,
            slug: plan.slug,
            owner: "ghost".to_owned(),
            public_key: plan.public_key,
            permissions: plan.permissions,
            events: plan.events.into_iter().collect(),
            webhook: plan.webhook.map(|(url, secret)| Webhook { url, secret }),
            created: self.now,
        };
        if !self.accounts.contains_key("ghost") {
            self.create_account("ghost", "User")?;
        }
        self.create_account(&app.bot(), "Bot")?;
        self.apps.insert(id, app);
        Ok(id)
    }

    /// Installs an App on all repositories of an account.
    pub fn install(&mut self, app: u64, account: &str) -> Result<u64, SimError> {
        if !self.apps.contains_key(&app) {
            return Err(unknown("App", &app.to_string()));
        }
        let account = self
            .accounts
            .get(&account.to_ascii_lowercase())
            .ok_or_else(|| unknown("account", account))?
            .login
            .clone();
        let id = self.id();
        let installation = Installation {
            id,
            app,
            account: account.clone(),
            created: self.now,
            suspended: None,
            selected: None,
        };
        self.installations.insert(id, installation);
        self.emit_installed(id, &account);
        Ok(id)
    }

    /// Says where an App's webhooks go from now on.
    pub fn set_webhook(&mut self, app: u64, url: &str, secret: &str) -> Result<(), SimError> {
        let known = self
            .apps
            .get_mut(&app)
            .ok_or_else(|| unknown("App", &app.to_string()))?;
        known.webhook = Some(Webhook {
            url: url.to_owned(),
            secret: secret.to_owned(),
        });
        Ok(())
    }

    /// Turns immutable releases on or off for a repository.
    pub fn set_immutable_releases(&mut self, owner: &str, name: &str, is_on: bool) -> Result<(), SimError> {
        let repository = self.find(owner, name)?;
        self.repositories
            .entry(repository)
            .and_modify(|known| known.has_immutable_releases = is_on);
        Ok(())
    }

    /// Makes a repository private or public.
    pub fn set_private(&mut self, owner: &str, name: &str, is_private: bool) -> Result<(), SimError> {
        let repository = self.find(owner, name)?;
        self.repositories
            .entry(repository)
            .and_modify(|known| known.is_private = is_private);
        Ok(())
    }

    /// A person drafts or publishes a release of a tag.
    pub fn release_by(
        &mut self,
        (owner, name): (&str, &str),
        tag: &str,
        is_draft: bool,
        person: &str,
    ) -> Result<u64, SimError> {
        let repository = self.find(owner, name)?;
        let wish = Wish {
            tag: Some(tag.to_owned()),
            name: Some(tag.to_owned()),
            draft: Some(is_draft),
            ..Wish::default()
        };
        self.create_release(repository, wish, person).map_err(refused)
    }

    /// A person publishes a draft.
    pub fn publish_by(&mut self, release: u64, person: &str) -> Result<(), SimError> {
        let wish = Wish {
            draft: Some(false),
            ..Wish::default()
        };
        self.edit_release(release, wish, person).map_err(refused)
    }

    /// A person gives a release or a draft another title and other notes.
    pub fn edit_by(
        &mut self,
        release: u64,
        (title, notes): (&str, &str),
        person: &str,
    ) -> Result<(), SimError> {
        let wish = Wish {
            name: Some(title.to_owned()),
            body: Some(notes.to_owned()),
            ..Wish::default()
        };
        self.edit_release(release, wish, person).map_err(refused)
    }

    /// A person puts another file in the place of an asset, whose name and number stay.
    pub fn swap_asset(
        &mut self,
        repository: (&str, &str),
        tag: &str,
        (asset, file): (&str, StoredFile),
    ) -> Result<(), SimError> {
        let id = self.asset_of_tag(repository, tag, asset)?;
        let found = self.assets.get_mut(&id).ok_or_else(|| unknown("asset", asset))?;
        found.content = Some(file);
        Ok(())
    }

    /// A person deletes an asset of a tag's release or draft.
    pub fn delete_asset(&mut self, repository: (&str, &str), tag: &str, asset: &str) -> Result<(), SimError> {
        let id = self.asset_of_tag(repository, tag, asset)?;
        let gone = self.assets.remove(&id).ok_or_else(|| unknown("asset", asset))?;
        self.happened(Happened::AssetDeleted {
            release: gone.release,
            asset: id,
            name: gone.name,
        });
        Ok(())
    }

    fn asset_of_tag(&self, (owner, name): (&str, &str), tag: &str, asset: &str) -> Result<u64, SimError> {
        let repository = self.find(owner, name)?;
        let of_tag = |release: &&Release| release.repository == repository && release.tag == tag;
        let releases: Vec<u64> = self
            .releases
            .values()
            .filter(of_tag)
            .map(|release| release.id)
            .collect();
        let mut assets = self.assets.iter();
        let found = assets.find(|(_, one)| one.name == asset && releases.contains(&one.release));
        found.map(|(id, _)| *id).ok_or_else(|| unknown("asset", asset))
    }

    /// The releases of a repository as the API shows them, newest first.
    pub fn releases_of(&self, owner: &str, name: &str) -> Result<Vec<Value>, SimError> {
        let repository = self.find(owner, name)?;
        let own = self
            .releases
            .values()
            .rev()
            .filter(|release| release.repository == repository);
        Ok(own.map(|release| self.release_view(release)).collect())
    }

    /// A person sends an event into a repository, as a `repository_dispatch` does.
    pub fn dispatch_by(
        &mut self,
        (owner, name): (&str, &str),
        (kind, payload): (&str, &Value),
        person: &str,
    ) -> Result<(), SimError> {
        let repository = self.find(owner, name)?;
        let payload = payload.as_object().cloned().unwrap_or_default();
        self.dispatched(repository, (kind, &payload), person)
            .map(|_| ())
            .map_err(refused)
    }

    /// A person cancels a run.
    pub fn cancel_by(&mut self, run: u64) {
        self.cancel(run, true);
    }

    pub(super) fn find(&self, owner: &str, name: &str) -> Result<u64, SimError> {
        self.repository_named(owner, name)
            .map(|known| known.id)
            .ok_or_else(|| unknown("repository", &format!("{owner}/{name}")))
    }
}

pub(super) fn unknown(what: &'static str, name: &str) -> SimError {
    SimError::Unknown {
        what,
        name: name.to_owned(),
    }
}

pub(super) fn refused(answer: Answer) -> SimError {
    SimError::Refused {
        status: answer.status,
        message: plain(&answer.value()["message"]),
    }
}

//! What the owner of a running simulator may do without a request.

use super::app_key::{AppCredentials, fresh_key};
use super::files;
use super::running::Running;
use crate::error::SimError;
use crate::model::{AppPlan, GitHub, Repo, Role};

/// Everything here fails only if a name is unknown or taken, if GitHub itself would refuse, or if the disk does.
impl Running {
    /// Makes an organisation.
    pub fn create_organisation(&self, login: &str) -> Result<(), SimError> {
        self.act(|model| model.create_account(login, "Organization").map(|_| ()))
    }

    /// Makes a person, and answers a token for them.
    pub fn create_user(&self, login: &str) -> Result<String, SimError> {
        self.act(|model| {
            model.create_account(login, "User")?;
            Ok(model.create_person_token(login))
        })
    }

    /// Says what a person may do in a repository; without it they may write.
    pub fn set_role(&self, login: &str, owner: &str, name: &str, role: Role) -> Result<(), SimError> {
        self.act(|model| model.set_role(login, owner, name, role))
    }

    /// Makes a repository whose branch `main` has one commit with these files: path and content.
    pub fn create_repository<B: AsRef<[u8]>>(
        &self,
        owner: &str,
        name: &str,
        files: &[(&str, B)],
    ) -> Result<Repo, SimError> {
        let files: Vec<(&str, &[u8])> = files
            .iter()
            .map(|(path, bytes)| (*path, bytes.as_ref()))
            .collect();
        self.act(|model| model.create_repository(owner, name, &files))
    }

    /// Commits files onto the branch `main` and pushes it as a person. Answers the commit.
    pub fn push_files<B: AsRef<[u8]>>(
        &self,
        owner: &str,
        name: &str,
        files: &[(&str, B)],
        as_user: &str,
    ) -> Result<String, SimError> {
        self.push_files_to((owner, name), "main", files, as_user)
    }

    /// Commits files onto any branch, which is made from `main` if it is not there, and pushes it as a person.
    pub fn push_files_to<B: AsRef<[u8]>>(
        &self,
        (owner, name): (&str, &str),
        branch: &str,
        files: &[(&str, B)],
        as_user: &str,
    ) -> Result<String, SimError> {
        let files: Vec<_> = files
            .iter()
            .map(|(path, bytes)| (*path, Some(bytes.as_ref())))
            .collect();
        self.act(|model| model.push_files(owner, name, branch, &files, as_user))
    }

    /// Lets a tag name a commit and pushes it as a person; a tag that is there moves.
    pub fn push_tag(
        &self,
        owner: &str,
        name: &str,
        tag: &str,
        sha: &str,
        as_user: &str,
    ) -> Result<(), SimError> {
        self.act(|model| model.push_tag((owner, name), tag, sha, as_user))
    }

    /// Makes an App with a fresh key. `webhook` is an address and a secret.
    pub fn create_app(
        &self,
        slug: &str,
        permissions: &[(&str, &str)],
        events: &[&str],
        webhook: Option<(&str, &str)>,
    ) -> Result<AppCredentials, SimError> {
        let (private_key_pem, public_key) = fresh_key()?;
        let owned = |word: &&str| (*word).to_owned();
        let plan = AppPlan {
            slug: slug.to_owned(),
            permissions: permissions
                .iter()
                .map(|(name, level)| (owned(name), owned(level)))
                .collect(),
            events: events.iter().map(owned).collect(),
            public_key,
            webhook: webhook.map(|(url, secret)| (url.to_owned(), secret.to_owned())),
        };
        let app_id = self.act(|model| model.create_app(plan))?;
        Ok(AppCredentials {
            app_id,
            private_key_pem,
            webhook_secret: webhook.map(|(_, secret)| secret.to_owned()).unwrap_or_default(),
        })
    }

    /// Installs an App on all repositories of an account. Answers the installation.
    pub fn install(&self, app: u64, owner: &str) -> Result<u64, SimError> {
        self.act(|model| model.install(app, owner))
    }

    /// Says where an App's webhooks go from now on.
    pub fn set_webhook(&self, app: u64, url: &str, secret: &str) -> Result<(), SimError> {
        self.act(|model| model.set_webhook(app, url, secret))
    }

    /// Turns immutable releases on or off for a repository.
    pub fn set_immutable_releases(&self, owner: &str, name: &str, is_on: bool) -> Result<(), SimError> {
        self.act(|model| model.set_immutable_releases(owner, name, is_on))
    }

    /// Makes a repository private or public.
    pub fn set_private(&self, owner: &str, name: &str, is_private: bool) -> Result<(), SimError> {
        self.act(|model| model.set_private(owner, name, is_private))
    }

    /// A person drafts a release of a tag. Answers the release.
    pub fn draft_by(&self, owner: &str, name: &str, tag: &str, person: &str) -> Result<u64, SimError> {
        self.act(|model| model.release_by((owner, name), tag, true, person))
    }

    /// A person publishes a draft.
    pub fn publish_by(&self, release: u64, person: &str) -> Result<(), SimError> {
        self.act(|model| model.publish_by(release, person))
    }

    /// A person publishes a release of a tag at once. Answers the release.
    pub fn release_by(&self, owner: &str, name: &str, tag: &str, person: &str) -> Result<u64, SimError> {
        self.act(|model| model.release_by((owner, name), tag, false, person))
    }

    /// A person gives a release or a draft another title and other notes.
    pub fn edit_by(&self, release: u64, (title, notes): (&str, &str), person: &str) -> Result<(), SimError> {
        self.act(|model| model.edit_by(release, (title, notes), person))
    }

    /// A person puts other bytes in the place of an asset of a tag's release or draft.
    pub fn swap_asset(
        &self,
        (owner, name): (&str, &str),
        tag: &str,
        asset: (&str, &[u8]),
    ) -> Result<(), SimError> {
        let file = files::keep(asset.1, &self.shell.next_upload())?;
        self.act(|model| model.swap_asset((owner, name), tag, (asset.0, file)))
    }

    /// A person deletes an asset of a tag's release or draft.
    pub fn delete_asset(&self, repository: (&str, &str), tag: &str, asset: &str) -> Result<(), SimError> {
        self.act(|model| model.delete_asset(repository, tag, asset))
    }

    /// A person sends an event into a repository, with an object as its payload.
    pub fn dispatch_by(
        &self,
        (owner, name): (&str, &str),
        (kind, payload): (&str, &serde_json::Value),
        person: &str,
    ) -> Result<(), SimError> {
        self.act(|model| model.dispatch_by((owner, name), (kind, payload), person))
    }

    /// The releases of a repository as the API shows them to its maintainers, drafts included, newest first.
    pub fn releases(&self, owner: &str, name: &str) -> Result<Vec<serde_json::Value>, SimError> {
        self.act(|model| model.releases_of(owner, name))
    }

    /// A person ends a run.
    pub fn cancel_run(&self, run: u64) -> Result<(), SimError> {
        self.act(|model| {
            model.cancel_by(run);
            Ok(())
        })
    }

    pub(super) fn act<R>(&self, act: impl FnOnce(&mut GitHub) -> Result<R, SimError>) -> Result<R, SimError> {
        self.shell.with(|model, _| act(model))?
    }
}

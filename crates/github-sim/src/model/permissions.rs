//! Who may see and do what.

use super::{Asker, Call, GitHub, Repository, Role, Token};
use crate::exchange::Answer;

/// What is to be done with something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Read,
    Write,
}

impl GitHub {
    /// The repository of this name, if whoever asks may know of it. Names are matched whatever their case.
    pub(crate) fn visible_repository(&self, call: &Call<'_>, owner: &str, name: &str) -> Result<u64, Answer> {
        let Some(repository) = self.repository_named(owner, name) else {
            return Err(self.moved_or_missing(call, owner, name));
        };
        if self.sees(&call.asker, repository) {
            Ok(repository.id)
        } else {
            Err(Answer::not_found())
        }
    }

    /// What is said of a name that no repository has: where it is now, if one has had it.
    fn moved_or_missing(&self, call: &Call<'_>, owner: &str, name: &str) -> Answer {
        let had_it = |known: &&Repository| {
            known.owner.eq_ignore_ascii_case(owner)
                && known
                    .former_names
                    .iter()
                    .any(|former| former.eq_ignore_ascii_case(name))
        };
        let known = self.repositories.values().find(had_it);
        let Some(known) = known.filter(|known| self.sees(&call.asker, known)) else {
            return Answer::not_found();
        };
        let below = call
            .request
            .path
            .splitn(5, '/')
            .nth(4)
            .map(|rest| format!("/{rest}"));
        let mut answer = Answer::refusal(301, "Moved Permanently");
        let place = format!(
            "{}/repositories/{}{}",
            self.api,
            known.id,
            below.unwrap_or_default()
        );
        answer.header("location", &place);
        answer
    }

    /// Whether whoever asks may know of a repository.
    pub(crate) fn sees(&self, asker: &Asker, repository: &Repository) -> bool {
        !repository.is_private
            || match asker {
                Asker::Anonymous => false,
                Asker::App(app) => self.reaching(*app, repository).is_some(),
                Asker::Installation { token, .. } => self.covers(token, repository),
                Asker::User(login) => self.role(login, repository.id) >= Role::Read,
            }
    }

    pub(crate) fn repository_named(&self, owner: &str, name: &str) -> Option<&Repository> {
        self.repositories.values().find(|repository| {
            repository.owner.eq_ignore_ascii_case(owner) && repository.name.eq_ignore_ascii_case(name)
        })
    }

    /// Whether a token of an installation reaches a repository.
    fn covers(&self, token: &str, repository: &Repository) -> bool {
        let Some(Token::Installation {
            installation,
            repositories,
            ..
        }) = self.tokens.get(token)
        else {
            return false;
        };
        self.installations.get(installation).is_some_and(|known| {
            known.account.eq_ignore_ascii_case(&repository.owner) && known.reaches(repository.id)
        }) && repositories
            .as_ref()
            .is_none_or(|ids| ids.contains(&repository.id))
    }

    /// Refuses what whoever asks may not do in a repository that they may see.
    pub(crate) fn permit(
        &self,
        call: &Call<'_>,
        repository: u64,
        what: &str,
        level: Level,
    ) -> Result<(), Answer> {
        let repository = self.repositories.get(&repository).ok_or_else(Answer::not_found)?;
        let is_public_read = level == Level::Read && !repository.is_private;
        match &call.asker {
            Asker::Anonymous if is_public_read => Ok(()),
            Asker::Anonymous => Err(Answer::refusal(401, "Requires authentication")),
            Asker::App(_) => Err(Answer::refusal(
                401,
                "A JSON web token could not be used here: an installation access token is needed",
            )),
            Asker::User(login) => {
                let needed = if level == Level::Read {
                    Role::Read
                } else {
                    Role::Write
                };
                if is_public_read || self.role(login, repository.id) >= needed {
                    Ok(())
                } else {
                    Err(Answer::refusal(403, "Must have admin rights to Repository."))
                }
            }
            Asker::Installation { token, .. } => {
                // Stricter than GitHub on public reads of its own repositories, so that a missing permission is seen.
                let is_outside = !self.covers(token, repository);
                if (is_outside && is_public_read) || (!is_outside && self.grants(token, what, level)) {
                    Ok(())
                } else {
                    Err(Answer::refusal(403, "Resource not accessible by integration"))
                }
            }
        }
    }

    fn grants(&self, token: &str, what: &str, level: Level) -> bool {
        let Some(Token::Installation { permissions, .. }) = self.tokens.get(token) else {
            return false;
        };
        what == "metadata"
            || permissions
                .get(what)
                .is_some_and(|granted| level == Level::Read || granted == "write" || granted == "admin")
    }

    /// What a person may do in a repository: everything in their own, [`Role::Write`] elsewhere unless it was said otherwise.
    pub(crate) fn role(&self, login: &str, repository: u64) -> Role {
        let owner = self
            .repositories
            .get(&repository)
            .map(|known| known.owner.as_str());
        if owner == Some(login) {
            return Role::Admin;
        }
        let account = self.accounts.get(&login.to_ascii_lowercase());
        account
            .and_then(|account| account.roles.get(&repository))
            .copied()
            .unwrap_or(Role::Write)
    }

    pub(crate) fn installation_on(&self, app: u64, account: &str) -> Option<u64> {
        self.installations
            .values()
            .find(|known| known.app == app && known.account.eq_ignore_ascii_case(account))
            .map(|known| known.id)
    }

    /// The installation through which an App reaches a repository.
    pub(crate) fn reaching(&self, app: u64, repository: &Repository) -> Option<u64> {
        let id = self.installation_on(app, &repository.owner)?;
        let known = self.installations.get(&id)?;
        known.reaches(repository.id).then_some(id)
    }

    /// The login under which whoever asks acts.
    pub(crate) fn actor(&self, asker: &Asker) -> String {
        let bot_of = |app: &u64| self.apps.get(app).map(|app| app.bot());
        match asker {
            Asker::Anonymous => None,
            Asker::User(login) => Some(login.clone()),
            Asker::App(app) => bot_of(app),
            Asker::Installation { installation, .. } => self
                .installations
                .get(installation)
                .and_then(|installation| bot_of(&installation.app)),
        }
        .unwrap_or_else(|| "ghost".to_owned())
    }
}

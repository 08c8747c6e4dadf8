//! Which path leads where.

use super::permissions::Level;
use super::{Asker, Call, GitHub, Handled};
use crate::exchange::Answer;
use http::Method;
use serde_json::json;

impl GitHub {
    pub(crate) fn route(&mut self, call: &Call<'_>) -> Handled {
        let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["rate_limit"] => Ok(self.show_rate_limit(call)),
            ["user"] => self.show_self(call),
            ["users", login] => self.show_account(login),
            ["orgs", login] => self.show_account(login),
            ["orgs", login, "repos"] => self.list_repositories(call, login),
            ["app", rest @ ..] => self.route_app(call, rest),
            ["orgs", login, "installation"] | ["users", login, "installation"] => {
                self.show_installation_on(call, login)
            }
            ["installation", rest @ ..] => self.route_installation(call, rest),
            ["repos", owner, name, rest @ ..] => {
                let repository = self.visible_repository(call, owner, name)?;
                self.route_repository(call, repository, rest)
            }
            ["uploads", "repos", owner, name, "releases", release, "assets"] => {
                let repository = self.visible_repository(call, owner, name)?;
                self.upload_asset(call, repository, Call::number(release)?)
            }
            [owner, name, "releases", "download", tag, asset] => {
                let repository = self.visible_repository(call, owner, name)?;
                self.download_by_name(repository, tag, asset)
            }
            _ => Err(Answer::not_found()),
        }
    }

    fn route_repository(&mut self, call: &Call<'_>, repository: u64, rest: &[&str]) -> Handled {
        let is_get = call.request.method == Method::GET;
        match rest {
            [] if is_get => self.show_repository(call, repository),
            ["installation"] => self.show_repository_installation(call, repository),
            ["contents", path @ ..] => self.show_contents(call, repository, &path.join("/")),
            ["git", rest @ ..] => self.route_git(call, repository, rest),
            ["branches", branch @ ..] if is_get => self.show_branch(call, repository, &branch.join("/")),
            ["compare", range @ ..] if is_get => self.compare(call, repository, &range.join("/")),
            ["activity"] if is_get => self.list_activity(call, repository),
            ["tags"] if is_get => self.list_tags(call, repository),
            ["commits", rest @ ..] => self.route_commits(call, repository, rest),
            ["statuses", sha] => self.create_status(call, repository, sha),
            ["collaborators", login, "permission"] => self.show_role(call, repository, login),
            ["dispatches"] => self.dispatch_repository(call, repository),
            ["actions", "permissions"] if is_get => self.show_actions_permissions(call, repository),
            ["actions", "runners"] if is_get => self.list_runners(call, repository),
            ["actions", rest @ ..] => self.route_actions(call, repository, rest),
            ["releases", rest @ ..] => self.route_releases(call, repository, rest),
            ["pulls", rest @ ..] => self.route_pulls(call, repository, rest),
            ["issues", rest @ ..] => self.route_issues(call, repository, rest),
            ["check-runs", rest @ ..] => self.route_check_runs(call, repository, rest),
            ["rulesets", rest @ ..] => self.route_rulesets(call, repository, rest),
            ["rules", "branches", branch @ ..] if is_get => {
                self.rules_of_branch(call, repository, &branch.join("/"))
            }
            ["immutable-releases"] => self.immutable_releases(call, repository),
            _ => Err(Answer::not_found()),
        }
    }

    fn show_rate_limit(&self, call: &Call<'_>) -> Answer {
        let key = self.rate_key(&call.asker);
        let standing = self.ledger.standing(&key, &self.limits, self.now);
        let core = json!({
            "limit": standing.limit,
            "used": standing.used,
            "remaining": standing.limit.saturating_sub(standing.used),
            "reset": standing.reset_seconds,
        });
        let body = json!({"resources": {"core": core, "search": core}, "rate": core});
        Answer::json(200, &body)
    }

    fn show_self(&self, call: &Call<'_>) -> Handled {
        match &call.asker {
            Asker::User(login) => self.show_account(login),
            Asker::Installation { .. } => Err(Answer::refusal(403, "Resource not accessible by integration")),
            Asker::App(_) | Asker::Anonymous => Err(Answer::refusal(401, "Requires authentication")),
        }
    }

    fn show_account(&self, login: &str) -> Handled {
        let account = self
            .accounts
            .get(&login.to_ascii_lowercase())
            .ok_or_else(Answer::not_found)?;
        let mut view = self.user_view(&account.login);
        let start = super::iso(self.start);
        super::views::merge(
            &mut view,
            json!({
                "name": account.login, "company": null, "blog": "", "location": null, "email": null, "hireable": null,
                "bio": null, "twitter_username": null, "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0,
                "created_at": start, "updated_at": start,
            }),
        );
        Ok(Answer::json(200, &view))
    }

    /// What an account has, as far as whoever asks may know of it, the newest first.
    fn list_repositories(&self, call: &Call<'_>, login: &str) -> Handled {
        let account = self.accounts.get(&login.to_ascii_lowercase());
        if call.request.method != Method::GET || account.is_none() {
            return Err(Answer::not_found());
        }
        let views = self
            .repositories
            .values()
            .rev()
            .filter(|known| known.owner.eq_ignore_ascii_case(login) && self.sees(&call.asker, known))
            .map(|known| self.full_repository_view(known))
            .collect();
        Ok(call.list(&self.api, views))
    }

    fn show_repository(&self, call: &Call<'_>, repository: u64) -> Handled {
        self.permit(call, repository, "metadata", Level::Read)?;
        let repository = self.known(repository)?;
        Ok(Answer::json(200, &self.full_repository_view(repository)))
    }

    fn show_role(&self, call: &Call<'_>, repository: u64, login: &str) -> Handled {
        self.permit(call, repository, "metadata", Level::Read)?;
        if !self.accounts.contains_key(&login.to_ascii_lowercase()) {
            return Err(Answer::not_found());
        }
        let role = self.role(login, repository).name();
        let mut user = self.user_view(login);
        user["role_name"] = json!(role);
        let body = json!({"permission": role, "role_name": role, "user": user});
        Ok(Answer::json(200, &body))
    }

    /// A repository that was found before.
    pub(crate) fn known(&self, repository: u64) -> Result<&super::Repository, Answer> {
        self.repositories.get(&repository).ok_or_else(Answer::not_found)
    }

    pub(crate) fn known_mut(&mut self, repository: u64) -> Result<&mut super::Repository, Answer> {
        self.repositories
            .get_mut(&repository)
            .ok_or_else(Answer::not_found)
    }
}

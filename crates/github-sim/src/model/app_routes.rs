//! Apps and their installations: who they are, and the tokens that they get.

use super::{App, Asker, Call, GitHub, Handled, Installation, Permissions, Token, iso};
use crate::exchange::Answer;
use crate::truth::Happened;
use domain_types::Timestamp;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How long a token of an installation lives, in seconds: one hour.
const TOKEN_SECONDS: u64 = 3_600;

impl GitHub {
    pub(crate) fn route_app(&mut self, call: &Call<'_>, rest: &[&str]) -> Handled {
        let Asker::App(app) = call.asker else {
            return Err(Answer::refusal(401, "A JSON web token could not be decoded"));
        };
        let method = &call.request.method;
        match rest {
            [] if method == Method::GET => {
                let app = self.apps.get(&app).ok_or_else(Answer::not_found)?;
                Ok(Answer::json(200, &self.app_view(app)))
            }
            ["installations"] if method == Method::GET => {
                let own = self.installations.values().filter(|known| known.app == app);
                let views = own.map(|known| self.installation_view(known)).collect();
                Ok(call.list(&self.api, views))
            }
            ["installations", id] if method == Method::GET => {
                let installation = self.own_installation(app, Call::number(id)?)?;
                Ok(Answer::json(200, &self.installation_view(installation)))
            }
            ["installations", id, "access_tokens"] if method == Method::POST => {
                let installation = self.own_installation(app, Call::number(id)?)?;
                if installation.suspended.is_some() {
                    return Err(Answer::refusal(403, "This installation has been suspended"));
                }
                let installation = installation.id;
                self.create_token(call, app, installation)
            }
            ["hook", "config"] if method == Method::GET => self.show_hook_config(app),
            ["hook", "deliveries", rest @ ..] => self.route_deliveries(call, app, rest),
            _ => Err(Answer::not_found()),
        }
    }

    pub(crate) fn route_installation(&mut self, call: &Call<'_>, rest: &[&str]) -> Handled {
        let Asker::Installation { installation, token } = &call.asker else {
            return Err(Answer::refusal(
                403,
                "You must authenticate with an installation access token in order to list repositories for an installation.",
            ));
        };
        match rest {
            ["repositories"] if call.request.method == Method::GET => {
                let reached = self.reached_repositories(*installation, token);
                let views: Vec<Value> = reached
                    .iter()
                    .filter_map(|id| self.repositories.get(id))
                    .map(|repository| self.full_repository_view(repository))
                    .collect();
                Ok(call.counted_list(&self.api, "repositories", views))
            }
            ["token"] if call.request.method == Method::DELETE => {
                self.tokens.remove(token);
                Ok(Answer::empty(204))
            }
            _ => Err(Answer::not_found()),
        }
    }

    fn reached_repositories(&self, installation: u64, token: &str) -> BTreeSet<u64> {
        let known = self.installations.get(&installation);
        let all = self
            .repositories
            .values()
            .filter(|repository| {
                known.is_some_and(|known| known.account == repository.owner && known.reaches(repository.id))
            })
            .map(|repository| repository.id);
        match self.tokens.get(token) {
            Some(Token::Installation {
                repositories: Some(narrowed),
                ..
            }) => narrowed.clone(),
            Some(Token::Installation { .. }) => all.collect(),
            Some(Token::Person(_)) | None => BTreeSet::new(),
        }
    }

    pub(crate) fn show_installation_on(&self, call: &Call<'_>, account: &str) -> Handled {
        let Asker::App(app) = call.asker else {
            return Err(Answer::refusal(401, "A JSON web token could not be decoded"));
        };
        let id = self.installation_on(app, account).ok_or_else(Answer::not_found)?;
        let installation = self.own_installation(app, id)?;
        Ok(Answer::json(200, &self.installation_view(installation)))
    }

    pub(crate) fn show_repository_installation(&self, call: &Call<'_>, repository: u64) -> Handled {
        let repository = self.known(repository)?;
        if let Asker::App(app) = call.asker
            && self.reaching(app, repository).is_none()
        {
            return Err(Answer::not_found());
        }
        let owner = repository.owner.clone();
        self.show_installation_on(call, &owner)
    }

    fn own_installation(&self, app: u64, id: u64) -> Result<&Installation, Answer> {
        self.installations
            .get(&id)
            .filter(|known| known.app == app)
            .ok_or_else(Answer::not_found)
    }

    fn create_token(&mut self, call: &Call<'_>, app: u64, installation: u64) -> Handled {
        let granted = self
            .apps
            .get(&app)
            .map(|app| app.permissions.clone())
            .unwrap_or_default();
        let permissions = narrowed_permissions(&call.body["permissions"], granted)?;
        let repositories = self.narrowed_repositories(call, installation)?;
        let known = self.installations.get(&installation);
        let is_selected = known.is_some_and(|known| known.selected.is_some());
        let expires = Timestamp::from_seconds(self.now.plus_seconds(TOKEN_SECONDS).seconds());
        let token = format!("ghs_{}", self.random.word(36));
        let mut body = json!({
            "token": token,
            "expires_at": iso(expires),
            "permissions": permissions,
            "repository_selection": if repositories.is_some() || is_selected { "selected" } else { "all" },
        });
        if let Some(ids) = &repositories {
            let views = ids.iter().filter_map(|id| self.repositories.get(id));
            body["repositories"] = views.map(|known| self.full_repository_view(known)).collect();
        }
        let made = Token::Installation {
            installation,
            permissions,
            repositories,
            expires,
        };
        self.tokens.insert(token, made);
        self.happened(Happened::TokenMade { installation });
        Ok(Answer::json(201, &body))
    }

    fn narrowed_repositories(
        &self,
        call: &Call<'_>,
        installation: u64,
    ) -> Result<Option<BTreeSet<u64>>, Answer> {
        let (names, ids) = (&call.body["repositories"], &call.body["repository_ids"]);
        if names.is_null() && ids.is_null() {
            return Ok(None);
        }
        let known = self.installations.get(&installation);
        let mut narrowed = BTreeSet::new();
        let asked = [names, ids].into_iter().filter_map(Value::as_array).flatten();
        for one in asked {
            let found = self.repositories.values().find(|repository| {
                known.is_some_and(|known| known.account == repository.owner && known.reaches(repository.id))
                    && (one
                        .as_str()
                        .is_some_and(|name| repository.name.eq_ignore_ascii_case(name))
                        || one.as_u64() == Some(repository.id))
            });
            let message = "There is at least one repository that does not exist or is not accessible to the parent installation.";
            narrowed.insert(found.ok_or_else(|| Answer::refusal(422, message))?.id);
        }
        Ok(Some(narrowed))
    }

    pub(crate) fn app_view(&self, app: &App) -> Value {
        json!({
            "id": app.id,
            "slug": app.slug,
            "client_id": format!("Iv1.{:016x}", app.id),
            "node_id": format!("A_{}", app.id),
            "owner": self.user_view(&app.owner),
            "name": app.slug,
            "description": "",
            "external_url": format!("{}/apps/{}", self.api, app.slug),
            "html_url": format!("{}/apps/{}", self.api, app.slug),
            "created_at": iso(app.created),
            "updated_at": iso(app.created),
            "permissions": app.permissions,
            "events": shown_events(app),
            "installations_count": self.installations.values().filter(|known| known.app == app.id).count(),
        })
    }

    /// An App as what it makes mentions it.
    pub(crate) fn short_app_view(&self, app: &App) -> Value {
        let mut view = self.app_view(app);
        if let Some(fields) = view.as_object_mut() {
            fields.retain(|name, _| name != "client_id" && name != "installations_count");
        }
        view
    }

    pub(crate) fn installation_view(&self, installation: &Installation) -> Value {
        let app = self.apps.get(&installation.app);
        let account = self.user_view(&installation.account);
        let url = format!("{}/app/installations/{}", self.api, installation.id);
        json!({
            "id": installation.id,
            "target_id": account["id"],
            "target_type": account["type"],
            "account": account,
            "repository_selection": if installation.selected.is_some() { "selected" } else { "all" },
            "access_tokens_url": format!("{url}/access_tokens"),
            "repositories_url": format!("{}/installation/repositories", self.api),
            "html_url": format!("{}/settings/installations/{}", self.api, installation.id),
            "app_id": installation.app,
            "app_slug": app.map(|app| &app.slug),
            "permissions": app.map(|app| &app.permissions),
            "events": app.map(shown_events),
            "created_at": iso(installation.created),
            "updated_at": iso(installation.created),
            "single_file_name": null,
            "has_multiple_single_files": false,
            "single_file_paths": [],
            "suspended_by": null,
            "suspended_at": installation.suspended.map(iso),
        })
    }
}

/// What an App hears of. That it is installed it hears always, so that this is never among what it chose.
fn shown_events(app: &App) -> Vec<&String> {
    app.events
        .iter()
        .filter(|event| *event != "installation")
        .collect()
}

/// What a token may do: what was asked for, if the App has all of it; all that it has if nothing was asked for.
fn narrowed_permissions(asked: &Value, granted: Permissions) -> Result<Permissions, Answer> {
    let Some(asked) = asked.as_object() else {
        return Ok(granted);
    };
    let mut narrowed = Permissions::new();
    for (name, level) in asked {
        let level = level.as_str().unwrap_or_default();
        let has_level = |known: &String| known == level || (known == "write" && level == "read");
        let is_metadata = name == "metadata" && level == "read";
        if !is_metadata && !granted.get(name).is_some_and(has_level) {
            return Err(Answer::refusal(
                422,
                "The permissions requested are not granted to this installation.",
            ));
        }
        narrowed.insert(name.clone(), level.to_owned());
    }
    Ok(narrowed)
}

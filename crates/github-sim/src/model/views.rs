//! Accounts and repositories as the API shows them.

use super::{GitHub, Repository, iso};
use serde_json::{Value, json};

/// The links of a repository that are templates of paths below it: name of the field and what follows the repository's URL.
const LINKS: &[(&str, &str)] = &[
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

impl GitHub {
    /// An account in short.
    pub(crate) fn user_view(&self, login: &str) -> Value {
        let account = self.accounts.get(&login.to_ascii_lowercase());
        let (id, kind) = account.map_or((0, "User"), |account| (account.id, account.kind));
        let name = super::call::encoded(login);
        let url = format!("{}/users/{name}", self.api);
        json!({
            "login": login,
            "id": id,
            "node_id": format!("U_{id}"),
            "avatar_url": format!("{}/avatars/{id}", self.api),
            "gravatar_id": "",
            "url": url,
            "html_url": format!("{}/{name}", self.api),
            "followers_url": format!("{url}/followers"),
            "following_url": format!("{url}/following{{/other_user}}"),
            "gists_url": format!("{url}/gists{{/gist_id}}"),
            "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{url}/subscriptions"),
            "organizations_url": format!("{url}/orgs"),
            "repos_url": format!("{url}/repos"),
            "events_url": format!("{url}/events{{/privacy}}"),
            "received_events_url": format!("{url}/received_events"),
            "type": kind,
            "site_admin": false,
        })
    }

    pub(crate) fn repository_url(&self, repository: &Repository) -> String {
        format!("{}/repos/{}", self.api, repository.full_name())
    }

    pub(crate) fn repository_page(&self, repository: &Repository) -> String {
        format!("{}/{}", self.api, repository.full_name())
    }

    /// A repository as other things mention it.
    pub(crate) fn repository_view(&self, repository: &Repository) -> Value {
        let url = self.repository_url(repository);
        let mut view = json!({
            "id": repository.id,
            "node_id": format!("R_{}", repository.id),
            "name": repository.name,
            "full_name": repository.full_name(),
            "owner": self.user_view(&repository.owner),
            "private": repository.is_private,
            "html_url": self.repository_page(repository),
            "description": null,
            "fork": repository.fork_of.is_some(),
            "url": url,
        });
        for (field, rest) in LINKS {
            view[*field] = Value::String(format!("{url}{rest}"));
        }
        view
    }

    /// A repository as webhooks and pull requests mention it: whole, but for what only its own page counts.
    pub(crate) fn told_repository_view(&self, repository: &Repository) -> Value {
        let mut view = self.full_repository_view(repository);
        if let Some(fields) = view.as_object_mut() {
            fields.retain(|name, _| name != "network_count" && name != "subscribers_count");
        }
        view
    }

    /// A repository by itself.
    pub(crate) fn full_repository_view(&self, repository: &Repository) -> Value {
        let mut view = self.repository_view(repository);
        let page = self.repository_page(repository);
        let more = json!({
            "git_url": format!("git:{}", page.trim_start_matches("http:")),
            "ssh_url": format!("git@localhost:{}.git", repository.full_name()),
            "clone_url": format!("{page}.git"),
            "svn_url": page,
            "mirror_url": null,
            "homepage": null,
            "language": null,
            "license": null,
            "forks_count": 0,
            "forks": 0,
            "stargazers_count": 0,
            "watchers_count": 0,
            "watchers": 0,
            "size": 1,
            "default_branch": repository.default_branch,
            "open_issues_count": 0,
            "open_issues": 0,
            "subscribers_count": 0,
            "network_count": 0,
            "has_issues": true,
            "has_projects": false,
            "has_wiki": false,
            "has_pages": false,
            "has_downloads": true,
            "has_discussions": false,
            "archived": false,
            "disabled": false,
            "visibility": if repository.is_private { "private" } else { "public" },
            "topics": [],
            "custom_properties": {},
            "is_template": false,
            "allow_forking": true,
            "web_commit_signoff_required": false,
            "pushed_at": iso(repository.pushed),
            "created_at": iso(repository.created),
            "updated_at": iso(repository.pushed),
        });
        merge(&mut view, more);
        view
    }
}

/// Adds the fields of one object to another.
pub(crate) fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

//! Commits, branches and tags as they are read.

use super::changes::changes;
use super::permissions::Level;
use super::{Call, GitHub, Handled, Repository, iso};
use crate::exchange::Answer;
use crate::objects::{AUTHOR_EMAIL, AUTHOR_NAME, Commit};
use domain_types::Timestamp;
use serde_json::{Value, json};

/// Files that are shown of a comparison.
const COMPARED_FILES_MAX: usize = 300;

impl GitHub {
    pub(crate) fn route_commits(&mut self, call: &Call<'_>, repository: u64, rest: &[&str]) -> Handled {
        match rest {
            [words @ .., "statuses"] => self.list_statuses(call, repository, &words.join("/")),
            [words @ .., "check-runs"] => self.list_checks(call, repository, &words.join("/")),
            [words @ .., "pulls"] => self.list_pulls_of_commit(call, repository, &words.join("/")),
            [words @ .., "status"] => self.combined_status(call, repository, &words.join("/")),
            [] => Err(Answer::not_found()),
            words => self.show_commit(call, repository, &words.join("/")),
        }
    }

    /// The commit that some words name, or what GitHub says if there is none.
    pub(crate) fn commit_named(&self, repository: u64, words: &str) -> Result<String, Answer> {
        self.known(repository)?
            .resolve(words)
            .ok_or_else(|| Answer::refusal(422, &format!("No commit found for SHA: {words}")))
    }

    fn show_commit(&self, call: &Call<'_>, repository: u64, words: &str) -> Handled {
        self.permit(call, repository, "contents", Level::Read)?;
        let sha = self.commit_named(repository, words)?;
        if call.accepts("application/vnd.github.sha") {
            return Ok(Answer::bytes(200, sha.into()));
        }
        let repository = self.known(repository)?;
        let commit = repository.objects.commit(&sha).ok_or_else(Answer::not_found)?;
        let mut view = self.commit_view(repository, commit);
        view["stats"] = json!({"total": 0, "additions": 0, "deletions": 0});
        view["files"] = json!([]);
        Ok(Answer::json(200, &view))
    }

    pub(crate) fn commit_view(&self, repository: &Repository, commit: &Commit) -> Value {
        let url = self.repository_url(repository);
        let page = self.repository_page(repository);
        let sha = &commit.sha;
        let parents: Vec<Value> = commit
            .parents
            .iter()
            .map(|parent| json!({"sha": parent, "url": format!("{url}/commits/{parent}"), "html_url": format!("{page}/commit/{parent}")}))
            .collect();
        json!({
            "sha": sha,
            "node_id": format!("C_{sha}"),
            "url": format!("{url}/commits/{sha}"),
            "html_url": format!("{page}/commit/{sha}"),
            "comments_url": format!("{url}/commits/{sha}/comments"),
            "commit": {
                "url": format!("{url}/git/commits/{sha}"),
                "author": signature(commit.seconds),
                "committer": signature(commit.seconds),
                "message": commit.message,
                "comment_count": 0,
                "tree": {"sha": commit.tree, "url": format!("{url}/git/trees/{}", commit.tree)},
                "verification": unverified(),
            },
            "author": null,
            "committer": null,
            "parents": parents,
        })
    }

    pub(crate) fn show_git_commit(&self, repository: u64, sha: &str) -> Handled {
        let repository = self.known(repository)?;
        let commit = repository.objects.commit(sha).ok_or_else(Answer::not_found)?;
        let mut view = self.commit_view(repository, commit);
        let url = self.repository_url(repository);
        let body = json!({
            "sha": sha,
            "node_id": view["node_id"],
            "url": format!("{url}/git/commits/{sha}"),
            "html_url": view["html_url"],
            "author": view["commit"]["author"],
            "committer": view["commit"]["committer"],
            "message": commit.message,
            "tree": view["commit"]["tree"],
            "parents": view["parents"].take(),
            "verification": unverified(),
        });
        Ok(Answer::json(200, &body))
    }

    pub(crate) fn show_branch(&self, call: &Call<'_>, repository: u64, branch: &str) -> Handled {
        self.permit(call, repository, "contents", Level::Read)?;
        let repository = self.known(repository)?;
        let url = self.repository_url(repository);
        let missing = || Answer::refusal(404, "Branch not found");
        if branch.is_empty() {
            let views = repository.refs.iter().filter_map(|(name, sha)| {
                let name = name.strip_prefix("refs/heads/")?;
                let commit = json!({"sha": sha, "url": format!("{url}/commits/{sha}")});
                Some(json!({"name": name, "commit": commit, "protected": false}))
            });
            return Ok(call.list(&self.api, views.collect()));
        }
        let sha = repository
            .commit_of_ref(&format!("refs/heads/{branch}"))
            .ok_or_else(missing)?;
        let commit = repository.objects.commit(&sha).ok_or_else(missing)?;
        let body = json!({
            "name": branch,
            "commit": self.commit_view(repository, commit),
            "_links": {"html": format!("{}/tree/{branch}", self.repository_page(repository)), "self": format!("{url}/branches/{branch}")},
            "protected": false,
            "protection": {"enabled": false},
            "protection_url": format!("{url}/branches/{branch}/protection"),
        });
        Ok(Answer::json(200, &body))
    }

    /// The files that differ, as many as GitHub shows.
    fn compared_files(&self, call: &Call<'_>, known: &Repository, (base, head): (&str, &str)) -> Vec<Value> {
        if call.query("page").is_some_and(|page| page != "1") {
            return Vec::new();
        }
        let files = changes(known, base, head);
        let shown = files.iter().take(COMPARED_FILES_MAX);
        shown.map(|file| self.changed_view(known, head, file)).collect()
    }

    /// How one commit lies to another: `BASE...HEAD`, and the commits between them, a page of them, the oldest first. The files come with the first page.
    pub(crate) fn compare(&self, call: &Call<'_>, repository: u64, range: &str) -> Handled {
        self.permit(call, repository, "contents", Level::Read)?;
        let (base, head) = range.split_once("...").ok_or_else(Answer::not_found)?;
        let known = self.known(repository)?;
        let commit_of = |words: &str| {
            let sha = known.resolve(words)?;
            known.objects.commit(&sha)
        };
        let (Some(base), Some(head)) = (commit_of(base), commit_of(head)) else {
            return Err(Answer::not_found());
        };
        let (ahead_by, behind_by) = known.objects.apart(&base.sha, &head.sha);
        let status = match (ahead_by, behind_by) {
            (0, 0) => "identical",
            (_, 0) => "ahead",
            (0, _) => "behind",
            (_, _) => "diverged",
        };
        let (url, page) = (self.repository_url(known), self.repository_page(known));
        let fork = known.objects.commit(&known.objects.fork_of(&base.sha, &head.sha));
        let fork = fork.ok_or_else(Answer::not_found)?;
        let between = known.objects.lacking(&base.sha, &head.sha);
        let between = between.into_iter().filter_map(|sha| known.objects.commit(sha));
        let views = between.map(|commit| self.commit_view(known, commit)).collect();
        let (views, link) = call.one_page(&self.api, views);
        let body = json!({
            "url": format!("{url}/compare/{range}"),
            "html_url": format!("{page}/compare/{range}"),
            "permalink_url": format!("{page}/compare/{}...{}", base.sha, head.sha),
            "diff_url": format!("{page}/compare/{range}.diff"),
            "patch_url": format!("{page}/compare/{range}.patch"),
            "base_commit": self.commit_view(known, base),
            "merge_base_commit": self.commit_view(known, fork),
            "status": status,
            "ahead_by": ahead_by,
            "behind_by": behind_by,
            "total_commits": ahead_by,
            "commits": views,
            "files": self.compared_files(call, known, (&base.sha, &head.sha)),
        });
        let mut answer = Answer::json(200, &body);
        link.iter().for_each(|link| answer.header("link", link));
        Ok(answer)
    }

    pub(crate) fn list_tags(&self, call: &Call<'_>, repository: u64) -> Handled {
        self.permit(call, repository, "contents", Level::Read)?;
        let repository = self.known(repository)?;
        let url = self.repository_url(repository);
        let views = repository.refs.keys().rev().filter_map(|name| {
            let tag = name.strip_prefix("refs/tags/")?;
            let sha = repository.commit_of_ref(name)?;
            Some(json!({
                "name": tag,
                "commit": {"sha": sha, "url": format!("{url}/commits/{sha}")},
                "zipball_url": format!("{url}/zipball/{name}"),
                "tarball_url": format!("{url}/tarball/{name}"),
                "node_id": format!("REF_{}_{name}", repository.id),
            }))
        });
        Ok(call.list(&self.api, views.collect()))
    }

    /// A commit as runs and pushes mention it.
    pub(crate) fn short_commit_view(&self, repository: &Repository, sha: &str) -> Value {
        match repository.objects.commit(sha) {
            None => Value::Null,
            Some(commit) => {
                let who = json!({"name": AUTHOR_NAME, "email": AUTHOR_EMAIL});
                json!({
                    "id": sha,
                    "tree_id": commit.tree,
                    "message": commit.message,
                    "timestamp": iso(Timestamp::from_seconds(commit.seconds)),
                    "author": who,
                    "committer": who,
                })
            }
        }
    }
}

/// Who wrote something, and when.
pub(crate) fn signature(seconds: i64) -> Value {
    json!({"name": AUTHOR_NAME, "email": AUTHOR_EMAIL, "date": iso(Timestamp::from_seconds(seconds))})
}

pub(crate) fn unverified() -> Value {
    json!({"verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null})
}

//! Pull requests, their files and reviews as the API and the webhooks show them.

use super::changes::{FileChange, changes, commits_between};
use super::pulls::{Pull, Review};
use super::{GitHub, Repository, iso};
use serde_json::{Value, json};

impl GitHub {
    /// A pull request in whole.
    pub(crate) fn pull_view(&self, pull: &Pull) -> Value {
        let Some(repository) = self.repositories.get(&pull.repository) else {
            return Value::Null;
        };
        let mut view = self.short_pull_view(repository, pull);
        let base = pull.compared_with(repository);
        let files = changes(repository, &base, &pull.head_sha);
        let commits = commits_between(repository, &base, &pull.head_sha).len();
        let comments = self
            .comments
            .values()
            .filter(|comment| comment.repository == pull.repository && comment.number == pull.number);
        let more = json!({
            "merged": pull.merged.is_some(),
            "mergeable": pull.closed.is_none().then_some(true),
            "mergeable_state": "clean",
            "rebaseable": pull.closed.is_none().then_some(true),
            "merged_by": pull.merged.as_ref().map(|merge| self.user_view(&merge.by)),
            "comments": comments.count(),
            "review_comments": 0,
            "maintainer_can_modify": false,
            "commits": commits,
            "additions": files.iter().map(|file| file.additions).sum::<usize>(),
            "deletions": files.iter().map(|file| file.deletions).sum::<usize>(),
            "changed_files": files.len(),
        });
        super::views::merge(&mut view, more);
        view
    }

    pub(crate) fn short_pull_view(&self, repository: &Repository, pull: &Pull) -> Value {
        let base = self.repository_url(repository);
        let page = format!("{}/pull/{}", self.repository_page(repository), pull.number);
        let url = format!("{base}/pulls/{}", pull.number);
        let issue = format!("{base}/issues/{}", pull.number);
        let statuses = format!("{base}/statuses/{}", pull.head_sha);
        let link = |href: &str| json!({"href": href});
        let head = self.repositories.get(&pull.head_repository);
        let labels: Vec<Value> = pull
            .labels
            .iter()
            .map(|label| self.label_view(repository, label))
            .collect();
        json!({
            "url": url,
            "id": pull.id,
            "node_id": format!("PR_{}", pull.id),
            "html_url": page,
            "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"),
            "issue_url": issue,
            "commits_url": format!("{url}/commits"),
            "review_comments_url": format!("{url}/comments"),
            "review_comment_url": format!("{base}/pulls/comments{{/number}}"),
            "comments_url": format!("{issue}/comments"),
            "statuses_url": statuses,
            "number": pull.number,
            "state": if pull.closed.is_some() { "closed" } else { "open" },
            "locked": false,
            "title": pull.title,
            "user": self.user_view(&pull.author),
            "body": pull.body,
            "labels": labels,
            "milestone": null,
            "created_at": iso(pull.created),
            "updated_at": iso(pull.updated),
            "closed_at": pull.closed.map(iso),
            "merged_at": pull.merged.as_ref().map(|merge| iso(merge.at)),
            "merge_commit_sha": pull.merged.as_ref().map(|merge| &merge.sha),
            "assignee": null,
            "assignees": [],
            "requested_reviewers": [],
            "requested_teams": [],
            "draft": pull.is_draft,
            "head": self.pull_end(head, (&pull.head_owner, &pull.head), &pull.head_sha),
            "base": self.pull_end(Some(repository), (&repository.owner, &pull.base), &pull.base_sha),
            "_links": {
                "self": link(&url), "html": link(&page), "issue": link(&issue), "comments": link(&format!("{issue}/comments")),
                "review_comments": link(&format!("{url}/comments")), "review_comment": link(&format!("{base}/pulls/comments{{/number}}")),
                "commits": link(&format!("{url}/commits")), "statuses": link(&statuses),
            },
            "author_association": "MEMBER",
            "auto_merge": null,
            "active_lock_reason": null,
        })
    }

    /// One side of a pull request; its repository may be gone.
    fn pull_end(&self, repository: Option<&Repository>, (owner, branch): (&str, &str), sha: &str) -> Value {
        json!({
            "label": format!("{owner}:{branch}"),
            "ref": branch,
            "sha": sha,
            "user": self.user_view(owner),
            "repo": repository.map(|known| self.told_repository_view(known)),
        })
    }

    /// A label, which every repository is taken to have.
    pub(crate) fn label_view(&self, repository: &Repository, label: &str) -> Value {
        let name = super::call::encoded(label);
        json!({
            "id": repository.id,
            "node_id": format!("LA_{}_{name}", repository.id),
            "url": format!("{}/labels/{name}", self.repository_url(repository)),
            "name": label,
            "description": null,
            "color": "ededed",
            "default": false,
        })
    }

    pub(crate) fn file_view(&self, repository: &Repository, pull: &Pull, file: &FileChange) -> Value {
        self.changed_view(repository, &pull.head_sha, file)
    }

    /// A file that a commit changed.
    pub(crate) fn changed_view(&self, repository: &Repository, head: &str, file: &FileChange) -> Value {
        let page = self.repository_page(repository);
        let path = &file.path;
        let mut view = json!({
            "sha": file.blob,
            "filename": path,
            "status": file.status,
            "additions": file.additions,
            "deletions": file.deletions,
            "changes": file.additions + file.deletions,
            "blob_url": format!("{page}/blob/{head}/{path}"),
            "raw_url": format!("{page}/raw/{head}/{path}"),
            "contents_url": format!("{}/contents/{path}?ref={head}", self.repository_url(repository)),
        });
        if let Some(previous) = &file.previous {
            view["previous_filename"] = json!(previous);
        }
        view
    }

    pub(crate) fn review_view(&self, repository: &Repository, pull: &Pull, review: &Review) -> Value {
        let url = format!("{}/pulls/{}", self.repository_url(repository), pull.number);
        let page = format!("{}/pull/{}", self.repository_page(repository), pull.number);
        let shown = format!("{page}#pullrequestreview-{}", review.id);
        json!({
            "id": review.id,
            "node_id": format!("PRR_{}", review.id),
            "user": self.user_view(&review.user),
            "body": review.body,
            "state": review.state,
            "html_url": shown,
            "pull_request_url": url,
            "_links": {"html": {"href": shown}, "pull_request": {"href": url}},
            "commit_id": review.commit,
            "submitted_at": iso(review.at),
            "author_association": "MEMBER",
        })
    }
}

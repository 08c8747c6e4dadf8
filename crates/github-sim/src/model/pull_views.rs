//! Pull requests, their files and reviews as the API and the webhooks show them.

use super::pulls::{FileChange, Pull, Review, changes, commits_between};
use super::{GitHub, Repository, iso};
use serde_json::{Value, json};

impl GitHub {
    /// A pull request in whole.
    pub(crate) fn pull_view(&self, pull: &Pull) -> Value {
        let Some(repository) = self.repositories.get(&pull.repository) else {
            return Value::Null;
        };
        let mut view = self.short_pull_view(repository, pull);
        let base = repository.commit_of_ref(&format!("refs/heads/{}", pull.base));
        let files = base
            .as_deref()
            .map(|base| changes(repository, base, &pull.head_sha))
            .unwrap_or_default();
        let commits = base.map_or(0, |base| commits_between(repository, &base, &pull.head_sha).len());
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
            "labels": [],
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
            "head": self.pull_end(repository, &pull.head, Some(&pull.head_sha)),
            "base": self.pull_end(repository, &pull.base, None),
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

    fn pull_end(&self, repository: &Repository, branch: &str, sha: Option<&String>) -> Value {
        let now = repository.commit_of_ref(&format!("refs/heads/{branch}"));
        json!({
            "label": format!("{}:{branch}", repository.owner),
            "ref": branch,
            "sha": sha.cloned().or(now).unwrap_or_default(),
            "user": self.user_view(&repository.owner),
            "repo": self.told_repository_view(repository),
        })
    }

    pub(crate) fn file_view(&self, repository: &Repository, pull: &Pull, file: &FileChange) -> Value {
        let page = self.repository_page(repository);
        let path = &file.path;
        json!({
            "sha": file.blob,
            "filename": path,
            "status": file.status,
            "additions": file.additions,
            "deletions": file.deletions,
            "changes": file.additions + file.deletions,
            "blob_url": format!("{page}/blob/{}/{path}", pull.head_sha),
            "raw_url": format!("{page}/raw/{}/{path}", pull.head_sha),
            "contents_url": format!("{}/contents/{path}?ref={}", self.repository_url(repository), pull.head_sha),
        })
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

//! Commits by any name.

use super::Repository;
use crate::{ChangedFile, ChangedFiles, Commit, CommitRange, Comparison, ComparisonStatus, GitHubError};
use domain_types::{CommitSha, Timestamp};
use http::Method;
use serde::Deserialize;

/// Commits on one page of a comparison, as many as GitHub gives.
/// Files that GitHub shows of a comparison, at most.
const COMPARED_FILES_SHOWN_MAX: usize = 300;

const RANGE_PER_PAGE: u64 = 100;
/// Pages of a comparison that are read: three requests tell of what weeks bring, and who lets more pass is told how many there are.
const RANGE_PAGES_MAX: u64 = 3;

/// A commit, and when it was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitAt {
    /// Its name.
    pub sha: CommitSha,
    /// The committer's time.
    pub committed: Timestamp,
}

#[derive(Deserialize)]
struct CommitWire {
    sha: CommitSha,
    commit: Inner,
}

#[derive(Deserialize)]
struct Inner {
    committer: Option<Committer>,
}

#[derive(Deserialize)]
struct Committer {
    date: Timestamp,
}

#[derive(Deserialize)]
struct Standing {
    status: ComparisonStatus,
}

/// A page of a comparison. The files, which the first page has too, are nobody's business here.
#[derive(Deserialize)]
struct RangeFiles {
    #[serde(default)]
    files: Option<Vec<ChangedFile>>,
}

#[derive(Deserialize)]
struct RangePage {
    status: ComparisonStatus,
    behind_by: u64,
    total_commits: u64,
    commits: Vec<Commit>,
}

impl Repository {
    /// Whether a branch has a commit. GitHub keeps the commits of all forks of a repository together, and answers to any name of them: that a
    /// commit is found does not mean that anybody has merged it. None if the branch or the commit is not there.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn has_on_branch(&self, branch: &str, commit: &CommitSha) -> Result<Option<bool>, GitHubError> {
        let range = format!("{branch}...{commit}");
        let template = "/repos/{owner}/{repo}/compare/{basehead}";
        // What lies between them is not asked for.
        let call = self.call(Method::GET, template, &[&range]).query("per_page", "1");
        let found = self.client.read_optional::<Standing>(&call).await?;
        Ok(found.map(|found| {
            matches!(
                found.status,
                ComparisonStatus::Behind | ComparisonStatus::Identical
            )
        }))
    }

    /// The commit that a reference names: `tags/NAME`, `heads/NAME` or a commit; annotated tags are peeled by GitHub. None if
    /// there is no such reference.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn commit_at(&self, reference: &str) -> Result<Option<CommitAt>, GitHubError> {
        let call = self.call(Method::GET, "/repos/{owner}/{repo}/commits/{ref}", &[reference]);
        let found = match self.client.read_optional::<CommitWire>(&call).await {
            // GitHub's answer for a name that is neither a reference nor a commit.
            Err(error) if error.status() == Some(422) => None,
            found => found?,
        };
        Ok(found.map(|wire| CommitAt {
            sha: wire.sha,
            committed: wire
                .commit
                .committer
                .map_or(Timestamp::EPOCH, |committer| committer.date),
        }))
    }

    /// A commit with its tree and its parents; none if there is none.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn commit(&self, commit: &CommitSha) -> Result<Option<Commit>, GitHubError> {
        let template = "/repos/{owner}/{repo}/git/commits/{commit_sha}";
        let call = self.call(Method::GET, template, &[commit.as_str()]);
        self.client.read_optional(&call).await
    }

    /// How a head lies to a base, each a branch, a tag or a commit; none if one of them is not there. GitHub finds commits of forks too.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn compare(&self, base: &str, head: &str) -> Result<Option<Comparison>, GitHubError> {
        let range = format!("{base}...{head}");
        let template = "/repos/{owner}/{repo}/compare/{basehead}";
        // What lies between them is not asked for.
        let call = self.call(Method::GET, template, &[&range]).query("per_page", "1");
        self.client.read_optional(&call).await
    }

    /// The commits that a head has and a base has not, each a branch, a tag or a commit: at most the newest three hundred of them, and how
    /// many there are. None if the base or the head is not there.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn commits_between(&self, base: &str, head: &str) -> Result<Option<CommitRange>, GitHubError> {
        let Some(first) = self.range_page((base, head), 1).await? else {
            return Ok(None);
        };
        let pages = first.total_commits.div_ceil(RANGE_PER_PAGE);
        let begin = pages.saturating_sub(RANGE_PAGES_MAX) + 1;
        let mut commits = if begin == 1 { first.commits } else { Vec::new() };
        for page in begin.max(2)..=pages {
            // What was there a moment ago is there: the answer of nothing is none of ours.
            let Some(page) = self.range_page((base, head), page).await? else {
                return Ok(None);
            };
            commits.extend(page.commits);
        }
        Ok(Some(CommitRange {
            status: first.status,
            total: first.total_commits,
            behind_by: first.behind_by,
            commits,
        }))
    }

    /// What a head does to a base since they parted; none if one of them is not there.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn changed_between(&self, base: &str, head: &str) -> Result<Option<ChangedFiles>, GitHubError> {
        let range = format!("{base}...{head}");
        let template = "/repos/{owner}/{repo}/compare/{basehead}";
        // Files come with the first page, however short it is.
        let call = self.call(Method::GET, template, &[&range]).query("per_page", "1");
        let found = self.client.read_optional::<RangeFiles>(&call).await?;
        Ok(found.map(|found| match found.files {
            Some(files) if files.len() < COMPARED_FILES_SHOWN_MAX => ChangedFiles::All(files),
            Some(_) | None => ChangedFiles::TooMany,
        }))
    }

    async fn range_page(
        &self,
        (base, head): (&str, &str),
        page: u64,
    ) -> Result<Option<RangePage>, GitHubError> {
        let range = format!("{base}...{head}");
        let template = "/repos/{owner}/{repo}/compare/{basehead}";
        let call = self.call(Method::GET, template, &[&range]);
        let call = call.query("per_page", &RANGE_PER_PAGE.to_string());
        let call = match page {
            1 => call,
            further => call.query("page", &further.to_string()),
        };
        self.client.read_optional(&call).await
    }
}

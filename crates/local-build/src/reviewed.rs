//! Questions to the clone of somebody who has looked at a change: which commit is it, what does that hold, and what does it change?

use crate::{Error, Git};
use domain_types::{CommitSha, TreeSha};
use std::path::Path;

/// Lines of the summary of a change that are kept: more nobody reads.
const SUMMARY_LINES_MAX: usize = 60;

/// What was looked at, by the objects of a clone alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// The commit.
    pub head: CommitSha,
    /// Its tree.
    pub tree: TreeSha,
    /// From where the change begins, if the clone has the branch that it is meant for and both have a commit in common.
    pub since: Option<CommitSha>,
    /// The files that it changes since then, as `git diff --stat` lists them.
    pub summary: Vec<String>,
}

impl Git {
    /// What a clone knows of the commit of this name, as a change for this branch of its remote.
    ///
    /// # Errors
    /// [`Error::NotARepository`], [`Error::GitFailed`] if it has no such commit, or git's own failure.
    pub async fn reviewed(
        &self,
        clone: &Path,
        head: &str,
        (remote, base): (&str, &str),
    ) -> Result<Reviewed, Error> {
        self.object_folder(clone).await?;
        let head = self.named(clone, head).await?;
        let tree: TreeSha = self.object(clone, &format!("{head}^{{tree}}")).await?;
        let base = format!("refs/remotes/{remote}/{base}");
        let common = self
            .ask(clone, &["merge-base", "--end-of-options", &base, head.as_str()])
            .await?;
        let since: Option<CommitSha> = match common.status.success() {
            true => Some(common.line().parse().map_err(|_| common.not_understood())?),
            false => None,
        };
        let summary = match &since {
            Some(since) => self.summary(clone, since, &head).await?,
            None => Vec::new(),
        };
        Ok(Reviewed {
            head,
            tree,
            since,
            summary,
        })
    }

    /// The addresses that a clone fetches from under the name of a remote, as they are written in it; none if it has no such remote.
    ///
    /// # Errors
    /// [`Error::NotARepository`], or git's own failure.
    pub async fn remote_addresses(&self, clone: &Path, remote: &str) -> Result<Vec<String>, Error> {
        self.object_folder(clone).await?;
        let key = format!("remote.{remote}.url");
        let answer = self
            .ask(clone, &["config", "--get-all", "--end-of-options", &key])
            .await?;
        match answer.status.code() {
            Some(0) => Ok(answer.lines()),
            // There is none, or no remote can have such a name.
            Some(1) => Ok(Vec::new()),
            Some(_) | None => Err(answer.into_error()),
        }
    }

    /// The commit of this name. A tag may be named like a short commit: such a name means the commit that begins with it, or nothing.
    async fn named(&self, clone: &Path, name: &str) -> Result<CommitSha, Error> {
        let asked = format!("{name}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--end-of-options", &asked];
        let answer = self.run(clone, &arguments).await?;
        let commit: CommitSha = answer.line().parse().map_err(|_| answer.not_understood())?;
        let is_short = (4..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        match is_short && !commit.as_str().starts_with(&name.to_ascii_lowercase()) {
            true => Err(answer.not_understood()),
            false => Ok(commit),
        }
    }

    async fn object<T: std::str::FromStr>(&self, clone: &Path, name: &str) -> Result<T, Error> {
        let arguments = ["rev-parse", "--verify", "--end-of-options", name];
        let answer = self.run(clone, &arguments).await?;
        answer.line().parse().map_err(|_| answer.not_understood())
    }

    async fn summary(&self, clone: &Path, since: &CommitSha, head: &CommitSha) -> Result<Vec<String>, Error> {
        let arguments = [
            "-c",
            "core.quotePath=true",
            "diff",
            "--ignore-submodules=none",
            "--no-relative",
            "--stat=100",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            since.as_str(),
            head.as_str(),
            "--",
        ];
        let mut lines = self.run(clone, &arguments).await?.lines();
        // The last line counts all of them.
        if lines.len() > SUMMARY_LINES_MAX {
            let more = lines.len() - SUMMARY_LINES_MAX;
            lines.drain(SUMMARY_LINES_MAX - 1..lines.len() - 1);
            lines.insert(SUMMARY_LINES_MAX - 1, format!(" … and {more} more"));
        }
        Ok(lines)
    }
}

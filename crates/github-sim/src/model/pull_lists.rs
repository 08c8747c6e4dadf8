//! Lists of pull requests, and of what is in one.

use super::changes::{changes, commits_between};
use super::permissions::Level;
use super::pulls::Pull;
use super::{Call, GitHub, Handled};
use std::cmp::Reverse;

/// Files of a pull request that are listed at most.
const FILES_SHOWN_MAX: usize = 3_000;
/// Commits of a pull request that are listed at most.
const COMMITS_SHOWN_MAX: usize = 250;

impl GitHub {
    pub(crate) fn list_pulls(&self, call: &Call<'_>, repository: u64) -> Handled {
        let known = self.known(repository)?;
        let state = call.query("state").unwrap_or("open");
        let head = match call.query("head") {
            Some(words) => self.head_of_words(repository, words).map(Some),
            None => Ok(None),
        };
        let fits = |pull: &&Pull| {
            let is_head = match &head {
                Ok(None) => true,
                Ok(Some((id, branch))) => pull.head_repository == *id && pull.head == *branch,
                Err(_) => false,
            };
            is_head
                && pull.repository == repository
                && (state == "all" || (state == "closed") == pull.closed.is_some())
                && call.query("base").is_none_or(|base| pull.base == base)
        };
        let mut pulls: Vec<&Pull> = self.pulls.values().filter(fits).collect();
        match call.query("sort") {
            Some("updated") => pulls.sort_by_key(|pull| Reverse((pull.updated, pull.number))),
            _ => pulls.sort_by_key(|pull| Reverse((pull.created, pull.number))),
        }
        if call.query("direction") == Some("asc") {
            pulls.reverse();
        }
        Ok(call.list_of(&self.api, pulls, |pull| self.short_pull_view(known, pull)))
    }

    /// The pull requests of a commit: of one on the default branch those that brought it there, of another the open and the merged.
    pub(crate) fn list_pulls_of_commit(&self, call: &Call<'_>, repository: u64, words: &str) -> Handled {
        self.permit(call, repository, "pull_requests", Level::Read)?;
        let sha = self.commit_named(repository, words)?;
        let known = self.known(repository)?;
        let is_landed = known
            .head()
            .is_some_and(|head| known.objects.is_behind(&sha, &head));
        let is_last = known.objects.is_last(&sha);
        // Most commits are the last of their branch: for those it is not asked what lies behind every other head.
        let brings = |pull: &Pull| {
            (pull.head_sha == sha || (!is_last && known.objects.is_behind(&sha, &pull.head_sha)))
                && !known.objects.is_behind(&sha, &pull.compared_with(known))
        };
        let has = |pull: &&Pull| {
            pull.repository == repository
                && (pull.merged.is_some() || (pull.closed.is_none() && !is_landed))
                && (pull.merged.as_ref().is_some_and(|merge| merge.sha == sha) || brings(pull))
        };
        let found = self.pulls.values().filter(has);
        let views = found.map(|pull| self.short_pull_view(known, pull)).collect();
        Ok(call.list(&self.api, views))
    }

    pub(crate) fn list_files(&self, call: &Call<'_>, id: u64) -> Handled {
        let pull = self.known_pull(id)?;
        let known = self.known(pull.repository)?;
        let files = changes(known, &pull.compared_with(known), &pull.head_sha);
        let shown = files.iter().take(FILES_SHOWN_MAX);
        let views = shown.map(|file| self.file_view(known, pull, file)).collect();
        Ok(call.list(&self.api, views))
    }

    pub(crate) fn list_pull_commits(&self, call: &Call<'_>, id: u64) -> Handled {
        let pull = self.known_pull(id)?;
        let known = self.known(pull.repository)?;
        let views = commits_between(known, &pull.compared_with(known), &pull.head_sha)
            .iter()
            .take(COMMITS_SHOWN_MAX)
            .filter_map(|sha| known.objects.commit(sha))
            .map(|commit| self.commit_view(known, commit))
            .collect();
        Ok(call.list(&self.api, views))
    }

    pub(crate) fn list_reviews(&self, call: &Call<'_>, id: u64) -> Handled {
        let pull = self.known_pull(id)?;
        let known = self.known(pull.repository)?;
        let views = pull
            .reviews
            .iter()
            .map(|review| self.review_view(known, pull, review))
            .collect();
        Ok(call.list(&self.api, views))
    }
}

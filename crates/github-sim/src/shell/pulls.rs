//! What people do to pull requests of a running simulator, without a request. A pull request is named by account, repository and
//! number.

use super::running::Running;
use crate::error::SimError;
use crate::model::{MergeMethod, PullPlan, Repo};

type Repository<'a> = (&'a str, &'a str);
type Pull<'a> = (&'a str, &'a str, u64);

/// Everything here fails only if a name is unknown or taken, if GitHub itself would refuse, or if the disk does.
impl Running {
    /// Copies a repository with its branches and tags to another account, under the same name.
    pub fn fork(&self, owner: &str, name: &str, into: &str) -> Result<Repo, SimError> {
        self.act(|model| model.fork(owner, name, into))
    }

    /// A person deletes a repository. Pull requests from it stay; its folder on disk stays too.
    pub fn delete_repository(&self, owner: &str, name: &str, person: &str) -> Result<(), SimError> {
        self.act(|model| model.delete_repository(owner, name, person))
    }

    /// A person gives a repository another name. Under the old one GitHub says that it has moved; what lies on disk moves too.
    pub fn rename_repository(
        &self,
        repository: Repository<'_>,
        new_name: &str,
        person: &str,
    ) -> Result<(), SimError> {
        self.act(|model| model.rename_repository(repository, new_name, person))
    }

    /// A person lets an App reach these repositories of an account, and no other; the App is told what that changes.
    pub fn select_repositories_by(
        &self,
        app_account: (u64, &str),
        names: &[&str],
        person: &str,
    ) -> Result<(), SimError> {
        self.act(|model| model.select_repositories_by(app_account, names, person))
    }

    /// A person opens a pull request. Answers its number.
    pub fn open_pull_by(
        &self,
        repository: Repository<'_>,
        plan: PullPlan,
        person: &str,
    ) -> Result<u64, SimError> {
        self.act(|model| model.open_pull_by(repository, plan, person))
    }

    /// A person closes a pull request without merging it.
    pub fn close_pull_by(&self, pull: Pull<'_>, person: &str) -> Result<(), SimError> {
        self.act(|model| model.close_pull_by(pull, person))
    }

    /// A person opens a pull request again.
    pub fn reopen_pull_by(&self, pull: Pull<'_>, person: &str) -> Result<(), SimError> {
        self.act(|model| model.reopen_pull_by(pull, person))
    }

    /// A person proposes a pull request for another branch.
    pub fn retarget_by(&self, pull: Pull<'_>, base: &str, person: &str) -> Result<(), SimError> {
        self.act(|model| model.retarget_by(pull, base, person))
    }

    /// A person gives a pull request another title and another text.
    pub fn reword_by(&self, pull: Pull<'_>, words: (&str, &str), person: &str) -> Result<(), SimError> {
        self.act(|model| model.reword_by(pull, words, person))
    }

    /// A person makes a pull request a draft, or ready for review.
    pub fn set_draft_by(&self, pull: Pull<'_>, is_draft: bool, person: &str) -> Result<(), SimError> {
        self.act(|model| model.set_draft_by(pull, is_draft, person))
    }

    /// A person gives a pull request a label (true), or takes it away.
    pub fn set_label_by(&self, pull: Pull<'_>, label: (&str, bool), person: &str) -> Result<(), SimError> {
        self.act(|model| model.set_label_by(pull, label, person))
    }

    /// A person reviews a pull request: `APPROVED`, `CHANGES_REQUESTED` or `COMMENTED`, and words. Answers the review.
    pub fn review_by(&self, pull: Pull<'_>, said: (&str, &str), person: &str) -> Result<u64, SimError> {
        self.act(|model| model.review_by(pull, said, person))
    }

    /// A person comments on a pull request. Answers the comment.
    pub fn comment_by(&self, pull: Pull<'_>, body: &str, person: &str) -> Result<u64, SimError> {
        self.act(|model| model.comment_by(pull, body, person))
    }

    /// A person changes a comment.
    pub fn edit_comment_by(&self, comment: u64, body: &str, person: &str) -> Result<(), SimError> {
        self.act(|model| model.edit_comment_by(comment, body, person))
    }

    /// A person deletes a comment.
    pub fn delete_comment_by(&self, comment: u64, person: &str) -> Result<(), SimError> {
        self.act(|model| model.delete_comment_by(comment, person))
    }

    /// A person, or an App by its account `slug[bot]`, sets a status: its context and its state.
    pub fn status_by(
        &self,
        repository: Repository<'_>,
        sha: &str,
        said: (&str, &str),
        person: &str,
    ) -> Result<(), SimError> {
        self.act(|model| model.status_by(repository, sha, said, person))
    }

    /// An App says something about a commit: a name and how it ended, none while it is in progress. Answers the check run.
    pub fn check_by(
        &self,
        repository: Repository<'_>,
        sha: &str,
        said: (&str, Option<&str>),
        app: u64,
    ) -> Result<u64, SimError> {
        self.act(|model| model.check_by(repository, sha, said, app))
    }

    /// A person merges a pull request as far as the rules of its base allow it. Answers the commit.
    pub fn merge_by(&self, pull: Pull<'_>, method: MergeMethod, person: &str) -> Result<String, SimError> {
        self.act(|model| model.merge_by(pull, method, person))
    }

    /// An administrator merges a pull request whatever the rules of its base say. Answers the commit.
    pub fn merge_past_rules_by(
        &self,
        pull: Pull<'_>,
        method: MergeMethod,
        person: &str,
    ) -> Result<String, SimError> {
        self.act(|model| model.merge_past_rules_by(pull, method, person))
    }

    /// A person merges a pull request by hand, puts files into that commit, and pushes it. Answers the commit.
    pub fn merge_by_hand_by<B: AsRef<[u8]>>(
        &self,
        pull: Pull<'_>,
        files: &[(&str, B)],
        person: &str,
    ) -> Result<String, SimError> {
        let files: Vec<_> = files
            .iter()
            .map(|(path, bytes)| (*path, Some(bytes.as_ref())))
            .collect();
        self.act(|model| model.merge_by_hand_by(pull, &files, person))
    }

    /// A person puts a pull request into the merge queue. Answers the commit that would be merged.
    pub fn enqueue_by(&self, pull: Pull<'_>, person: &str) -> Result<String, SimError> {
        self.act(|model| model.enqueue_by(pull, person))
    }

    /// A person takes a pull request out of the merge queue.
    pub fn dequeue_by(&self, pull: Pull<'_>, person: &str) -> Result<(), SimError> {
        self.act(|model| model.dequeue_by(pull, person))
    }

    /// Commits files onto any commit, and lets a branch name that, whatever it named before. Answers the commit.
    pub fn force_push_by<B: AsRef<[u8]>>(
        &self,
        repository: Repository<'_>,
        branch_onto: (&str, &str),
        files: &[(&str, B)],
        person: &str,
    ) -> Result<String, SimError> {
        let files: Vec<_> = files
            .iter()
            .map(|(path, bytes)| (*path, Some(bytes.as_ref())))
            .collect();
        self.act(|model| model.force_push_by(repository, branch_onto, &files, person))
    }

    /// Lets a branch name a commit that is there (branch, commit), and pushes that.
    pub fn push_branch_by(
        &self,
        repository: Repository<'_>,
        branch_sha: (&str, &str),
        person: &str,
    ) -> Result<(), SimError> {
        self.act(|model| model.push_branch_by(repository, branch_sha, person))
    }

    /// Merges one branch into another (from, into) and pushes that. Answers the commit.
    pub fn merge_branch_by(
        &self,
        repository: Repository<'_>,
        from_into: (&str, &str),
        person: &str,
    ) -> Result<String, SimError> {
        self.act(|model| model.merge_branch_by(repository, from_into, person))
    }

    /// A person removes files from a branch and pushes that. Answers the commit.
    pub fn remove_files(
        &self,
        (owner, name): Repository<'_>,
        branch: &str,
        paths: &[&str],
        person: &str,
    ) -> Result<String, SimError> {
        let files: Vec<(&str, Option<&[u8]>)> = paths.iter().map(|path| (*path, None)).collect();
        self.act(|model| model.push_files(owner, name, branch, &files, person))
    }

    /// A person deletes a branch; the open pull requests from it are closed.
    pub fn delete_branch_by(
        &self,
        repository: Repository<'_>,
        branch: &str,
        person: &str,
    ) -> Result<(), SimError> {
        self.act(|model| model.delete_branch_by(repository, branch, person))
    }

    /// Adds a ruleset as the API takes it. Answers its number.
    pub fn add_ruleset(
        &self,
        (owner, name): Repository<'_>,
        ruleset: &serde_json::Value,
    ) -> Result<u64, SimError> {
        self.act(|model| model.add_ruleset(owner, name, ruleset))
    }

    /// Demands a status or check before something is merged into a branch; with an App it alone may say it. Answers the ruleset.
    pub fn require_check(
        &self,
        repository: Repository<'_>,
        branch: &str,
        check: (&str, Option<u64>),
    ) -> Result<u64, SimError> {
        self.act(|model| model.require_check(repository, branch, check))
    }
}

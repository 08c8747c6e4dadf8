//! What people do to pull requests without a request of the API.

use super::owner::{refused, unknown};
use super::pulls::PullEdit;
use super::{GitHub, MergeMethod};
use crate::error::SimError;
use bytes::Bytes;
use serde_json::{Value, json};

/// A pull request that somebody opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullPlan {
    /// The branch of its head, `BRANCH` or `ACCOUNT:BRANCH` of a fork.
    pub head: String,
    /// The branch that it is proposed for.
    pub base: String,
    /// Its title.
    pub title: String,
    /// Its description.
    pub body: Option<String>,
    /// Whether it is not ready for review.
    pub is_draft: bool,
}

impl PullPlan {
    /// A pull request that is ready for review, its head as its title.
    #[must_use]
    pub fn of(head: &str, base: &str) -> Self {
        Self {
            head: head.to_owned(),
            base: base.to_owned(),
            title: head.to_owned(),
            body: None,
            is_draft: false,
        }
    }
}

impl GitHub {
    /// A person opens a pull request. Answers its number.
    pub fn open_pull_by(
        &mut self,
        (owner, name): (&str, &str),
        plan: PullPlan,
        person: &str,
    ) -> Result<u64, SimError> {
        let repository = self.find(owner, name)?;
        let (head_repository, head) = self.head_of_words(repository, &plan.head).map_err(refused)?;
        let mut pull = self.new_pull(repository, person);
        (pull.head_repository, pull.head) = (head_repository, head);
        (pull.title, pull.body) = (plan.title, plan.body);
        (pull.base, pull.is_draft) = (plan.base, plan.is_draft);
        let number = pull.number;
        self.open_pull(pull).map_err(refused)?;
        Ok(number)
    }

    /// A person closes a pull request without merging it.
    pub fn close_pull_by(&mut self, pull: (&str, &str, u64), person: &str) -> Result<(), SimError> {
        let id = self.pull_of(pull)?;
        self.close_pull(id, None, person);
        Ok(())
    }

    /// A person opens a pull request again.
    pub fn reopen_pull_by(&mut self, pull: (&str, &str, u64), person: &str) -> Result<(), SimError> {
        let id = self.pull_of(pull)?;
        self.reopen_pull(id, person).map_err(refused)
    }

    /// A person proposes a pull request for another branch.
    pub fn retarget_by(&mut self, pull: (&str, &str, u64), base: &str, person: &str) -> Result<(), SimError> {
        let edit = PullEdit {
            base: Some(base.to_owned()),
            ..PullEdit::default()
        };
        self.edit_pull_by(pull, edit, person)
    }

    /// A person gives a pull request another title and another text.
    pub fn reword_by(
        &mut self,
        pull: (&str, &str, u64),
        (title, body): (&str, &str),
        person: &str,
    ) -> Result<(), SimError> {
        let edit = PullEdit {
            title: Some(title.to_owned()),
            body: Some(body.to_owned()),
            base: None,
        };
        self.edit_pull_by(pull, edit, person)
    }

    fn edit_pull_by(
        &mut self,
        pull: (&str, &str, u64),
        edit: PullEdit,
        person: &str,
    ) -> Result<(), SimError> {
        let id = self.pull_of(pull)?;
        self.edit_pull(id, edit, person).map_err(refused)
    }

    /// A person makes a pull request a draft, or ready for review. What it is already it stays, and nobody is told.
    pub fn set_draft_by(
        &mut self,
        pull: (&str, &str, u64),
        is_draft: bool,
        person: &str,
    ) -> Result<(), SimError> {
        let id = self.pull_of(pull)?;
        let was = self
            .pulls
            .get_mut(&id)
            .map(|pull| std::mem::replace(&mut pull.is_draft, is_draft));
        if was == Some(is_draft) {
            return Ok(());
        }
        let (kind, action) = match is_draft {
            true => ("convert_to_draft", "converted_to_draft"),
            false => ("ready_for_review", "ready_for_review"),
        };
        self.note_event(id, kind, person, None);
        self.tell_of_pull(id, action, person, json!({}));
        Ok(())
    }

    /// A person gives a pull request a label, or takes it away. What is so already stays, and nobody is told.
    pub fn set_label_by(
        &mut self,
        pull: (&str, &str, u64),
        (label, is_there): (&str, bool),
        person: &str,
    ) -> Result<(), SimError> {
        let id = self.pull_of(pull)?;
        let changed = self.pulls.get_mut(&id).is_some_and(|pull| match is_there {
            true => pull.labels.insert(label.to_owned()),
            false => pull.labels.remove(label),
        });
        if !changed {
            return Ok(());
        }
        let kind = if is_there { "labeled" } else { "unlabeled" };
        let short = json!({"label": {"name": label, "color": "ededed"}});
        self.note_event_with(id, (kind, short), person, None);
        let repository = self.find(pull.0, pull.1)?;
        let known = self.known(repository).map_err(refused)?;
        let whole = json!({"label": self.label_view(known, label)});
        self.tell_of_pull(id, kind, person, whole);
        Ok(())
    }

    /// A person reviews a pull request: `APPROVED`, `CHANGES_REQUESTED` or `COMMENTED`, and words.
    pub fn review_by(
        &mut self,
        pull: (&str, &str, u64),
        said: (&str, &str),
        person: &str,
    ) -> Result<u64, SimError> {
        let id = self.pull_of(pull)?;
        let review = self.review(id, person, said, None).map_err(refused)?;
        Ok(review.id)
    }

    /// A person comments on a pull request. Answers the comment.
    pub fn comment_by(
        &mut self,
        (owner, name, number): (&str, &str, u64),
        body: &str,
        person: &str,
    ) -> Result<u64, SimError> {
        let repository = self.find(owner, name)?;
        self.comment((repository, number), body, person).map_err(refused)
    }

    /// A person changes a comment.
    pub fn edit_comment_by(&mut self, comment: u64, body: &str, person: &str) -> Result<(), SimError> {
        self.edit_comment(comment, body, person).map_err(refused)
    }

    /// A person deletes a comment.
    pub fn delete_comment_by(&mut self, comment: u64, person: &str) -> Result<(), SimError> {
        self.delete_comment(comment, person).map_err(refused)
    }

    /// A person, or an App by its account, sets a status: its context and its state.
    pub fn status_by(
        &mut self,
        (owner, name): (&str, &str),
        sha: &str,
        said: (&str, &str),
        person: &str,
    ) -> Result<(), SimError> {
        let repository = self.find(owner, name)?;
        self.set_status(repository, sha, said, person).map_err(refused)
    }

    /// An App says something about a commit: a name and how it ended, none while it is in progress. Answers the check run.
    pub fn check_by(
        &mut self,
        (owner, name): (&str, &str),
        sha: &str,
        said: (&str, Option<&str>),
        app: u64,
    ) -> Result<u64, SimError> {
        let repository = self.find(owner, name)?;
        self.set_check(repository, sha, said, app).map_err(refused)
    }

    /// A person merges a pull request as far as the rules of its base allow it. Answers the commit.
    pub fn merge_by(
        &mut self,
        pull: (&str, &str, u64),
        method: MergeMethod,
        person: &str,
    ) -> Result<String, SimError> {
        let id = self.pull_of(pull)?;
        self.permit_merge(id).map_err(refused)?;
        self.merge_pull(id, method, person).map_err(refused)
    }

    /// An administrator merges a pull request whatever the rules of its base say. Answers the commit.
    pub fn merge_past_rules_by(
        &mut self,
        pull: (&str, &str, u64),
        method: MergeMethod,
        person: &str,
    ) -> Result<String, SimError> {
        let id = self.pull_of(pull)?;
        self.merge_pull(id, method, person).map_err(refused)
    }

    /// A person puts a pull request into the merge queue. Answers the commit that would be merged.
    pub fn enqueue_by(&mut self, pull: (&str, &str, u64), person: &str) -> Result<String, SimError> {
        let id = self.pull_of(pull)?;
        self.join_queue(id, person).map_err(refused)
    }

    /// A person takes a pull request out of the merge queue.
    pub fn dequeue_by(&mut self, pull: (&str, &str, u64), person: &str) -> Result<(), SimError> {
        let id = self.pull_of(pull)?;
        self.leave_queue(id, ("MANUAL", person)).map_err(refused)
    }

    /// Commits files onto a commit, which may be any, and lets a branch name that, whatever it named before. Answers the commit.
    pub fn force_push_by(
        &mut self,
        (owner, name): (&str, &str),
        (branch, onto): (&str, &str),
        files: &[(&str, Option<&[u8]>)],
        person: &str,
    ) -> Result<String, SimError> {
        let repository = self.find(owner, name)?;
        let known = self.known_mut(repository).map_err(refused)?;
        if known.objects.commit(onto).is_none() {
            return Err(unknown("commit", onto));
        }
        let files: Vec<(String, Option<Bytes>)> = files
            .iter()
            .map(|(path, content)| ((*path).to_owned(), content.map(Bytes::copy_from_slice)))
            .collect();
        let sha = known.objects.add_commit(Some(onto), &files, "Change it all");
        let whole = format!("refs/heads/{branch}");
        self.set_ref(repository, &whole, &sha, person).map_err(refused)?;
        Ok(sha)
    }

    /// Lets a branch name a commit that is there, and pushes that.
    pub fn push_branch_by(
        &mut self,
        (owner, name): (&str, &str),
        (branch, sha): (&str, &str),
        person: &str,
    ) -> Result<(), SimError> {
        let repository = self.find(owner, name)?;
        let whole = format!("refs/heads/{branch}");
        self.set_ref(repository, &whole, sha, person).map_err(refused)?;
        Ok(())
    }

    /// Merges one branch into another and pushes that, as a person does who keeps a branch up to date. Answers the commit.
    pub fn merge_branch_by(
        &mut self,
        (owner, name): (&str, &str),
        (from, into): (&str, &str),
        person: &str,
    ) -> Result<String, SimError> {
        let repository = self.find(owner, name)?;
        let known = self.known_mut(repository).map_err(refused)?;
        let head = |branch: &str| known.branch(branch).ok_or_else(|| unknown("branch", branch));
        let (theirs, ours) = (head(from)?, head(into)?);
        let message = format!("Merge branch '{from}' into {into}");
        let sha = super::merges::commit_merging(known, &ours, &theirs, &message);
        let whole = format!("refs/heads/{into}");
        self.set_ref(repository, &whole, &sha, person).map_err(refused)?;
        Ok(sha)
    }

    /// A person merges the head of a pull request into its base by hand, puts files into that commit, and pushes it. Answers the commit.
    pub fn merge_by_hand_by(
        &mut self,
        pull: (&str, &str, u64),
        files: &[(&str, Option<&[u8]>)],
        person: &str,
    ) -> Result<String, SimError> {
        let id = self.pull_of(pull)?;
        let pull = self.known_pull(id).map_err(refused)?.clone();
        let known = self.known_mut(pull.repository).map_err(refused)?;
        let ours = known
            .branch(&pull.base)
            .ok_or_else(|| unknown("branch", &pull.base))?;
        let sha = super::merges::merge_by_hand(known, (&ours, &pull.head_sha), files);
        let whole = format!("refs/heads/{}", pull.base);
        self.set_ref(pull.repository, &whole, &sha, person)
            .map_err(refused)?;
        Ok(sha)
    }

    /// A person deletes a branch.
    pub fn delete_branch_by(
        &mut self,
        (owner, name): (&str, &str),
        branch: &str,
        person: &str,
    ) -> Result<(), SimError> {
        let repository = self.find(owner, name)?;
        let whole = format!("refs/heads/{branch}");
        let known = self.known(repository).map_err(refused)?;
        if !known.refs.contains_key(&whole) {
            return Err(unknown("branch", branch));
        }
        self.remove_ref(repository, &whole, person).map_err(refused)
    }

    /// Adds a ruleset as the API takes it. Answers its number.
    pub fn add_ruleset(&mut self, owner: &str, name: &str, ruleset: &Value) -> Result<u64, SimError> {
        let repository = self.find(owner, name)?;
        let ruleset = self.ruleset_of(ruleset);
        let id = ruleset.id;
        self.known_mut(repository)
            .map_err(refused)?
            .rulesets
            .push(ruleset);
        Ok(id)
    }

    /// Demands a status or check before something is merged into a branch; with an App it alone may say it.
    pub fn require_check(
        &mut self,
        (owner, name): (&str, &str),
        branch: &str,
        (context, app): (&str, Option<u64>),
    ) -> Result<u64, SimError> {
        let mut check = json!({"context": context});
        if let Some(app) = app {
            check["integration_id"] = json!(app);
        }
        let parameters =
            json!({"required_status_checks": [check], "strict_required_status_checks_policy": false});
        let rule = json!({"type": "required_status_checks", "parameters": parameters});
        let include = [format!("refs/heads/{branch}")];
        let ruleset = json!({
            "name": format!("{context} on {branch}"), "target": "branch", "enforcement": "active", "rules": [rule],
            "conditions": {"ref_name": {"include": include, "exclude": []}},
        });
        self.add_ruleset(owner, name, &ruleset)
    }

    fn pull_of(&self, (owner, name, number): (&str, &str, u64)) -> Result<u64, SimError> {
        let repository = self.find(owner, name)?;
        let found = self.pull_numbered(repository, number);
        found.map(|pull| pull.id).map_err(refused)
    }
}

//! The merge queue: pull requests wait in groups, each group is a commit on a branch of the queue, and what is required is asked of
//! that commit. A group whose commit has it is merged as soon as no other stands before it.

use super::GitHub;
use super::merges::merge_commit;
use crate::exchange::Answer;
use serde_json::{Value, json};

/// The account that moves what the queue moves.
const QUEUE: &str = "github-merge-queue[bot]";

/// A pull request that waits in the queue, with everything that waits before it.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    id: u64,
    repository: u64,
    pull: u64,
    base: String,
    base_sha: String,
    head_sha: String,
    /// The branch that the queue made for it, without `refs/heads/`.
    branch: String,
}

impl GitHub {
    /// Puts a pull request at the end of the queue of its base.
    pub(crate) fn join_queue(&mut self, id: u64, person: &str) -> Result<String, Answer> {
        let pull = self.known_pull(id)?;
        let is_waiting = self.groups.values().any(|group| group.pull == id);
        if pull.closed.is_some() || pull.is_draft || is_waiting {
            return Err(Answer::refusal(405, "Pull request is not mergeable"));
        }
        self.ensure_queue_account();
        self.note_event(id, "added_to_merge_queue", person, None);
        self.tell_of_pull(id, "enqueued", person, json!({}));
        self.make_group(id)
    }

    fn make_group(&mut self, id: u64) -> Result<String, Answer> {
        let pull = self.known_pull(id)?.clone();
        let before = self.waiting(pull.repository, &pull.base).pop();
        let before = before
            .and_then(|group| self.groups.get(&group))
            .map(|group| group.head_sha.clone());
        let known = self.known_mut(pull.repository)?;
        let base_sha = before
            .or_else(|| known.branch(&pull.base))
            .ok_or_else(Answer::not_found)?;
        let head_sha = merge_commit(known, &base_sha, &pull);
        let group = Group {
            id: self.id(),
            repository: pull.repository,
            pull: id,
            branch: format!("gh-readonly-queue/{}/pr-{}-{base_sha}", pull.base, pull.number),
            base: pull.base,
            base_sha,
            head_sha: head_sha.clone(),
        };
        self.set_ref(
            group.repository,
            &format!("refs/heads/{}", group.branch),
            &head_sha,
            QUEUE,
        )?;
        self.tell_of_group(&group, json!({"action": "checks_requested"}));
        self.groups.insert(group.id, group);
        Ok(head_sha)
    }

    /// Takes a pull request out of the queue. What waits behind it gets other groups.
    pub(crate) fn leave_queue(&mut self, id: u64, (reason, person): (&str, &str)) -> Result<(), Answer> {
        let group = self.groups.values().find(|group| group.pull == id).cloned();
        let group = group.ok_or_else(Answer::not_found)?;
        let waiting = self.waiting(group.repository, &group.base);
        let behind: Vec<Group> = waiting
            .iter()
            .filter(|other| **other > group.id)
            .filter_map(|other| self.groups.get(other).cloned())
            .collect();
        self.drop_group(&group, "dequeued")?;
        self.note_event(id, "removed_from_merge_queue", person, None);
        self.tell_of_pull(id, "dequeued", person, json!({"reason": reason}));
        for other in &behind {
            self.drop_group(other, "invalidated")?;
        }
        for other in behind {
            self.make_group(other.pull)?;
        }
        Ok(())
    }

    /// Merges or gives up what waits for this commit, as far as what is said of it decides that.
    pub(crate) fn settle_groups(&mut self, repository: u64, sha: &str) -> Result<(), Answer> {
        let group = self
            .groups
            .values()
            .find(|group| group.repository == repository && group.head_sha == sha);
        let Some(group) = group.cloned() else {
            return Ok(());
        };
        for check in self.required_checks(repository, &group.base)? {
            if self.has_failed(repository, sha, &check)? {
                return self.leave_queue(group.pull, ("CI_FAILURE", QUEUE));
            }
        }
        while let Some(first) = self.first_ready(repository, &group.base)? {
            self.merge_group(&first)?;
        }
        Ok(())
    }

    fn first_ready(&self, repository: u64, base: &str) -> Result<Option<Group>, Answer> {
        let first = self.waiting(repository, base).first().copied();
        let Some(group) = first.and_then(|first| self.groups.get(&first)) else {
            return Ok(None);
        };
        for check in self.required_checks(repository, base)? {
            if !self.has_succeeded(repository, &group.head_sha, &check)? {
                return Ok(None);
            }
        }
        Ok(Some(group.clone()))
    }

    fn merge_group(&mut self, group: &Group) -> Result<(), Answer> {
        let whole = format!("refs/heads/{}", group.base);
        self.set_ref(group.repository, &whole, &group.head_sha, QUEUE)?;
        self.last_was_merge(group.repository, &whole, "merge_queue_merge");
        self.note_event(group.pull, "removed_from_merge_queue", QUEUE, None);
        self.tell_of_pull(group.pull, "dequeued", QUEUE, json!({"reason": "MERGE"}));
        self.drop_group(group, "merged")
    }

    fn drop_group(&mut self, group: &Group, reason: &str) -> Result<(), Answer> {
        self.groups.remove(&group.id);
        self.tell_of_group(group, json!({"action": "destroyed", "reason": reason}));
        self.remove_ref(group.repository, &format!("refs/heads/{}", group.branch), QUEUE)
    }

    /// The groups of a base, the first one first.
    fn waiting(&self, repository: u64, base: &str) -> Vec<u64> {
        let own = self.groups.values();
        own.filter(|group| group.repository == repository && group.base == base)
            .map(|group| group.id)
            .collect()
    }

    fn tell_of_group(&mut self, group: &Group, mut payload: Value) {
        let Some(known) = self.repositories.get(&group.repository) else {
            return;
        };
        payload["merge_group"] = json!({
            "head_sha": group.head_sha,
            "head_ref": format!("refs/heads/{}", group.branch),
            "base_ref": format!("refs/heads/{}", group.base),
            "base_sha": group.base_sha,
            "head_commit": self.short_commit_view(known, &group.head_sha),
        });
        self.emit("merge_group", group.repository, QUEUE, payload);
    }

    fn ensure_queue_account(&mut self) {
        if !self.accounts.contains_key(QUEUE) {
            // It is not there, so that it can be made.
            let _ = self.create_account(QUEUE, "Bot");
        }
    }
}

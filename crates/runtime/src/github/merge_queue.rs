//! The groups of a merge queue: the commits that the queue makes and would merge, and whose heads they bring.
//!
//! GitHub keeps each group as a branch `gh-readonly-queue/BASE/pr-NUMBER-SHA`: its last pull request, and the commit that it is built upon.

use super::as_found::{count_of, own_status};
use crate::gate::{Asked, FoundGroup, GroupShape, Member, context};
use domain_types::{CommitSha, PullRequestId};
use github_client::{GitHubError, PullRequest, PullRequestState, Reference, Repository};
use std::collections::BTreeSet;

/// Heads that one group may bring: GitHub's largest group has 100.
const MEMBERS_MAX: usize = 100;

/// A branch of the queue.
struct Queued {
    /// The last pull request of the group.
    number: u64,
    /// What the group is built upon.
    base: CommitSha,
    head: CommitSha,
}

/// The groups of the base of a pull request. What those of others bring is not looked at: that is their look's business.
pub(super) async fn groups(
    repository: &Repository,
    (asked, own): (&Asked, &str),
    pull: &PullRequest,
) -> Result<Vec<FoundGroup>, GitHubError> {
    if !asked.wants_groups {
        return Ok(Vec::new());
    }
    let beginning = format!("heads/gh-readonly-queue/{}/pr-", pull.base.reference);
    let references = repository.matching_references(&beginning).await?;
    let whole = format!("refs/{beginning}");
    let queued: Vec<Queued> = references
        .iter()
        .filter_map(|named| queued(named, &whole))
        .collect();
    let mut found = Vec::new();
    for group in &queued {
        let id = PullRequestId::new(asked.id.repository_id(), group.number)?;
        found.push(match id == asked.id {
            true => own_group(repository, (asked, own, pull), (group, &queued)).await?,
            false => FoundGroup::of_another(id, group.head.clone()),
        });
    }
    Ok(found)
}

/// The parts of the name of a branch of the queue.
fn queued(named: &Reference, beginning: &str) -> Option<Queued> {
    let (number, base) = named.name.strip_prefix(beginning)?.split_once('-')?;
    Some(Queued {
        number: number.parse().ok()?,
        base: base.parse().ok()?,
        head: named.sha.clone(),
    })
}

async fn own_group(
    repository: &Repository,
    (asked, own, pull): (&Asked, &str, &PullRequest),
    (group, all): (&Queued, &[Queued]),
) -> Result<FoundGroup, GitHubError> {
    let context = context(asked.gate, &pull.base.reference);
    let branch = format!("heads/{}", pull.base.reference);
    let (statuses, base, heads) = tokio::try_join!(
        repository.statuses(&group.head),
        repository.commit_at(&branch),
        heads(repository, group),
    )?;
    let is_built_upon = |known: &CommitSha| *known == group.base;
    let is_known = base.is_some_and(|base| is_built_upon(&base.sha))
        || all.iter().any(|other| is_built_upon(&other.head));
    let shape = match heads {
        Err(wrong) => GroupShape::Wrong(wrong),
        Ok(_) if !is_known => GroupShape::Unsure(format!(
            "it is built upon {}, which is neither {} nor another group",
            group.base, pull.base.reference
        )),
        Ok(heads) => GroupShape::Whole(members(repository, pull, heads).await?),
    };
    Ok(FoundGroup {
        of: asked.id,
        head: group.head.clone(),
        shape,
        status: own_status(&statuses, &context, own),
        statuses: count_of(&statuses, &context),
    })
}

/// The heads that a group brings, each as it was signed: as the second parent of a merge. The inner error says why it brings none.
async fn heads(
    repository: &Repository,
    group: &Queued,
) -> Result<Result<Vec<CommitSha>, String>, GitHubError> {
    let (mut heads, mut at) = (Vec::new(), group.head.clone());
    while at != group.base {
        if heads.len() == MEMBERS_MAX {
            return Ok(Err(format!(
                "more than {MEMBERS_MAX} commits lie between it and what it is built upon"
            )));
        }
        let Some(commit) = repository.commit(&at).await? else {
            return Ok(Err(format!("GitHub does not know its commit {at}")));
        };
        match commit.parents.as_slice() {
            [before, head] => {
                heads.push(head.clone());
                at = before.clone();
            }
            _ => {
                return Ok(Err(format!(
                    "its commit {at} merges no head as it was signed: let the merge queue make merge commits"
                )));
            }
        }
    }
    Ok(Ok(heads))
}

/// Which open pull requests have these heads.
async fn members(
    repository: &Repository,
    pull: &PullRequest,
    heads: Vec<CommitSha>,
) -> Result<Vec<Member>, GitHubError> {
    let mut members = Vec::new();
    for head in heads {
        let pulls = repository.pull_requests_of_commit(&head).await?;
        let is_it = |other: &&PullRequest| {
            other.state == PullRequestState::Open
                && other.head.sha == head
                && other.base.reference == pull.base.reference
        };
        let ids = pulls.iter().filter(is_it).filter_map(|other| {
            let repository = other.base.repository.as_ref()?;
            PullRequestId::new(repository.id, other.number).ok()
        });
        let pulls: BTreeSet<PullRequestId> = ids.collect();
        members.push(Member {
            head,
            pulls: pulls.into_iter().collect(),
        });
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_branch_of_the_queue_says_of_whom_it_is_and_upon_what() {
        let base = "b".repeat(40);
        let rows = [
            (format!("refs/heads/gh-readonly-queue/main/pr-7-{base}"), Some(7)),
            (format!("refs/heads/gh-readonly-queue/main/pr-07x-{base}"), None),
            (
                format!("refs/heads/gh-readonly-queue/main/pr-7-{}", &base[1..]),
                None,
            ),
            (format!("refs/heads/gh-readonly-queue/other/pr-7-{base}"), None),
            ("refs/heads/gh-readonly-queue/main/pr-7".to_owned(), None),
        ];
        for (name, number) in rows {
            let sha = "a".repeat(40).parse().unwrap();
            let named = Reference {
                name: name.clone(),
                sha,
            };
            let found = queued(&named, "refs/heads/gh-readonly-queue/main/pr-");
            assert_eq!(found.map(|found| found.number), number, "{name}");
        }
    }
}

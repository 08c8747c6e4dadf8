//! The groups of a merge queue: the commits that the queue makes and would merge, and whose heads they bring.
//!
//! GitHub keeps each group as a branch `gh-readonly-queue/BASE/pr-NUMBER-SHA`: its last pull request, and the commit that it is built upon.

use super::as_found::{count_of, files_of, own_status};
use crate::gate::{Asked, FoundGroup, GroupShape, Member, context, fingerprint_of};
use domain_types::{CommitSha, PullRequestId};
use github_client::{GitHubError, PullRequest, PullRequestState, Reference, Repository};
use std::collections::BTreeSet;

/// Heads that one group may bring: GitHub's largest group has 100.
const MEMBERS_MAX: usize = 100;

/// Groups that are gone of which is asked whether they were merged, in requests.
const GONE_MAX: usize = 20;

/// A branch of the queue.
struct Queued {
    /// The last pull request of the group.
    number: u64,
    head: CommitSha,
}

/// The groups of the base of a pull request. What those of others bring is not looked at: that is their look's business.
pub(super) async fn groups(
    repository: &Repository,
    (asked, own): (&Asked, &str),
    pull: &PullRequest,
) -> Result<Vec<FoundGroup>, GitHubError> {
    let Some(known) = &asked.groups else {
        return Ok(Vec::new());
    };
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
            true => own_group(repository, (asked, own, pull), group).await?,
            false => FoundGroup::of_another(id, group.head.clone()),
        });
    }
    // The queue moves the base first, and takes its branch away then: what is on the base is not nobody's, whatever the pull request looked
    // like a moment ago.
    for head in gone(known, &queued) {
        if repository.has_on_branch(&pull.base.reference, head).await? == Some(true) {
            found.push(FoundGroup {
                shape: GroupShape::Merged,
                ..FoundGroup::of_another(asked.id, head.clone())
            });
        }
    }
    Ok(found)
}

/// The groups that were there before and are not any more, as far as is asked for them.
fn gone<'k>(known: &'k [CommitSha], queued: &'k [Queued]) -> impl Iterator<Item = &'k CommitSha> {
    let is_gone = |head: &&CommitSha| queued.iter().all(|group| group.head != **head);
    known.iter().filter(is_gone).take(GONE_MAX)
}

/// The parts of the name of a branch of the queue.
fn queued(named: &Reference, beginning: &str) -> Option<Queued> {
    let (number, base) = named.name.strip_prefix(beginning)?.split_once('-')?;
    base.parse::<CommitSha>().ok()?;
    Some(Queued {
        number: number.parse().ok()?,
        head: named.sha.clone(),
    })
}

async fn own_group(
    repository: &Repository,
    (asked, own, pull): (&Asked, &str, &PullRequest),
    group: &Queued,
) -> Result<FoundGroup, GitHubError> {
    let context = context(asked.gate, &pull.base.reference);
    let branch = format!("heads/{}", pull.base.reference);
    let (statuses, base, holders) = tokio::try_join!(
        repository.statuses(&group.head),
        repository.commit_at(&branch),
        holders(repository, pull, &group.head),
    )?;
    let shape = match (base, holders.first()) {
        // Then that pull request's own status stands there.
        (_, Some(other)) => GroupShape::Unsure(format!("it is the head of #{} too", other.number)),
        (None, None) => GroupShape::Unsure(format!("there is no branch {}", pull.base.reference)),
        (Some(base), None) => shape(repository, pull, (&group.head, &base.sha)).await?,
    };
    Ok(FoundGroup {
        of: asked.id,
        head: group.head.clone(),
        shape,
        status: own_status(&statuses, &context, own),
        statuses: count_of(&statuses, &context),
    })
}

/// What lies between a group's commit and the base: merges of heads as they were signed, each with what was signed and nothing else. Its
/// name and its parents say nothing: whoever may push can make a branch and a merge.
async fn shape(
    repository: &Repository,
    pull: &PullRequest,
    (head, base): (&CommitSha, &CommitSha),
) -> Result<GroupShape, GitHubError> {
    if head == base {
        return Ok(GroupShape::Merged);
    }
    let (mut members, mut at) = (Vec::new(), head.clone());
    while at != *base {
        if members.len() == MEMBERS_MAX {
            let why = format!(
                "more than {MEMBERS_MAX} commits lie between it and {}",
                pull.base.reference
            );
            return Ok(GroupShape::Wrong(why));
        }
        let Some(commit) = repository.commit(&at).await? else {
            return Ok(GroupShape::Unsure(format!(
                "GitHub does not know its commit {at}"
            )));
        };
        let [before, merged] = commit.parents.as_slice() else {
            return Ok(GroupShape::Wrong(format!(
                "its commit {at} merges no head as it was signed: let the merge queue make merge commits"
            )));
        };
        let open = holders(repository, pull, merged).await?;
        if let Some(first) = open.first()
            && !brings_what_was_signed(repository, (before, &at), first.number).await?
        {
            return Ok(GroupShape::Wrong(format!(
                "its commit {at} is not {before} with the files of #{} as they were signed: update its branch, and sign that",
                first.number
            )));
        }
        let ids = open.iter().filter_map(|other| {
            let repository = other.base.repository.as_ref()?;
            PullRequestId::new(repository.id, other.number).ok()
        });
        let pulls: BTreeSet<PullRequestId> = ids.collect();
        members.push(Member {
            head: merged.clone(),
            pulls: pulls.into_iter().collect(),
        });
        at = before.clone();
    }
    Ok(GroupShape::Whole(members))
}

/// Whether a commit does to the one before it what the pull request does, file by file. Where both sides changed one file nobody signed what
/// came of it.
async fn brings_what_was_signed(
    repository: &Repository,
    (before, after): (&CommitSha, &CommitSha),
    number: u64,
) -> Result<bool, GitHubError> {
    let (merged, signed) = tokio::try_join!(
        repository.changed_between(before.as_str(), after.as_str()),
        repository.pull_request_files(number),
    )?;
    let Some(merged) = merged else { return Ok(false) };
    let (merged, is_more) = files_of(&merged);
    let (signed, is_more_signed) = files_of(&signed);
    let is_same = fingerprint_of("", &merged) == fingerprint_of("", &signed);
    Ok(is_same && !is_more && !is_more_signed)
}

/// The open pull requests into this base with this head.
async fn holders(
    repository: &Repository,
    pull: &PullRequest,
    head: &CommitSha,
) -> Result<Vec<PullRequest>, GitHubError> {
    let mut pulls = repository.pull_requests_of_commit(head).await?;
    pulls.retain(|other| {
        other.state == PullRequestState::Open
            && other.head.sha == *head
            && other.base.reference == pull.base.reference
    });
    Ok(pulls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_groups_that_are_gone_as_many_are_asked_for_as_there_may_be() {
        let sha = |index: usize| -> CommitSha { format!("{index:040x}").parse().unwrap() };
        let known: Vec<CommitSha> = (0..GONE_MAX + 5).map(sha).collect();
        let there = |index| Queued {
            number: 7,
            head: sha(index),
        };
        let queued = [there(0), there(2)];
        let asked: Vec<&CommitSha> = gone(&known, &queued).collect();
        assert_eq!((asked.len(), asked[0], asked[1]), (GONE_MAX, &sha(1), &sha(3)));
    }

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

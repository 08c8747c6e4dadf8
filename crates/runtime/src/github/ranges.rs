//! The governed range: what has come in, component by component, since the last release, and what stands behind each commit.
//!
//! One datum's way: `planning` asks once, when the plan is frozen; GitHub compares the two commits; the gate's book tells of merges
//! (`landed`), GitHub of pull requests that the book is not found by; `attribution` brings them together, and the outcome is frozen with
//! the plan. From then on it is only read: by whoever shows the release, by its page and by its evidence.

mod attribution;
mod blocked;
mod earlier;
mod landed;

use self::attribution::{Book, Named, attributed, to_ask};
use self::earlier::{Earlier, earlier};
use self::landed::Landings;
use super::frozen::{FrozenComponent, FrozenRelease};
use super::planning::PlanRefusal;
use super::workshop::Workshop;
use crate::error::sentence;
use artifact_verify::{ComponentRange, RangeStart, evidence_line};
pub(super) use blocked::refuse_ungoverned;
use domain_types::{CommitSha, ReleaseVersion};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use github_client::{CommitRange, GitHubError, PullRequest, Repository};

/// Commits of one component whose pull request is asked of GitHub, in requests: the book finds what is merged by a commit of its own, so
/// that these are the few that were rebased or went past the gate.
const ASKED_MAX: usize = 20;

/// Requests at a time for one component.
const ASKED_AT_ONCE_MAX: usize = 4;

/// Commits that are named of all components together: what a plan, an evidence and a page can hold. Those beyond are counted.
const NAMED_MAX: usize = 3_000;

/// The ranges of a release that is being frozen, in the order of its components; none where there is neither a gate nor the wish for them.
///
/// # Errors
/// GitHub's, as far as asking again helps; the store's; or that an earlier release cannot be read.
pub(super) async fn ranges(
    workshop: &Workshop,
    frozen: &FrozenRelease,
    version: &ReleaseVersion,
) -> Result<Vec<ComponentRange>, PlanRefusal> {
    let configuration = &workshop.configuration;
    if configuration.governance.is_none() && !configuration.release.changelog {
        return Ok(Vec::new());
    }
    let earlier = earlier(workshop, version).await?;
    let asked = frozen
        .components
        .iter()
        .map(|component| range(workshop, component, earlier.as_ref()));
    let mut ranges = futures::future::try_join_all(asked).await?;
    let mut left = NAMED_MAX;
    for range in &mut ranges {
        range.commits.truncate(left);
        left -= range.commits.len();
    }
    Ok(ranges)
}

async fn range(
    workshop: &Workshop,
    component: &FrozenComponent,
    earlier: Option<&Earlier>,
) -> Result<ComponentRange, PlanRefusal> {
    let start = earlier.and_then(|earlier| earlier.start_of(component));
    let mut range = ComponentRange {
        repository: component.repository.clone(),
        source: component.source.to_string(),
        commit: component.commit.clone(),
        since: start,
        untold: None,
        total: 0,
        lacking: 0,
        commits: Vec::new(),
    };
    let Some(since) = &range.since else {
        return Ok(range);
    };
    let name = &component.source;
    let repository = workshop.github().repository(&name.owner, &name.name)?;
    match compared(&repository, since, &component.commit).await? {
        Ok(compared) => {
            range.total = compared.total;
            range.lacking = compared.behind_by;
            range.commits = named(workshop, (component, &repository), &compared).await?;
        }
        Err(why) => range.untold = Some(evidence_line(&why)),
    }
    Ok(range)
}

/// The commits between; or why nobody will ever tell.
async fn compared(
    repository: &Repository,
    since: &RangeStart,
    commit: &CommitSha,
) -> Result<Result<CommitRange, String>, PlanRefusal> {
    if since.commit == *commit {
        return Ok(Ok(CommitRange {
            status: github_client::ComparisonStatus::Identical,
            total: 0,
            behind_by: 0,
            commits: Vec::new(),
        }));
    }
    match repository
        .commits_between(since.commit.as_str(), commit.as_str())
        .await
    {
        Ok(Some(compared)) => Ok(Ok(compared)),
        Ok(None) => Ok(Err(format!(
            "GitHub cannot compare {} with {commit}: one of them is not there any more",
            since.commit
        ))),
        Err(error) if error.is_retryable() => Err(error.into()),
        Err(error) => Ok(Err(sentence(&error))),
    }
}

/// The commits with what stands behind them, the newest first.
async fn named(
    workshop: &Workshop,
    (component, repository): (&FrozenComponent, &Repository),
    compared: &CommitRange,
) -> Result<Vec<artifact_verify::RangeCommit>, PlanRefusal> {
    let commits = &compared.commits;
    if workshop.configuration.governance.is_none() {
        return Ok(attributed(commits, &Book::closed()));
    }
    let mut landings = Landings::of(&*workshop.pull_requests, &component.source).await?;
    for commit in commits {
        landings.follow_hints(commit).await?;
    }
    let mut book = Book::of(landings.found(), Named::new());
    let asked = to_ask(commits, &component.commit, &book);
    let asked: Vec<_> = asked.into_iter().take(ASKED_MAX).collect();
    let answers: Vec<(CommitSha, Vec<PullRequest>)> = stream::iter(asked)
        .map(|commit| async move {
            let found = repository.pull_requests_of_commit(&commit).await?;
            Ok::<_, GitHubError>((commit, found))
        })
        .buffered(ASKED_AT_ONCE_MAX)
        .try_collect()
        .await?;
    let mut pulls = Named::new();
    for (commit, found) in answers {
        let merged = found.iter().filter(|pull| pull.is_merged());
        let mut numbers = Vec::new();
        for pull in merged {
            if landings.look_up(pull, &component.source).await? {
                numbers.push(pull.number);
            }
        }
        pulls.insert(commit, numbers);
    }
    book = Book::of(landings.found(), pulls);
    Ok(attributed(commits, &book))
}

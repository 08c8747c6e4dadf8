//! The governed range: what has come in, component by component, since the last release, and what stands behind each commit.
//!
//! One datum's way: `planning` asks once, when the plan is frozen; GitHub compares the two commits; the gate's book tells of merges
//! (`known_merges`), GitHub of pull requests that the book is not found by; `attribution` brings them together, and the outcome is frozen with
//! the plan. From then on it is only read: by whoever shows the release, by its page and by its evidence.

mod attribution;
mod blocked;
mod discreet;
mod earlier;
mod found_before;
mod known_merges;
mod seen;

use self::attribution::{Book, Named, attributed, to_ask};
use self::earlier::{Earlier, earlier};
use self::found_before::{NamedPull, merged};
use self::known_merges::KnownMerges;
use self::seen::{Seen, seen};
use super::frozen::{FrozenComponent, FrozenRelease, FullName};
use super::planning::PlanRefusal;
use super::workshop::Workshop;
use crate::error::sentence;
use artifact_verify::{ComponentRange, RangeStart, evidence_line};
pub(super) use blocked::refuse_ungoverned;
use domain_types::{CommitSha, ReleaseVersion};
pub(super) use found_before::FoundBefore;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use github_client::{Commit, CommitRange};

/// Commits of one component whose pull request is asked of GitHub, in requests: the book finds what is merged by a commit of its own, so
/// that these are the few that were rebased or went past the gate.
const ASKED_MAX: usize = 20;

/// Requests at a time for one component.
const ASKED_AT_ONCE_MAX: usize = 4;

/// Commits that are named of all components together: what a plan, an evidence and a page can hold. Those beyond are counted.
const NAMED_MAX: usize = 3_000;

/// The ranges of a release that is being frozen, in the order of its components; none where there is neither a gate
/// nor the wish for them. What GitHub has said is kept for the next try where it
/// does not say the rest, so that each try comes further than the one before.
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
    workshop.found_before.grow_old(workshop.clock.now());
    let made = all_ranges(workshop, frozen, version).await;
    if !matches!(made, Err(PlanRefusal::World(_))) {
        let sources = frozen.components.iter().map(|component| &component.source);
        let names: Vec<&FullName> = sources.chain([&frozen.home]).collect();
        workshop.found_before.forget(&names);
    }
    made
}

async fn all_ranges(
    workshop: &Workshop,
    frozen: &FrozenRelease,
    version: &ReleaseVersion,
) -> Result<Vec<ComponentRange>, PlanRefusal> {
    let earlier = earlier(workshop, version).await?;
    let asked = frozen
        .components
        .iter()
        .map(|component| range(workshop, component, earlier.as_ref()));
    let begun = futures::future::try_join_all(asked).await?;
    let begun: Vec<_> = frozen.components.iter().zip(begun).collect();
    let changed = begun.iter().filter(|(_, (_, commits))| !commits.is_empty());
    let changed: Vec<&FullName> = changed.map(|(component, _)| &component.source).collect();
    let seen = match changed.as_slice() {
        [] => Seen::nothing(),
        changed => seen(workshop, &[changed, &[&frozen.home]].concat()).await?,
    };
    let named = begun.into_iter().map(|(component, (mut range, commits))| {
        let (seen, home) = (&seen, &frozen.home);
        async move {
            range.commits = named(workshop, (component, &commits), seen).await?;
            if seen.is_hidden_from(&component.source, home) {
                discreet::veil(&mut range);
            }
            Ok::<_, PlanRefusal>(range)
        }
    });
    let mut ranges = futures::future::try_join_all(named).await?;
    let mut left = NAMED_MAX;
    for range in &mut ranges {
        range.commits.truncate(left);
        left -= range.commits.len();
    }
    Ok(ranges)
}

/// The range of a component without anything about its commits, and these, the oldest first.
async fn range(
    workshop: &Workshop,
    component: &FrozenComponent,
    earlier: Option<&Earlier>,
) -> Result<(ComponentRange, Vec<Commit>), PlanRefusal> {
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
        return Ok((range, Vec::new()));
    };
    match compared(workshop, component, since).await? {
        Ok(compared) => {
            range.total = compared.total;
            range.lacking = compared.behind_by;
            Ok((range, compared.commits))
        }
        Err(why) => {
            range.untold = Some(evidence_line(&why));
            Ok((range, Vec::new()))
        }
    }
}

/// The commits between; or why nobody will ever tell.
async fn compared(
    workshop: &Workshop,
    component: &FrozenComponent,
    since: &RangeStart,
) -> Result<Result<CommitRange, String>, PlanRefusal> {
    let (source, commit) = (&component.source, &component.commit);
    if since.commit == *commit {
        return Ok(Ok(CommitRange {
            status: github_client::ComparisonStatus::Identical,
            total: 0,
            behind_by: 0,
            commits: Vec::new(),
        }));
    }
    let between = (source.clone(), since.commit.clone(), commit.clone());
    if let Some(compared) = workshop.found_before.compared(&between) {
        return Ok(Ok(compared));
    }
    let repository = workshop.github().repository(&source.owner, &source.name)?;
    match repository
        .commits_between(since.commit.as_str(), commit.as_str())
        .await
    {
        Ok(Some(compared)) => {
            workshop.found_before.keep_compared(between, &compared);
            Ok(Ok(compared))
        }
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
    (component, commits): (&FrozenComponent, &[Commit]),
    seen: &Seen,
) -> Result<Vec<artifact_verify::RangeCommit>, PlanRefusal> {
    if workshop.configuration.governance.is_none() {
        return Ok(attributed(commits, &Book::closed()));
    }
    let source = &component.source;
    let mut merges = KnownMerges::of(&*workshop.pull_requests, seen.id(source));
    for commit in commits {
        merges.follow_hints(commit).await?;
    }
    let book = Book::of(merges.found(), Named::new());
    let asked = to_ask(commits, &component.commit, &book);
    let asked: Vec<_> = asked.into_iter().take(ASKED_MAX).collect();
    let answers: Vec<(CommitSha, Vec<NamedPull>)> = stream::iter(asked)
        .map(|commit| async move {
            let found = pulls_of(workshop, source, &commit).await?;
            Ok::<_, PlanRefusal>((commit, found))
        })
        .buffered(ASKED_AT_ONCE_MAX)
        .try_collect()
        .await?;
    let mut pulls = Named::new();
    for (commit, found) in answers {
        let mut numbers = Vec::new();
        for pull in found {
            if merges.look_up(&pull, source).await? {
                numbers.push(pull.number);
            }
        }
        pulls.insert(commit, numbers);
    }
    let book = Book::of(merges.found(), pulls).with_unreadable(merges.unreadable());
    Ok(attributed(commits, &book))
}

/// The merged pull requests of a commit, as GitHub names them.
async fn pulls_of(
    workshop: &Workshop,
    source: &FullName,
    commit: &CommitSha,
) -> Result<Vec<NamedPull>, PlanRefusal> {
    if let Some(found) = workshop.found_before.asked(source, commit) {
        return Ok(found);
    }
    let repository = workshop.github().repository(&source.owner, &source.name)?;
    let found = merged(&repository.pull_requests_of_commit(commit).await?);
    workshop.found_before.keep_asked(source, commit, &found);
    Ok(found)
}

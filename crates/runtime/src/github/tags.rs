//! What a plan's tags name, or would name if they were made now.

use super::frozen::{FullName, NewTag};
use super::planning::{PlanRefusal, Wish};
use super::workshop::Workshop;
use dependency_graph::Plan;
use domain_types::{CommitSha, RepoName, TagName};
use github_client::CommitAt;
use std::collections::{BTreeMap, BTreeSet};

/// The commit of a tag.
#[derive(Debug, Clone)]
pub(super) struct AtTag {
    pub(super) commit: CommitAt,
    /// Where there is no such tag: the default branch, whose newest commit stands for it unless the manifest names another.
    pub(super) branch: Option<String>,
}

/// The commit of a tag; where there is none and somebody wishes to tag or to rehearse, the one that it will name: the manifest's
/// `git_commit`, or else the newest of the default branch.
///
/// # Errors
/// GitHub's, or that the manifest's commit is not there.
pub(super) async fn at_tag(
    workshop: &Workshop,
    (source, tag): (&FullName, &TagName),
    (wish, declared): (Wish, Option<&CommitSha>),
) -> Result<Option<AtTag>, PlanRefusal> {
    let repository = workshop.github().repository(&source.owner, &source.name)?;
    if let Some(commit) = repository.commit_at(&format!("tags/{tag}")).await? {
        return Ok(Some(AtTag { commit, branch: None }));
    }
    if wish == Wish::Release {
        return Ok(None);
    }
    let branch = repository.info().await?.default_branch;
    let wanted = match declared {
        Some(commit) => commit.as_str().to_owned(),
        None => format!("heads/{branch}"),
    };
    let Some(commit) = repository.commit_at(&wanted).await? else {
        return Err(PlanRefusal::Unseen(format!(
            "{source} has no {wanted} for its tag {tag}; push it, then ask again"
        )));
    };
    if declared.is_some() && repository.has_on_branch(&branch, &commit.sha).await? != Some(true) {
        return Err(PlanRefusal::Unseen(format!(
            "{source} has {wanted}, but not on its branch {branch}, so nobody may have merged it: it is not given the tag {tag}; merge it, \
             or push the tag yourself, then ask again"
        )));
    }
    Ok(Some(AtTag {
        commit,
        branch: Some(branch),
    }))
}

/// The tags that are to be made, each once.
///
/// # Errors
/// If one of them would have to name two commits, or could not be made; or GitHub's.
pub(super) async fn tags_to_make(
    workshop: &Workshop,
    own: (&FullName, &TagName, &AtTag),
    plan: (&Plan, &BTreeMap<RepoName, (FullName, AtTag)>),
) -> Result<Vec<NewTag>, PlanRefusal> {
    let new = new_tags(own, plan)?;
    can_be_made(workshop, &new).await?;
    Ok(new)
}

fn new_tags(
    (home, tag, at): (&FullName, &TagName, &AtTag),
    (plan, found): (&Plan, &BTreeMap<RepoName, (FullName, AtTag)>),
) -> Result<Vec<NewTag>, PlanRefusal> {
    let of_components = plan.components().iter().filter_map(|component| {
        let (source, at) = found.get(&component.name)?;
        Some((source, &component.tag, at))
    });
    let all = of_components.chain([(home, tag, at)]);
    let missing = all.filter(|(_, _, at)| at.branch.is_some());
    let new = missing.map(|(source, tag, at)| NewTag {
        source: source.clone(),
        tag: tag.clone(),
        commit: at.commit.sha.clone(),
    });
    let new: Vec<NewTag> = new.collect::<BTreeSet<_>>().into_iter().collect();
    let twice = new
        .windows(2)
        .find(|two| two[0].source == two[1].source && two[0].tag == two[1].tag);
    match twice {
        Some(two) => Err(PlanRefusal::No(format!(
            "{} would get its tag {} at two commits, {} and {}; ask again, or give the components of one repository one `git_commit`",
            two[0].source, two[0].tag, two[0].commit, two[1].commit
        ))),
        None => Ok(new),
    }
}

/// Whether whoever makes these tags is where they are to be: told before anybody approves them.
async fn can_be_made(workshop: &Workshop, new: &[NewTag]) -> Result<(), PlanRefusal> {
    let sources: BTreeSet<&FullName> = new.iter().map(|new| &new.source).collect();
    for source in sources {
        let installed = workshop
            .writer()
            .installation(&source.owner, &source.name)
            .await?;
        if installed.is_none() {
            return Err(PlanRefusal::No(format!(
                "the App that makes tags is not installed on {source}: install it there, or push the tag yourself, then ask again"
            )));
        }
    }
    Ok(())
}

//! Makes the tags that a plan froze commits for and that were not there: each once, and none is ever moved.

use super::frozen::{FrozenRelease, NewTag};
use super::said::{made, refused, unfinished};
use super::workshop::Workshop;
use crate::error::sentence;
use crate::ports::Unfinished;
use domain_types::ReleaseId;
use github_client::Written;
use orchestrator::Failure;

/// GitHub's status for a reference that cannot be made, most often because it is there.
const UNPROCESSABLE: u16 = 422;

/// Makes all of them, the release's own last: whoever sees it finds everything that it stands for. Nothing is made if one of them is
/// somewhere else. Can be repeated.
///
/// # Errors
/// If one is there at another commit, cannot be made, or nobody can tell; or if the release has ended meanwhile.
pub(super) async fn make_tags(
    workshop: &Workshop,
    (release, frozen): (&ReleaseId, &FrozenRelease),
) -> Result<(), Unfinished> {
    for new in &frozen.new_tags {
        let repository = workshop.writable(&new.source)?;
        let found = repository.tag(new.tag.as_str()).await;
        let found = found.map_err(|error| unfinished(&error))?;
        if found.is_some_and(|found| found != new.commit) {
            return Err(elsewhere(new, "it is there at another commit").into());
        }
    }
    let is_own = |new: &&NewTag| new.source == frozen.home && new.tag == frozen.tag;
    let (own, others): (Vec<&NewTag>, Vec<&NewTag>) = frozen.new_tags.iter().partition(is_own);
    for new in others.into_iter().chain(own) {
        if workshop.state(release).await?.phase().is_ended() {
            return Err(refused("the release has ended: no further tag is made").into());
        }
        make(workshop, new).await?;
    }
    Ok(())
}

async fn make(workshop: &Workshop, new: &NewTag) -> Result<(), Unfinished> {
    let NewTag { source, tag, commit } = new;
    let repository = workshop.writable(source)?;
    match repository.create_tag(tag.as_str(), commit).await {
        Written::Rejected(error) if error.status() == Some(UNPROCESSABLE) => {
            Err(elsewhere(new, &sentence(&error)).into())
        }
        written @ (Written::Done(()) | Written::Accepted | Written::Rejected(_) | Written::Unknown(_)) => {
            made(written)?;
            tracing::info!(repository = %source, tag = %tag, commit = %commit, "a tag was made");
            Ok(())
        }
    }
}

fn elsewhere(NewTag { source, tag, commit }: &NewTag, why: &str) -> Failure {
    refused(format!(
        "{source} cannot have its tag {tag} at {commit}, which this release froze for it: {why}; a tag never moves, so cancel this \
         release, then release the tag that is there, or another version"
    ))
}

//! Makes the tags that a plan froze commits for and that were not there: each once, and none is ever moved.

use super::frozen::{FrozenRelease, NewTag};
use super::said::{made, refused};
use super::workshop::Workshop;
use crate::ports::Unfinished;
use github_client::Written;

/// GitHub's status for a reference that is there already.
const ALREADY_EXISTS: u16 = 422;

/// Makes all of them, the release's own last: whoever sees it finds everything that it stands for. Can be repeated.
///
/// # Errors
/// If one is there at another commit, cannot be made, or nobody can tell.
pub(super) async fn make_tags(workshop: &Workshop, frozen: &FrozenRelease) -> Result<(), Unfinished> {
    let is_own = |new: &&NewTag| new.source == frozen.home && new.tag == frozen.tag;
    let (own, others): (Vec<&NewTag>, Vec<&NewTag>) = frozen.new_tags.iter().partition(is_own);
    for new in others.into_iter().chain(own) {
        make(workshop, new).await?;
    }
    Ok(())
}

async fn make(workshop: &Workshop, new: &NewTag) -> Result<(), Unfinished> {
    let NewTag { source, tag, commit } = new;
    let repository = workshop.repository(source)?;
    match repository.create_tag(tag.as_str(), commit).await {
        Written::Rejected(error) if error.status() == Some(ALREADY_EXISTS) => Err(refused(format!(
            "{source} has a tag {tag} by now that does not name {commit}, which this release froze for it; a tag never moves: cancel \
             this release, then release that tag or another version"
        ))
        .into()),
        written @ (Written::Done(()) | Written::Accepted | Written::Rejected(_) | Written::Unknown(_)) => {
            made(written).map(|_| tracing::info!(repository = %source, tag = %tag, commit = %commit, "a tag was made"))
        }
    }
}

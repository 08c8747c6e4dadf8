//! What GitHub answers, in the words of the gate.

use crate::gate::{FoundComment, FoundFile, FoundMerge, ShownStatus};
use domain_types::{PullRequestId, Timestamp};
use github_client::{
    Actor, ChangedFiles, Comment, CommitStatus, PullRequest, PullRequestEvent, PullRequestEventKind,
    PullRequestState,
};
use governance_rules::ChangedPath;

/// The newest status under a context; whether we set it shows in its line.
pub(super) fn own_status(statuses: &[CommitStatus], context: &str, own: &str) -> Option<ShownStatus> {
    let newest = statuses.iter().find(|status| status.context == context)?;
    // Somebody else's is as good as another one: it is written over.
    let description = match is_by(newest.creator.as_ref(), own) {
        true => newest.description.clone().unwrap_or_default(),
        false => "by somebody else".to_owned(),
    };
    Some(ShownStatus {
        state: newest.state.as_str().to_owned(),
        description,
    })
}

pub(super) fn count_of(statuses: &[CommitStatus], context: &str) -> u32 {
    let those = statuses.iter().filter(|status| status.context == context);
    u32::try_from(those.count()).unwrap_or(u32::MAX)
}

pub(super) fn is_by(actor: Option<&Actor>, login: &str) -> bool {
    actor.is_some_and(|actor| actor.login.eq_ignore_ascii_case(login))
}

/// Who it is; empty where the account is gone.
pub(super) fn login_of(actor: Option<&Actor>) -> String {
    actor.map_or_else(String::new, |actor| actor.login.clone())
}

/// The owner and the bare name of its repository.
pub(super) fn place_of(pull: &PullRequest) -> Option<(&str, &str)> {
    let named = pull.base.repository.as_ref()?;
    named.full_name.split_once('/')
}

/// When the last of these happened.
pub(super) fn last(events: &[PullRequestEvent], kinds: &[PullRequestEventKind]) -> Option<Timestamp> {
    let those = events.iter().filter(|event| kinds.contains(&event.kind));
    those.map(|event| event.created_at).max()
}

pub(super) fn merged(pull: &PullRequest) -> Option<FoundMerge> {
    Some(FoundMerge {
        at: pull.merged_at?,
        by: pull.merged_by.as_ref().map(|actor| actor.login.clone()),
        commit: pull.merge_commit_sha.clone(),
    })
}

fn file(file: &github_client::ChangedFile) -> FoundFile {
    FoundFile {
        path: ChangedPath {
            path: file.path.clone(),
            previous: file.previous_path.clone(),
        },
        status: file.status.as_str().to_owned(),
        blob: file.blob_sha.clone(),
    }
}

pub(super) fn comment(comment: Comment, own: &str) -> FoundComment {
    FoundComment {
        id: comment.id.0,
        is_own: is_by(comment.author.as_ref(), own),
        author: login_of(comment.author.as_ref()),
        created_at: comment.created_at,
        updated_at: comment.updated_at,
        body: comment.body,
    }
}

/// Other open pull requests with the same head and base.
pub(super) fn twins_of(pull: &PullRequest, own: PullRequestId, all: &[PullRequest]) -> Vec<PullRequestId> {
    let is_twin = |other: &&PullRequest| {
        other.state == PullRequestState::Open
            && other.number != own.number()
            && other.head.sha == pull.head.sha
            && other.base.reference == pull.base.reference
            && other.base.repository.as_ref().map(|base| base.id) == Some(own.repository_id())
    };
    let ids = all.iter().filter(is_twin);
    ids.filter_map(|other| PullRequestId::new(own.repository_id(), other.number).ok())
        .collect()
}

/// The files, and whether there are more than GitHub lists.
pub(super) fn files_of(files: &ChangedFiles) -> (Vec<FoundFile>, bool) {
    match files {
        ChangedFiles::All(files) => (files.iter().map(file).collect(), false),
        ChangedFiles::TooMany => (Vec::new(), true),
    }
}

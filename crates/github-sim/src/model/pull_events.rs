//! What happened to a pull request, as the list of its events tells it.

use super::pulls::Pull;
use super::{Call, GitHub, Handled, iso};
use crate::exchange::Answer;
use domain_types::Timestamp;
use serde_json::{Value, json};

/// Something that happened to a pull request.
#[derive(Debug, Clone)]
pub(crate) struct PullEvent {
    id: u64,
    kind: &'static str,
    actor: String,
    at: Timestamp,
    commit: Option<String>,
    /// What an event of its kind tells besides: a label, a title.
    more: Value,
}

impl GitHub {
    /// Notes that something happened to a pull request.
    pub(crate) fn note_event(&mut self, pull: u64, kind: &'static str, actor: &str, commit: Option<&str>) {
        self.note_event_with(pull, (kind, json!({})), actor, commit);
    }

    /// The same, with what an event of its kind tells besides.
    pub(crate) fn note_event_with(
        &mut self,
        pull: u64,
        (kind, more): (&'static str, Value),
        actor: &str,
        commit: Option<&str>,
    ) {
        let (id, at) = (self.id(), self.now);
        if let Some(pull) = self.pulls.get_mut(&pull) {
            pull.updated = at;
            pull.events.push(PullEvent {
                id,
                kind,
                actor: actor.to_owned(),
                at,
                commit: commit.map(str::to_owned),
                more,
            });
        }
    }

    pub(crate) fn list_pull_events(&self, call: &Call<'_>, repository: u64, number: u64) -> Handled {
        let pull = self.pull_numbered(repository, number)?;
        let views: Result<Vec<Value>, Answer> = pull
            .events
            .iter()
            .map(|event| self.pull_event_view(pull, event))
            .collect();
        Ok(call.list(&self.api, views?))
    }

    fn pull_event_view(&self, pull: &Pull, event: &PullEvent) -> Result<Value, Answer> {
        let base = self.repository_url(self.known(pull.repository)?);
        let commit_url = event.commit.as_ref().map(|sha| format!("{base}/commits/{sha}"));
        let mut view = json!({
            "id": event.id,
            "node_id": format!("EV_{}", event.id),
            "url": format!("{base}/issues/events/{}", event.id),
            "actor": self.user_view(&event.actor),
            "event": event.kind,
            "commit_id": event.commit,
            "commit_url": commit_url,
            "created_at": iso(event.at),
            "performed_via_github_app": null,
        });
        super::views::merge(&mut view, event.more.clone());
        Ok(view)
    }
}

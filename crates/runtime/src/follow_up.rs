//! Follow-ups as effects: noted, sent, and where no answer came looked for.

use crate::ports::{FollowUpFound, FollowUpSent, ReleasePublisher};
use effects::{HandleWriter, Performed, Probed, Reply};
use serde_json::json;
use storage::Intent;

/// Sends one. Nothing is sent that was not noted.
pub(crate) async fn perform(
    publisher: &dyn ReleasePublisher,
    (intent, name): (&Intent, &str),
    handle: &HandleWriter<'_>,
) -> Performed {
    let note = match publisher.prepare_follow_up(&intent.release, name).await {
        Ok(note) => note,
        Err(failure) if failure.kind.is_of_the_world() => {
            return Performed::Unknown {
                reason: failure.reason,
            };
        }
        Err(failure) => return Performed::Rejected(failed(intent, name, &failure.reason)),
    };
    if let Err(error) = handle.record(&note).await {
        return Performed::Unknown {
            reason: error.to_string(),
        };
    }
    match publisher.follow_up(&intent.release, name).await {
        FollowUpSent::Done(told) => Performed::Done(done(intent, name, &told)),
        FollowUpSent::Failed(failure) => Performed::Rejected(failed(intent, name, &failure.reason)),
        FollowUpSent::Unknown { reason } => Performed::Unknown { reason },
        FollowUpSent::Later { reason } => match handle.record(NOT_SENT).await {
            Ok(()) => Performed::Unknown { reason },
            // The doubt that is left is looked into.
            Err(error) => Performed::Unknown {
                reason: format!("{reason}; {error}"),
            },
        },
    }
}

/// Stands in place of a note: what it was about was certainly not sent.
const NOT_SENT: &str = "\"not sent\"";

/// What became of one that may have been sent.
pub(crate) async fn probe(publisher: &dyn ReleasePublisher, intent: &Intent, name: &str) -> Probed {
    let Some(note) = intent.handle.as_deref().filter(|note| *note != NOT_SENT) else {
        return Probed::NotApplied;
    };
    match publisher.followed_up(&intent.release, name, note).await {
        Ok(FollowUpFound::Done(told)) => Probed::Applied(done(intent, name, &told)),
        Ok(FollowUpFound::NotDone) => Probed::NotApplied,
        Ok(FollowUpFound::InDoubt(why)) => Probed::Applied(in_doubt(intent, name, &why)),
        Err(failure) => Probed::Unknown {
            reason: failure.reason,
        },
    }
}

fn done(intent: &Intent, name: &str, told: &str) -> Reply {
    tracing::info!(release = %intent.release, follow_up = name, told, "what follows the release is done");
    reply(name, "done", told)
}

fn failed(intent: &Intent, name: &str, reason: &str) -> Reply {
    tracing::error!(release = %intent.release, follow_up = name, reason, "what follows the release was refused");
    reply(name, "failed", reason)
}

fn in_doubt(intent: &Intent, name: &str, reason: &str) -> Reply {
    tracing::error!(release = %intent.release, follow_up = name, reason, "nobody can tell whether what follows the release was done");
    reply(name, "in_doubt", reason)
}

/// Nobody waits for it: what came of it stays with the intent, where `release show` finds it.
fn reply(name: &str, outcome: &str, detail: &str) -> Reply {
    Reply {
        result: json!({ "follow_up": name, "outcome": outcome, "detail": detail }).to_string(),
        events: Vec::new(),
    }
}

//! Follow-ups, and steps of a former way, as effects: noted, sent, and where no answer came looked for.

use crate::ports::{FollowUpFound, FollowUpSent, ReleasePublisher, Told, Word};
use domain_types::ReleaseId;
use effects::{HandleWriter, Performed, Probed, Reply};
use serde_json::json;

/// Sends one. Nothing is sent that was not noted.
pub(crate) async fn perform(
    publisher: &dyn ReleasePublisher,
    (release, word): (&ReleaseId, &Word),
    handle: &HandleWriter<'_>,
) -> Performed {
    let note = match publisher.prepare_follow_up(release, word).await {
        Ok(note) => note,
        Err(failure) if failure.kind.is_of_the_world() => {
            return Performed::Unknown {
                reason: failure.reason,
            };
        }
        Err(failure) => return Performed::Rejected(failed(release, word, &failure.reason)),
    };
    if let Err(error) = handle.record(&note).await {
        return Performed::Unknown {
            reason: error.to_string(),
        };
    }
    match publisher.follow_up(release, word, &note).await {
        FollowUpSent::Done(told) => Performed::Done(done(release, word, &told)),
        FollowUpSent::Failed(failure) => Performed::Rejected(failed(release, word, &failure.reason)),
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
pub(crate) async fn probe(
    publisher: &dyn ReleasePublisher,
    (release, word): (&ReleaseId, &Word),
    note: Option<&str>,
) -> Probed {
    let Some(note) = note.filter(|note| *note != NOT_SENT) else {
        return Probed::NotApplied;
    };
    match publisher.followed_up(release, word, note).await {
        Ok(FollowUpFound::Done(told)) => Probed::Applied(done(release, word, &told)),
        Ok(FollowUpFound::NotDone) => Probed::NotApplied,
        Ok(FollowUpFound::InDoubt(why)) => Probed::Applied(in_doubt(release, word, &why)),
        Err(failure) => Probed::Unknown {
            reason: failure.reason,
        },
    }
}

fn done(release: &ReleaseId, word: &Word, told: &Told) -> Reply {
    let name = word.name();
    tracing::info!(%release, name, told = told.text, "whom it concerns was told");
    reply(word, "done", told)
}

fn failed(release: &ReleaseId, word: &Word, reason: &str) -> Reply {
    let name = word.name();
    tracing::error!(%release, name, reason, "whom it concerns cannot be told");
    reply(word, "failed", &of_text(reason))
}

fn in_doubt(release: &ReleaseId, word: &Word, reason: &str) -> Reply {
    let name = word.name();
    tracing::error!(%release, name, reason, "nobody can tell whether whom it concerns was told");
    reply(word, "in_doubt", &of_text(reason))
}

fn of_text(text: &str) -> Told {
    Told {
        text: text.to_owned(),
        run: None,
    }
}

/// What came of it stays with the intent, where `release show` finds it.
fn reply(word: &Word, outcome: &str, told: &Told) -> Reply {
    let result =
        json!({ "follow_up": word.name(), "outcome": outcome, "detail": told.text, "run": told.run });
    Reply {
        result: result.to_string(),
        events: Vec::new(),
    }
}

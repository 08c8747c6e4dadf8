//! Rows to values, whichever database gave them. A stored text that is none of our words is a corrupt database, never a default.

pub(crate) mod pull_request;

use crate::{
    Appended, BuildRow, Claim, ClaimedAs, ClaimedInbox, ClaimedIntent, FoundBuild, InboxId, InboxLease,
    InboxRow, InboxState, Intent, IntentLease, IntentRow, IntentState, JournalEntry, NewInboxRow, ReleaseRow,
    ReleaseSummary, StoreError, StoredRelease,
};
use domain_types::{Subject, Timestamp};
use std::collections::BTreeMap;
use std::str::FromStr;

/// The columns of a row. Both databases keep texts and 64-bit integers, and nothing else.
pub(crate) trait Columns {
    fn text(&self, name: &'static str) -> Result<String, StoreError>;
    fn optional_text(&self, name: &'static str) -> Result<Option<String>, StoreError>;
    fn number(&self, name: &'static str) -> Result<i64, StoreError>;
    fn optional_number(&self, name: &'static str) -> Result<Option<i64>, StoreError>;
}

impl<R: sqlx::Row> Columns for R
where
    for<'c> &'c str: sqlx::ColumnIndex<R>,
    for<'r> String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    for<'r> Option<String>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    for<'r> i64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    for<'r> Option<i64>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    fn text(&self, name: &'static str) -> Result<String, StoreError> {
        Ok(self.try_get(name)?)
    }

    fn optional_text(&self, name: &'static str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(name)?)
    }

    fn number(&self, name: &'static str) -> Result<i64, StoreError> {
        Ok(self.try_get(name)?)
    }

    fn optional_number(&self, name: &'static str) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get(name)?)
    }
}

/// A text column that is one of our newtypes.
fn word<T: FromStr<Err = domain_types::Invalid>>(
    row: &impl Columns,
    name: &'static str,
) -> Result<T, StoreError> {
    parse(name, &row.text(name)?)
}

/// A text column that is one of our newtypes, or null.
fn optional_word<T: FromStr<Err = domain_types::Invalid>>(
    row: &impl Columns,
    name: &'static str,
) -> Result<Option<T>, StoreError> {
    row.optional_text(name)?
        .map(|text| parse(name, &text))
        .transpose()
}

fn parse<T: FromStr<Err = domain_types::Invalid>>(name: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|invalid| StoreError::Corrupt {
        reason: format!("column {name}: {invalid}"),
    })
}

/// A count or revision: an integer that is not negative.
pub(crate) fn count<T: TryFrom<i64>>(row: &impl Columns, name: &'static str) -> Result<T, StoreError> {
    let number = row.number(name)?;
    T::try_from(number).map_err(|_| StoreError::Corrupt {
        reason: format!("column {name}: {number} is out of range"),
    })
}

/// Truth is stored as 0 or 1.
fn truth(row: &impl Columns, name: &'static str) -> Result<bool, StoreError> {
    Ok(row.number(name)? != 0)
}

/// Time is stored as milliseconds since 1970.
fn time(row: &impl Columns, name: &'static str) -> Result<Timestamp, StoreError> {
    Ok(Timestamp::from_milliseconds(row.number(name)?))
}

/// A time, or null.
pub(crate) fn optional_time(row: &impl Columns, name: &'static str) -> Result<Option<Timestamp>, StoreError> {
    Ok(row.optional_number(name)?.map(Timestamp::from_milliseconds))
}

/// A revision or epoch as the database has it; beyond 2^63 no counter of ours ever comes.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The end of a lease.
pub(crate) fn lease_end(claim: &Claim) -> i64 {
    claim
        .now
        .plus_seconds(u64::from(claim.lease_seconds))
        .milliseconds()
}

fn inbox_state(row: &impl Columns) -> Result<InboxState, StoreError> {
    let text = row.text("state")?;
    match text.as_str() {
        "pending" => Ok(InboxState::Pending),
        "done" => Ok(InboxState::Done),
        "refused" => Ok(InboxState::Refused),
        _ => Err(StoreError::Corrupt {
            reason: format!("inbox.state: {text:?}"),
        }),
    }
}

/// The state of an intent.
pub(crate) fn intent_state(row: &impl Columns) -> Result<IntentState, StoreError> {
    let text = row.text("state")?;
    match text.as_str() {
        "intent" => Ok(IntentState::Intent),
        "sending" => Ok(IntentState::Sending),
        "unknown" => Ok(IntentState::Unknown),
        "done" => Ok(IntentState::Done),
        "rejected" => Ok(IntentState::Rejected),
        "abandoned" => Ok(IntentState::Abandoned),
        _ => Err(StoreError::Corrupt {
            reason: format!("outbox.state: {text:?}"),
        }),
    }
}

/// A row of the inbox.
pub(crate) fn inbox(row: &impl Columns) -> Result<InboxRow, StoreError> {
    let revision = row.optional_number("revision")?;
    Ok(InboxRow {
        id: InboxId(row.number("id")?),
        row: NewInboxRow {
            key: row.text("key")?,
            release: optional_word(row, "release")?,
            kind: row.text("kind")?,
            body: row.text("body")?,
            actor: row.text("actor")?,
        },
        received_at: time(row, "received_at")?,
        state: inbox_state(row)?,
        reason: row.optional_text("reason")?,
        decided_at: optional_time(row, "decided_at")?,
        revision: revision.and_then(|revision| u64::try_from(revision).ok()),
    })
}

/// A row of the inbox, just claimed.
pub(crate) fn claimed_inbox(row: &impl Columns, claim: &Claim) -> Result<ClaimedInbox, StoreError> {
    let epoch = count(row, "epoch")?;
    let row = inbox(row)?;
    let lease = InboxLease {
        id: row.id,
        owner: claim.owner.clone(),
        epoch,
    };
    Ok(ClaimedInbox { lease, row })
}

/// The numbers of appended rows, by their keys.
pub(crate) fn keys(rows: &[impl Columns]) -> Result<BTreeMap<String, InboxId>, StoreError> {
    let key = |row| Ok((Columns::text(row, "key")?, InboxId(Columns::number(row, "id")?)));
    rows.iter().map(key).collect()
}

/// Each row with the number that it has; the first one with a key that was not known is new.
pub(crate) fn appended(
    rows: &[NewInboxRow],
    mut new: BTreeMap<String, InboxId>,
    known: &BTreeMap<String, InboxId>,
) -> Result<Vec<Appended>, StoreError> {
    let of = |row: &NewInboxRow| {
        if let Some(id) = new.remove(&row.key) {
            return Ok(Appended::New(id));
        }
        let id = known.get(&row.key).copied();
        id.map(Appended::Duplicate).ok_or_else(|| StoreError::Corrupt {
            reason: format!("inbox row {} was neither appended nor known", row.key),
        })
    };
    rows.iter().map(of).collect()
}

/// What a command belongs to.
fn subject(row: &impl Columns) -> Result<Subject, StoreError> {
    let release = optional_word(row, "release")?.map(Subject::Release);
    let pull_request = optional_word(row, "pull_request")?.map(Subject::PullRequest);
    release.or(pull_request).ok_or_else(|| StoreError::Corrupt {
        reason: "a command belongs to nothing".to_owned(),
    })
}

fn intent(row: &impl Columns) -> Result<Intent, StoreError> {
    Ok(Intent {
        id: word(row, "id")?,
        subject: subject(row)?,
        kind: row.text("kind")?,
        body: row.text("body")?,
        priority: row.number("priority")?,
        pool: row.optional_text("pool")?,
        created_at: time(row, "created_at")?,
        sends: count(row, "sends")?,
        unknowns: count(row, "unknowns")?,
        handle: row.optional_text("handle")?,
        reason: row.optional_text("reason")?,
    })
}

/// A row of the outbox.
pub(crate) fn outbox(row: &impl Columns) -> Result<IntentRow, StoreError> {
    let owner = row.optional_text("lease_owner")?;
    Ok(IntentRow {
        intent: intent(row)?,
        state: intent_state(row)?,
        result: row.optional_text("result")?,
        run_after: time(row, "run_after")?,
        slot_held: truth(row, "slot_held")?,
        leased: owner.zip(optional_time(row, "lease_until")?),
        settled_at: optional_time(row, "settled_at")?,
    })
}

/// A row of the outbox, just claimed.
pub(crate) fn claimed_intent(row: &impl Columns, claim: &Claim) -> Result<ClaimedIntent, StoreError> {
    let intent = intent(row)?;
    let claimed_as = match intent_state(row)? {
        IntentState::Intent => ClaimedAs::Fresh,
        IntentState::Sending | IntentState::Unknown => ClaimedAs::MustProbe,
        settled @ (IntentState::Done | IntentState::Rejected | IntentState::Abandoned) => {
            return Err(StoreError::Corrupt {
                reason: format!("intent {} was claimed as {settled:?}", intent.id),
            });
        }
    };
    let lease = IntentLease {
        id: intent.id.clone(),
        owner: claim.owner.clone(),
        epoch: count(row, "epoch")?,
    };
    Ok(ClaimedIntent {
        lease,
        intent,
        claimed_as,
    })
}

/// A release without its builds.
pub(crate) fn release(row: &impl Columns) -> Result<ReleaseSummary, StoreError> {
    Ok(ReleaseSummary {
        id: word(row, "id")?,
        revision: count(row, "revision")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        row: ReleaseRow {
            name: word(row, "name")?,
            version: word(row, "version")?,
            plan_digest: word(row, "plan_digest")?,
            phase: row.text("phase")?,
            held: truth(row, "held")?,
            ended: truth(row, "ended")?,
            occupies: truth(row, "occupies")?,
            body: row.text("body")?,
        },
    })
}

/// A release with its builds.
pub(crate) fn stored_release<R: Columns>(row: &R, builds: &[R]) -> Result<StoredRelease, StoreError> {
    let ReleaseSummary {
        id,
        revision,
        created_at,
        updated_at,
        row,
    } = release(row)?;
    Ok(StoredRelease {
        id,
        revision,
        created_at,
        updated_at,
        row,
        builds: builds.iter().map(build).collect::<Result<_, _>>()?,
    })
}

/// A build.
fn build(row: &impl Columns) -> Result<BuildRow, StoreError> {
    Ok(BuildRow {
        repository: word(row, "repository")?,
        platform: word(row, "platform")?,
        attempt: count(row, "attempt")?,
        state: row.text("state")?,
        reuse_key: optional_word(row, "reuse_key")?,
        body: row.text("body")?,
    })
}

/// A build and the release that built it.
pub(crate) fn found_build(row: &impl Columns) -> Result<FoundBuild, StoreError> {
    Ok(FoundBuild {
        release: word(row, "release")?,
        build: build(row)?,
    })
}

/// A line of the journal.
pub(crate) fn entry(row: &impl Columns) -> Result<JournalEntry, StoreError> {
    Ok(JournalEntry {
        revision: count(row, "revision")?,
        at: time(row, "at")?,
        event_kind: row.text("event_kind")?,
        event: row.text("event")?,
        facts: row.text("facts")?,
        inbox: row.optional_number("inbox")?.map(InboxId),
        snapshot: row.optional_text("snapshot")?,
    })
}

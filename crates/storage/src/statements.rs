//! What both databases are asked in the same words. Arguments are named in the order of their numbers.

/// One inbox row, by its number.
pub(crate) const INBOX_ROW: &str = "SELECT * FROM inbox WHERE id = $1";

/// The newest refused rows: how many. A body above `REFUSED_BODY_CHARS_MAX` does not count.
pub(crate) const REFUSED_INBOX: &str =
    "SELECT * FROM inbox WHERE state = 'refused' AND length(body) <= 65536 ORDER BY id DESC LIMIT $1";

/// Refuses an inbox row: the reason, the time, the row, its owner, its epoch.
pub(crate) const REFUSE_INBOX: &str = "\
UPDATE inbox SET state = 'refused', reason = $1, decided_at = $2, lease_owner = NULL, lease_until = NULL
WHERE id = $3 AND lease_owner = $4 AND epoch = $5 AND state = 'pending'";

/// Ends an inbox row without a revision: the time, the row, its owner, its epoch.
pub(crate) const ANSWER_INBOX: &str = "\
UPDATE inbox SET state = 'done', decided_at = $1, lease_owner = NULL, lease_until = NULL
WHERE id = $2 AND lease_owner = $3 AND epoch = $4 AND state = 'pending'";

/// Ends the leases on inbox rows of everybody but one.
pub(crate) const TAKE_OVER_INBOX: &str = "\
UPDATE inbox SET lease_owner = NULL, lease_until = NULL, epoch = epoch + 1 WHERE lease_owner <> $1";

/// A release, by its id.
pub(crate) const RELEASE: &str = "SELECT * FROM release WHERE id = $1";

/// The builds of a release.
pub(crate) const BUILDS: &str = "SELECT * FROM build WHERE release = $1 ORDER BY repository, platform";

/// The newest releases, so many.
pub(crate) const RELEASES: &str = "SELECT * FROM release ORDER BY created_at DESC, id DESC LIMIT $1";

/// The journal of a release behind a revision, so many entries.
pub(crate) const JOURNAL: &str = "\
SELECT * FROM release_event WHERE release = $1 AND revision > $2 ORDER BY revision LIMIT $3";

/// The newest entry of a release that carries a snapshot.
pub(crate) const NEWEST_SNAPSHOT: &str = "\
SELECT * FROM release_event WHERE release = $1 AND snapshot IS NOT NULL ORDER BY revision DESC LIMIT 1";

/// The newest succeeded build with a reuse key.
pub(crate) const FIND_BUILD: &str = "\
SELECT * FROM build WHERE reuse_key = $1 AND state = 'succeeded'
ORDER BY updated_at DESC, release DESC, repository, platform LIMIT 1";

/// Notes what is about to begin: the command, its owner, its epoch, the note.
pub(crate) const RECORD_HANDLE: &str = "\
UPDATE outbox SET handle = $4 WHERE id = $1 AND lease_owner = $2 AND epoch = $3 AND state = 'sending'";

/// Lets a lease last: the command, its owner, its epoch, until when.
pub(crate) const RENEW_INTENT: &str = "\
UPDATE outbox SET lease_until = $4 WHERE id = $1 AND lease_owner = $2 AND epoch = $3";

/// Ends the leases on intents of everybody but one.
pub(crate) const TAKE_OVER_INTENTS: &str = "\
UPDATE outbox SET lease_owner = NULL, lease_until = NULL, epoch = epoch + 1 WHERE lease_owner <> $1";

/// Ends the waits of all intents: they were meant for a living owner, or set by a clock that was ahead; after a restart the truth is
/// wanted at once.
pub(crate) const END_WAITS: &str = "\
UPDATE outbox SET run_after = $1 WHERE state IN ('intent', 'sending', 'unknown') AND run_after > $1";

/// When an intent becomes claimable that is not claimable at a time: its time comes, or its lease ends.
pub(crate) const NEXT_INTENT: &str = "\
SELECT MIN(CASE WHEN lease_until IS NULL OR lease_until < run_after THEN run_after ELSE lease_until END)
FROM outbox WHERE state IN ('intent', 'sending', 'unknown') AND (run_after > $1 OR lease_until > $1)";

/// All intents of a release.
pub(crate) const INTENTS: &str = "SELECT * FROM outbox WHERE release = $1 ORDER BY seq";

/// The newest commands of a pull request, so many.
pub(crate) const PULL_REQUEST_INTENTS: &str =
    "SELECT * FROM outbox WHERE pull_request = $1 ORDER BY seq DESC LIMIT $2";

/// When the earliest timer is due.
pub(crate) const NEXT_TIMER: &str = "SELECT MIN(due_at) FROM timer";

/// A pull request, by its id.
pub(crate) const PULL_REQUEST: &str = "SELECT * FROM pull_request WHERE id = $1";

/// Pull requests: of repository $1 or of all, all or ($2) only the open ones, behind the numbers $3 and $4, so many.
pub(crate) const PULL_REQUESTS: &str = "\
SELECT * FROM pull_request WHERE ($1 IS NULL OR repository = $1) AND (open = 1 OR $2 = 0)
    AND (repository_id, number) > ($3, $4)
ORDER BY repository_id, number LIMIT $5";

/// When the next pull request can be claimed.
pub(crate) const NEXT_LOOK: &str = "\
SELECT MIN(COALESCE(lease_until, due_at)) FROM pull_request WHERE COALESCE(lease_until, due_at) IS NOT NULL";

/// Puts a look off: until when, the reason, the time, the pull request, its owner, its epoch.
pub(crate) const PUT_OFF: &str = "\
UPDATE pull_request SET due_at = $1, reason = $2, updated_at = $3, failures = failures + 1, lease_owner = NULL, lease_until = NULL
WHERE id = $4 AND lease_owner = $5 AND epoch = $6";

/// Ends a look: the pull request, whether it is open, its body, its revision, how often it was wanted when the look began, the time, and when
/// it is due by itself.
pub(crate) const END_LOOK: &str = "\
UPDATE pull_request SET open = $2, body = $3, revision = $4, seen = $5, updated_at = $6,
    due_at = CASE WHEN wanted > $5 AND (due_at < $7 OR $7 IS NULL) THEN due_at ELSE $7 END,
    failures = 0, reason = NULL, lease_owner = NULL, lease_until = NULL
WHERE id = $1";

/// A line of the book: pull request, revision, time, both digests, outcome, body.
pub(crate) const WRITE_DECISION: &str = "\
INSERT INTO pull_request_decision (pull_request, revision, at, ruleset_digest, facts_digest, outcome, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// Withdraws a signature: the pull request, the time, the statement's digest, the key.
pub(crate) const WITHDRAW: &str = "\
UPDATE signature SET withdrawn_at = $2
WHERE pull_request = $1 AND statement_digest = $3 AND key_identity = $4 AND withdrawn_at IS NULL";

/// Whether a signature was received: the pull request, the statement's digest, the key.
pub(crate) const RECEIVED: &str = "\
SELECT COUNT(*) FROM signature WHERE pull_request = $1 AND statement_digest = $2 AND key_identity = $3";

/// The decisions about a pull request before a revision, so many.
pub(crate) const DECISIONS: &str = "\
SELECT * FROM pull_request_decision WHERE pull_request = $1 AND revision < $2 ORDER BY revision DESC LIMIT $3";

/// All signatures of a pull request.
pub(crate) const SIGNATURES: &str = "\
SELECT * FROM signature WHERE pull_request = $1 ORDER BY received_at, statement_digest, key_identity";

/// The ruleset with the highest version.
pub(crate) const NEWEST_RULESET: &str = "SELECT * FROM ruleset ORDER BY version DESC LIMIT 1";

/// The newest ruleset with a digest.
pub(crate) const RULESET: &str = "SELECT * FROM ruleset WHERE digest = $1 ORDER BY version DESC LIMIT 1";

/// The version of the newest ruleset; 0 if there is none.
pub(crate) const NEWEST_VERSION: &str = "SELECT COALESCE(MAX(version), 0) AS version FROM ruleset";

/// Accepts a ruleset, if it follows upon the newest: version, digest, commit, body, why, the time.
pub(crate) const ACCEPT_RULESET: &str = "\
INSERT INTO ruleset (version, digest, commit_sha, body, because, accepted_at)
    SELECT $1, $2, $3, $4, $5, $6 WHERE $1 = 1 + (SELECT COALESCE(MAX(version), 0) FROM ruleset)";

/// Ends the leases on pull requests of everybody but one; what they looked at is to be looked at again, at $2.
pub(crate) const TAKE_OVER_PULL_REQUESTS: &str = "\
UPDATE pull_request SET lease_owner = NULL, lease_until = NULL, epoch = epoch + 1, due_at = $2 WHERE lease_owner <> $1";

/// Most findings reported per check, in rows: enough to see what happened.
pub(crate) const FINDINGS_MAX: i64 = 20;

/// Rows that contradict each other: a name, and a statement that gives one text per contradiction, so many.
pub(crate) const CONTRADICTIONS: [(&str, &str); 10] = [
    (
        "the journal of a release has no gap and ends at its revision",
        "SELECT r.id || ' at revision ' || r.revision FROM release r WHERE r.revision <>
             (SELECT COUNT(*) FROM release_event e WHERE e.release = r.id AND e.revision BETWEEN 1 AND r.revision)
             OR EXISTS (SELECT 1 FROM release_event e WHERE e.release = r.id AND e.revision > r.revision) LIMIT $1",
    ),
    (
        "every inbox row that made a revision has it in the journal",
        "SELECT 'inbox/' || i.id FROM inbox i WHERE i.revision IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM release_event e WHERE e.inbox = i.id AND e.revision = i.revision) LIMIT $1",
    ),
    (
        "every revision that came from an inbox row is on that row",
        "SELECT e.release || ' revision ' || e.revision FROM release_event e JOIN inbox i ON i.id = e.inbox
             WHERE i.state <> 'done' OR i.revision <> e.revision LIMIT $1",
    ),
    (
        "no build is newer than its release",
        "SELECT b.release || ' ' || b.repository || ':' || b.platform FROM build b JOIN release r ON r.id = b.release
             WHERE b.revision > r.revision LIMIT $1",
    ),
    (
        "no timer is newer than its release",
        "SELECT t.release || ' ' || t.key FROM timer t JOIN release r ON r.id = t.release
             WHERE t.revision > r.revision LIMIT $1",
    ),
    (
        "every intent belongs to the release or pull request in its id",
        "SELECT o.id FROM outbox o WHERE COALESCE(substr(o.id, 1, length(o.release) + 1) <> o.release || '/',
             substr(o.id, 1, length(o.pull_request) + 4) <> 'pr/' || o.pull_request || '/') LIMIT $1",
    ),
    (
        "a release that ended holds no pool slot with an unsent intent",
        "SELECT o.id FROM outbox o JOIN release r ON r.id = o.release
             WHERE r.ended = 1 AND o.state = 'intent' AND o.slot_held = 1 LIMIT $1",
    ),
    (
        "no intent waits for which a newer one stands",
        "SELECT o.id FROM outbox o WHERE o.superseded = 1 AND o.state = 'intent' LIMIT $1",
    ),
    (
        "the decisions about a pull request have no gap and end at its revision",
        "SELECT 'pull request ' || p.id || ' at revision ' || p.revision FROM pull_request p WHERE p.revision <>
             (SELECT COUNT(*) FROM pull_request_decision d WHERE d.pull_request = p.id AND d.revision BETWEEN 1 AND p.revision)
             OR EXISTS (SELECT 1 FROM pull_request_decision d WHERE d.pull_request = p.id AND d.revision > p.revision) LIMIT $1",
    ),
    (
        "the versions of the rules have no gap",
        "SELECT 'ruleset ' || r.version FROM ruleset r WHERE r.version > 1
             AND NOT EXISTS (SELECT 1 FROM ruleset e WHERE e.version = r.version - 1) LIMIT $1",
    ),
];

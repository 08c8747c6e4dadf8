-- Inbox, journal, state, outbox and timers of the first house.
-- Times are milliseconds since 1970 UTC; bodies are versioned JSON that the store does not read.
-- A lease is (lease_owner, lease_until, epoch): the epoch grows with every claim, and only its newest holder may write.

CREATE TABLE inbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    key         TEXT    NOT NULL UNIQUE,
    release     TEXT,
    kind        TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    actor       TEXT    NOT NULL,
    received_at INTEGER NOT NULL,
    state       TEXT    NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'refused')),
    reason      TEXT,
    decided_at  INTEGER,
    revision    INTEGER,
    lease_owner TEXT,
    lease_until INTEGER,
    epoch       INTEGER NOT NULL DEFAULT 0,
    CHECK ((state = 'pending') = (decided_at IS NULL)),
    CHECK ((state = 'refused') = (reason IS NOT NULL)),
    CHECK ((state = 'done') = (revision IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK (state = 'pending' OR lease_owner IS NULL)
) STRICT;
CREATE INDEX inbox_pending ON inbox (id) WHERE state = 'pending';

CREATE TABLE release (
    id          TEXT    PRIMARY KEY NOT NULL,
    name        TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    plan_digest TEXT    NOT NULL,
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    phase       TEXT    NOT NULL CHECK (phase IN (
        'planned', 'awaiting_approval', 'building', 'collecting', 'verifying', 'awaiting_signatures', 'drafted',
        'published', 'withdrawn', 'paused', 'stalled', 'cancelled', 'superseded', 'fell_back')),
    held        INTEGER NOT NULL CHECK (held IN (0, 1)),
    ended       INTEGER NOT NULL CHECK (ended IN (0, 1)),
    occupies    INTEGER NOT NULL CHECK (occupies IN (0, 1)),
    body        TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
-- One release of a name and version is active or published at a time.
CREATE UNIQUE INDEX release_occupied ON release (name, version) WHERE occupies = 1;
CREATE INDEX release_newest ON release (created_at, id);

CREATE TABLE release_event (
    release     TEXT    NOT NULL REFERENCES release (id),
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    at          INTEGER NOT NULL,
    event_kind  TEXT    NOT NULL,
    event       TEXT    NOT NULL,
    facts       TEXT    NOT NULL,
    inbox       INTEGER UNIQUE,
    snapshot    TEXT,
    PRIMARY KEY (release, revision)
) STRICT;
CREATE INDEX release_event_snapshot ON release_event (release, revision) WHERE snapshot IS NOT NULL;
CREATE TRIGGER release_event_is_never_changed BEFORE UPDATE ON release_event
    BEGIN SELECT RAISE(ABORT, 'the journal is only appended to'); END;
CREATE TRIGGER release_event_is_never_deleted BEFORE DELETE ON release_event
    BEGIN SELECT RAISE(ABORT, 'the journal is only appended to'); END;

CREATE TABLE build (
    release     TEXT    NOT NULL REFERENCES release (id),
    repository  TEXT    NOT NULL,
    platform    TEXT    NOT NULL,
    attempt     INTEGER NOT NULL CHECK (attempt >= 0),
    state       TEXT    NOT NULL CHECK (state IN (
        'waiting', 'requested', 'queued', 'running', 'succeeded', 'failed', 'skipped', 'reused')),
    reuse_key   TEXT,
    body        TEXT    NOT NULL,
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (release, repository, platform)
) STRICT;
CREATE INDEX build_reusable ON build (reuse_key, updated_at) WHERE state = 'succeeded' AND reuse_key IS NOT NULL;

CREATE TABLE outbox (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT    NOT NULL UNIQUE,
    release     TEXT    NOT NULL REFERENCES release (id),
    kind        TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    priority    INTEGER NOT NULL,
    pool        TEXT,
    slot_held   INTEGER NOT NULL DEFAULT 0 CHECK (slot_held IN (0, 1)),
    state       TEXT    NOT NULL DEFAULT 'intent' CHECK (state IN (
        'intent', 'sending', 'unknown', 'done', 'rejected', 'abandoned')),
    created_at  INTEGER NOT NULL,
    run_after   INTEGER NOT NULL,
    sent_at     INTEGER,
    sends       INTEGER NOT NULL DEFAULT 0 CHECK (sends >= 0),
    unknowns    INTEGER NOT NULL DEFAULT 0 CHECK (unknowns >= 0),
    handle      TEXT,
    result      TEXT,
    reason      TEXT,
    settled_at  INTEGER,
    lease_owner TEXT,
    lease_until INTEGER,
    epoch       INTEGER NOT NULL DEFAULT 0,
    CHECK (slot_held = 0 OR pool IS NOT NULL),
    CHECK ((sends = 0) = (sent_at IS NULL)),
    CHECK (state NOT IN ('sending', 'unknown', 'done') OR sends >= 1),
    CHECK ((state = 'done') = (result IS NOT NULL)),
    CHECK ((state IN ('done', 'rejected', 'abandoned')) = (settled_at IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK (settled_at IS NULL OR lease_owner IS NULL)
) STRICT;
CREATE INDEX outbox_open ON outbox (priority, seq) WHERE state IN ('intent', 'sending', 'unknown');
CREATE INDEX outbox_slots ON outbox (pool) WHERE slot_held = 1;
CREATE INDEX outbox_release ON outbox (release, seq);

CREATE TABLE timer (
    release     TEXT    NOT NULL REFERENCES release (id),
    key         TEXT    NOT NULL,
    due_at      INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    PRIMARY KEY (release, key)
) STRICT;
CREATE INDEX timer_due ON timer (due_at);

-- A command belongs to a release or to a pull request. A column cannot come to allow NULL, so the table is made anew; nothing refers to it.
CREATE TABLE outbox_anew (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT    NOT NULL UNIQUE,
    release      TEXT    REFERENCES release (id),
    pull_request TEXT    REFERENCES pull_request (id),
    kind         TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    priority     INTEGER NOT NULL,
    pool         TEXT,
    slot_held    INTEGER NOT NULL DEFAULT 0 CHECK (slot_held IN (0, 1)),
    passes_hold  INTEGER NOT NULL DEFAULT 0 CHECK (passes_hold IN (0, 1)),
    -- A newer command of the same pull request and kind stands for it: it is never sent again.
    superseded   INTEGER NOT NULL DEFAULT 0 CHECK (superseded IN (0, 1)),
    state        TEXT    NOT NULL DEFAULT 'intent' CHECK (state IN (
        'intent', 'sending', 'unknown', 'done', 'rejected', 'abandoned')),
    created_at   INTEGER NOT NULL,
    run_after    INTEGER NOT NULL,
    sent_at      INTEGER,
    sends        INTEGER NOT NULL DEFAULT 0 CHECK (sends >= 0),
    unknowns     INTEGER NOT NULL DEFAULT 0 CHECK (unknowns >= 0),
    handle       TEXT,
    result       TEXT,
    reason       TEXT,
    settled_at   INTEGER,
    lease_owner  TEXT,
    lease_until  INTEGER,
    epoch        INTEGER NOT NULL DEFAULT 0,
    CHECK ((release IS NULL) <> (pull_request IS NULL)),
    CHECK (superseded = 0 OR pull_request IS NOT NULL),
    CHECK (slot_held = 0 OR pool IS NOT NULL),
    CHECK ((sends = 0) = (sent_at IS NULL)),
    CHECK (state NOT IN ('sending', 'unknown', 'done') OR sends >= 1),
    CHECK ((state = 'done') = (result IS NOT NULL)),
    CHECK ((state IN ('done', 'rejected', 'abandoned')) = (settled_at IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK (settled_at IS NULL OR lease_owner IS NULL)
) STRICT;
INSERT INTO outbox_anew (seq, id, release, kind, body, priority, pool, slot_held, passes_hold, state, created_at, run_after, sent_at,
                         sends, unknowns, handle, result, reason, settled_at, lease_owner, lease_until, epoch)
    SELECT seq, id, release, kind, body, priority, pool, slot_held, passes_hold, state, created_at, run_after, sent_at,
           sends, unknowns, handle, result, reason, settled_at, lease_owner, lease_until, epoch
    FROM outbox ORDER BY seq;
DROP TABLE outbox;
ALTER TABLE outbox_anew RENAME TO outbox;
CREATE INDEX outbox_next ON outbox (state, priority DESC, seq) WHERE state IN ('intent', 'sending', 'unknown');
CREATE INDEX outbox_slots ON outbox (pool) WHERE slot_held = 1;
CREATE INDEX outbox_release ON outbox (release, seq) WHERE release IS NOT NULL;
CREATE INDEX outbox_pull_request ON outbox (pull_request, seq) WHERE pull_request IS NOT NULL;
-- Those of one pull request and kind are carried out one after the other.
CREATE INDEX outbox_in_order ON outbox (pull_request, kind, seq)
    WHERE pull_request IS NOT NULL AND state IN ('intent', 'sending', 'unknown');

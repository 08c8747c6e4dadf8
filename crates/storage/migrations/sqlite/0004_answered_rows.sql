-- A row that moves no release by itself is done without a revision: what follows from it are other rows. A CHECK cannot be
-- changed, so the table is made anew; nothing refers to it by name.
CREATE TABLE inbox_anew (
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
    CHECK (revision IS NULL OR state = 'done'),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    CHECK (state = 'pending' OR lease_owner IS NULL)
) STRICT;
INSERT INTO inbox_anew SELECT * FROM inbox ORDER BY id;
DROP TABLE inbox;
ALTER TABLE inbox_anew RENAME TO inbox;
CREATE INDEX inbox_pending ON inbox (id) WHERE state = 'pending';

-- A release may end as rehearsed. A CHECK cannot be changed, so the table is made anew; rows that refer to it find theirs again before
-- the commit.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE release_before AS SELECT * FROM release;
DROP TABLE release;
CREATE TABLE release (
    id          TEXT    PRIMARY KEY NOT NULL,
    name        TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    plan_digest TEXT    NOT NULL,
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    phase       TEXT    NOT NULL CHECK (phase IN (
        'planned', 'awaiting_approval', 'building', 'collecting', 'verifying', 'awaiting_signatures', 'drafted',
        'published', 'withdrawn', 'rehearsed', 'paused', 'stalled', 'cancelled', 'superseded', 'fell_back')),
    held        INTEGER NOT NULL CHECK (held IN (0, 1)),
    ended       INTEGER NOT NULL CHECK (ended IN (0, 1)),
    occupies    INTEGER NOT NULL CHECK (occupies IN (0, 1)),
    body        TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
INSERT INTO release SELECT * FROM release_before;
DROP TABLE release_before;
CREATE UNIQUE INDEX release_occupied ON release (name, version) WHERE occupies = 1;
CREATE INDEX release_newest ON release (created_at, id);

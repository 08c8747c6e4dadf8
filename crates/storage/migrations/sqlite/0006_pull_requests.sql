-- Pull requests: which are to be looked at, what was decided about them, who signed, and by which rules.

-- One row per pull request, so that no two look at one. It can be claimed from COALESCE(lease_until, due_at) on: when its lease ends, or,
-- while nobody looks at it, when it is due. While somebody does, due_at is what was wanted meanwhile.
CREATE TABLE pull_request (
    id            TEXT    PRIMARY KEY NOT NULL,
    repository_id INTEGER NOT NULL CHECK (repository_id >= 1),
    number        INTEGER NOT NULL CHECK (number >= 1),
    repository    TEXT    NOT NULL CHECK (repository <> ''),
    open          INTEGER NOT NULL DEFAULT 1 CHECK (open IN (0, 1)),
    revision      INTEGER NOT NULL DEFAULT 0 CHECK (revision >= 0),
    body          TEXT,
    wanted        INTEGER NOT NULL CHECK (wanted >= 1),
    seen          INTEGER NOT NULL DEFAULT 0 CHECK (seen BETWEEN 0 AND wanted),
    due_at        INTEGER,
    failures      INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    reason        TEXT,
    first_seen_at INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    lease_owner   TEXT,
    lease_until   INTEGER,
    epoch         INTEGER NOT NULL DEFAULT 0,
    UNIQUE (repository_id, number),
    CHECK (id = repository_id || '#' || number),
    CHECK ((failures > 0) = (reason IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    -- What was wanted and never seen is not forgotten.
    CHECK (seen = wanted OR lease_owner IS NOT NULL OR due_at IS NOT NULL)
) STRICT;
CREATE INDEX pull_request_next ON pull_request (COALESCE(lease_until, due_at), repository_id, number)
    WHERE COALESCE(lease_until, due_at) IS NOT NULL;

CREATE TABLE pull_request_decision (
    pull_request   TEXT    NOT NULL REFERENCES pull_request (id),
    revision       INTEGER NOT NULL CHECK (revision >= 1),
    at             INTEGER NOT NULL,
    ruleset_digest TEXT    NOT NULL,
    facts_digest   TEXT    NOT NULL,
    outcome        TEXT    NOT NULL CHECK (outcome IN ('success', 'pending', 'failure', 'error', 'neutral')),
    body           TEXT    NOT NULL,
    PRIMARY KEY (pull_request, revision)
) STRICT;
CREATE TRIGGER pull_request_decision_is_never_changed BEFORE UPDATE ON pull_request_decision
    BEGIN SELECT RAISE(ABORT, 'the book is only appended to'); END;
CREATE TRIGGER pull_request_decision_is_never_deleted BEFORE DELETE ON pull_request_decision
    BEGIN SELECT RAISE(ABORT, 'the book is only appended to'); END;

CREATE TABLE signature (
    pull_request     TEXT    NOT NULL REFERENCES pull_request (id),
    statement_digest TEXT    NOT NULL,
    key_identity     TEXT    NOT NULL CHECK (key_identity <> ''),
    scheme           TEXT    NOT NULL,
    statement        TEXT    NOT NULL,
    signature        TEXT    NOT NULL,
    source           TEXT    NOT NULL,
    received_at      INTEGER NOT NULL,
    withdrawn_at     INTEGER,
    PRIMARY KEY (pull_request, statement_digest, key_identity)
) STRICT;
-- It can be withdrawn, once; nothing else of it ever changes.
CREATE TRIGGER signature_is_never_changed BEFORE UPDATE ON signature
    WHEN OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL OR
         (NEW.pull_request, NEW.statement_digest, NEW.key_identity, NEW.scheme, NEW.statement, NEW.signature, NEW.source, NEW.received_at) <>
         (OLD.pull_request, OLD.statement_digest, OLD.key_identity, OLD.scheme, OLD.statement, OLD.signature, OLD.source, OLD.received_at)
    BEGIN SELECT RAISE(ABORT, 'a signature stays as it was received'); END;
CREATE TRIGGER signature_is_never_deleted BEFORE DELETE ON signature
    BEGIN SELECT RAISE(ABORT, 'a signature stays as it was received'); END;

CREATE TABLE ruleset (
    version     INTEGER PRIMARY KEY NOT NULL CHECK (version >= 1),
    digest      TEXT    NOT NULL,
    commit_sha  TEXT    NOT NULL UNIQUE,
    body        TEXT    NOT NULL,
    because     TEXT    NOT NULL,
    accepted_at INTEGER NOT NULL
) STRICT;
CREATE INDEX ruleset_digest ON ruleset (digest, version);
CREATE TRIGGER ruleset_follows_upon_the_newest BEFORE INSERT ON ruleset
    WHEN NEW.version <> 1 + (SELECT COALESCE(MAX(version), 0) FROM ruleset)
    BEGIN SELECT RAISE(ABORT, 'a ruleset follows upon the newest'); END;
CREATE TRIGGER ruleset_is_never_changed BEFORE UPDATE ON ruleset
    BEGIN SELECT RAISE(ABORT, 'rulesets are only appended to'); END;
CREATE TRIGGER ruleset_is_never_deleted BEFORE DELETE ON ruleset
    BEGIN SELECT RAISE(ABORT, 'rulesets are only appended to'); END;

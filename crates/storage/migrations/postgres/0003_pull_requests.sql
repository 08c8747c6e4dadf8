-- Pull requests: which are to be looked at, what was decided about them, who signed, and by which rules.

-- One row per pull request, so that no two look at one. It can be claimed from COALESCE(lease_until, due_at) on: when its lease ends, or,
-- while nobody looks at it, when it is due. While somebody does, due_at is what was wanted meanwhile.
CREATE TABLE pull_request (
    id            TEXT    COLLATE "C" PRIMARY KEY,
    repository_id BIGINT  NOT NULL CHECK (repository_id >= 1),
    number        BIGINT  NOT NULL CHECK (number >= 1),
    repository    TEXT    COLLATE "C" NOT NULL CHECK (repository <> ''),
    open          BIGINT  NOT NULL DEFAULT 1 CHECK (open IN (0, 1)),
    revision      BIGINT  NOT NULL DEFAULT 0 CHECK (revision >= 0),
    body          TEXT    COLLATE "C",
    wanted        BIGINT  NOT NULL CHECK (wanted >= 1),
    seen          BIGINT  NOT NULL DEFAULT 0 CHECK (seen BETWEEN 0 AND wanted),
    due_at        BIGINT,
    failures      BIGINT  NOT NULL DEFAULT 0 CHECK (failures >= 0),
    reason        TEXT    COLLATE "C",
    first_seen_at BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    lease_owner   TEXT    COLLATE "C",
    lease_until   BIGINT,
    epoch         BIGINT  NOT NULL DEFAULT 0,
    CHECK (id = repository_id || '#' || number),
    CHECK ((failures > 0) = (reason IS NOT NULL)),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
    -- What was wanted and never seen is not forgotten.
    CHECK (seen = wanted OR lease_owner IS NOT NULL OR due_at IS NOT NULL)
);
-- In the order of the ids. Not unique: two who hear of one at once would break it before they met at the id, which says the same.
CREATE INDEX pull_request_in_order ON pull_request (repository_id, number);
CREATE INDEX pull_request_next ON pull_request (COALESCE(lease_until, due_at), repository_id, number)
    WHERE COALESCE(lease_until, due_at) IS NOT NULL;

CREATE TABLE pull_request_decision (
    pull_request   TEXT    COLLATE "C" NOT NULL REFERENCES pull_request (id),
    revision       BIGINT  NOT NULL CHECK (revision >= 1),
    at             BIGINT  NOT NULL,
    ruleset_digest TEXT    COLLATE "C" NOT NULL,
    facts_digest   TEXT    COLLATE "C" NOT NULL,
    outcome        TEXT    COLLATE "C" NOT NULL CHECK (outcome IN ('success', 'pending', 'failure', 'error', 'neutral')),
    body           TEXT    COLLATE "C" NOT NULL,
    PRIMARY KEY (pull_request, revision)
);
CREATE FUNCTION pull_request_decision_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the book is only appended to' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER pull_request_decision_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON pull_request_decision
    FOR EACH STATEMENT EXECUTE FUNCTION pull_request_decision_is_kept();

CREATE TABLE signature (
    pull_request     TEXT    COLLATE "C" NOT NULL REFERENCES pull_request (id),
    statement_digest TEXT    COLLATE "C" NOT NULL,
    key_identity     TEXT    COLLATE "C" NOT NULL CHECK (key_identity <> ''),
    scheme           TEXT    COLLATE "C" NOT NULL,
    statement        TEXT    COLLATE "C" NOT NULL,
    signature        TEXT    COLLATE "C" NOT NULL,
    source           TEXT    COLLATE "C" NOT NULL,
    received_at      BIGINT  NOT NULL,
    withdrawn_at     BIGINT,
    PRIMARY KEY (pull_request, statement_digest, key_identity)
);
CREATE FUNCTION signature_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a signature stays as it was received' USING ERRCODE = 'restrict_violation';
END $$;
-- It can be withdrawn, once; nothing else of it ever changes.
CREATE TRIGGER signature_is_never_changed BEFORE UPDATE ON signature FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL OR
          (NEW.pull_request, NEW.statement_digest, NEW.key_identity, NEW.scheme, NEW.statement, NEW.signature, NEW.source, NEW.received_at) <>
          (OLD.pull_request, OLD.statement_digest, OLD.key_identity, OLD.scheme, OLD.statement, OLD.signature, OLD.source, OLD.received_at))
    EXECUTE FUNCTION signature_is_kept();
CREATE TRIGGER signature_is_never_deleted BEFORE DELETE OR TRUNCATE ON signature
    FOR EACH STATEMENT EXECUTE FUNCTION signature_is_kept();

CREATE TABLE ruleset (
    version     BIGINT  PRIMARY KEY CHECK (version >= 1),
    digest      TEXT    COLLATE "C" NOT NULL,
    commit_sha  TEXT    COLLATE "C" NOT NULL UNIQUE,
    body        TEXT    COLLATE "C" NOT NULL,
    because     TEXT    COLLATE "C" NOT NULL,
    accepted_at BIGINT  NOT NULL
);
CREATE INDEX ruleset_digest ON ruleset (digest, version);
CREATE FUNCTION ruleset_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rulesets are only appended to' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ruleset_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON ruleset
    FOR EACH STATEMENT EXECUTE FUNCTION ruleset_is_kept();

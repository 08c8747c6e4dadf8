-- What a connection that writes knows beside the tables: two views, into each of which one row is inserted to do a whole piece of
-- work as one statement. They are of this session only (TEMP), so that no file holds them and no migration changes them.
--
-- Whether a list is empty is asked first wherever a list is read: it costs nothing, and a table in memory that SQLite would make to
-- look into the list costs as much as a row.

-- A step: everything that follows from one event. Lists are JSON.
CREATE TEMP VIEW step AS SELECT
    NULL AS release, NULL AS revision, NULL AS at, NULL AS name, NULL AS version, NULL AS plan_digest, NULL AS phase,
    NULL AS held, NULL AS ended, NULL AS occupies, NULL AS body, NULL AS inbox, NULL AS inbox_owner, NULL AS inbox_epoch,
    NULL AS event_kind, NULL AS event, NULL AS facts, NULL AS snapshot, NULL AS journalled, NULL AS builds, NULL AS intents,
    NULL AS abandoned, NULL AS slots_freed, NULL AS timers_cleared, NULL AS timers_set;

CREATE TEMP TRIGGER step_is_taken INSTEAD OF INSERT ON step BEGIN
    -- The release is where the step expects it, and its version is free.
    SELECT RAISE(ABORT, 'revision conflict')
        WHERE NEW.revision <> 1 + COALESCE((SELECT revision FROM release WHERE id = NEW.release), 0);
    SELECT RAISE(ABORT, 'version occupied')
        WHERE NEW.occupies AND EXISTS (SELECT 1 FROM release WHERE name = NEW.name AND version = NEW.version
                                       AND occupies = 1 AND id <> NEW.release);
    -- The inbox row that it came from is done, if it is ours.
    UPDATE inbox SET state = 'done', revision = NEW.revision, decided_at = NEW.at, lease_owner = NULL, lease_until = NULL
        WHERE id = NEW.inbox AND lease_owner = NEW.inbox_owner AND epoch = NEW.inbox_epoch AND state = 'pending';
    SELECT RAISE(ABORT, 'lease lost') WHERE NEW.inbox IS NOT NULL AND changes() <> 1;
    INSERT INTO release (id, name, version, plan_digest, phase, held, ended, occupies, body, created_at, updated_at, revision)
        VALUES (NEW.release, NEW.name, NEW.version, NEW.plan_digest, NEW.phase, NEW.held, NEW.ended, NEW.occupies, NEW.body,
                NEW.at, NEW.at, NEW.revision)
        ON CONFLICT (id) DO UPDATE SET
            name = excluded.name, version = excluded.version, plan_digest = excluded.plan_digest, phase = excluded.phase,
            held = excluded.held, ended = excluded.ended, occupies = excluded.occupies, body = excluded.body,
            updated_at = excluded.updated_at, revision = excluded.revision;
    INSERT INTO release_event (release, revision, at, event_kind, event, facts, inbox, snapshot)
        SELECT NEW.release, NEW.revision, NEW.at, NEW.event_kind, NEW.event, NEW.facts, NEW.inbox, NEW.snapshot
        WHERE NEW.journalled;
    INSERT INTO build (release, repository, platform, attempt, state, reuse_key, body, revision, updated_at)
        SELECT NEW.release, b.value ->> 'repository', b.value ->> 'platform', b.value ->> 'attempt', b.value ->> 'state',
               b.value ->> 'reuse_key', b.value ->> 'body', NEW.revision, NEW.at
        FROM json_each(NEW.builds) b WHERE NEW.builds <> '[]'
        ON CONFLICT (release, repository, platform) DO UPDATE SET
            attempt = excluded.attempt, state = excluded.state, reuse_key = excluded.reuse_key,
            body = excluded.body, revision = excluded.revision, updated_at = excluded.updated_at;
    INSERT INTO outbox (id, release, kind, body, priority, pool, created_at, passes_hold, run_after)
        SELECT i.value ->> 'id', NEW.release, i.value ->> 'kind', i.value ->> 'body', i.value ->> 'priority',
               i.value ->> 'pool', NEW.at, i.value ->> 'passes_hold', 0
        FROM json_each(NEW.intents) i WHERE NEW.intents <> '[]' ORDER BY i.key;
    -- An intent that was claimed and not yet marked as being sent is abandoned too: the epoch shuts its holder out.
    UPDATE outbox SET state = 'abandoned', settled_at = NEW.at, slot_held = 0, lease_owner = NULL, lease_until = NULL,
                      epoch = epoch + 1
        WHERE NEW.abandoned <> '[]' AND id IN (SELECT a.value FROM json_each(NEW.abandoned) a)
          AND release = NEW.release AND state = 'intent';
    UPDATE outbox SET slot_held = 0
        WHERE NEW.slots_freed <> '[]' AND id IN (SELECT f.value FROM json_each(NEW.slots_freed) f)
          AND release = NEW.release;
    DELETE FROM timer WHERE NEW.timers_cleared <> '[]' AND release = NEW.release
        AND key IN (SELECT c.value FROM json_each(NEW.timers_cleared) c);
    INSERT INTO timer (release, key, due_at, kind, body, revision)
        SELECT NEW.release, t.value ->> 'key', t.value ->> 'due', t.value ->> 'kind', t.value ->> 'body', NEW.revision
        FROM json_each(NEW.timers_set) t WHERE NEW.timers_set <> '[]'
        ON CONFLICT (release, key) DO UPDATE SET
            due_at = excluded.due_at, kind = excluded.kind, body = excluded.body, revision = excluded.revision;
END;

-- The outcome of an intent, and what happened because of it.
CREATE TEMP VIEW outcome AS SELECT
    NULL AS id, NULL AS owner, NULL AS epoch, NULL AS at, NULL AS state, NULL AS result, NULL AS reason, NULL AS settled_at,
    NULL AS run_after, NULL AS replies, NULL AS by_anybody;

CREATE TEMP TRIGGER outcome_is_taken INSTEAD OF INSERT ON outcome BEGIN
    UPDATE outbox SET state = NEW.state, result = NEW.result, reason = NEW.reason, settled_at = NEW.settled_at,
                      run_after = COALESCE(NEW.run_after, run_after), unknowns = unknowns + (NEW.state = 'unknown'),
                      slot_held = iif(NEW.state = 'intent', 0, slot_held), lease_owner = NULL, lease_until = NULL
        WHERE id = NEW.id AND lease_owner = NEW.owner AND epoch = NEW.epoch AND state IN ('intent', 'sending', 'unknown');
    SELECT RAISE(ABORT, 'lease lost') WHERE changes() <> 1 AND NOT NEW.by_anybody;
    INSERT INTO inbox (key, release, kind, body, actor, received_at)
        SELECT r.value ->> 'key', r.value ->> 'release', r.value ->> 'kind', r.value ->> 'body', r.value ->> 'actor', NEW.at
        FROM json_each(NEW.replies) r WHERE NEW.replies <> '[]' ORDER BY r.key
        ON CONFLICT (key) DO NOTHING;
    -- What goes back among the others although its release is over, or a newer one stands for it, is abandoned.
    UPDATE outbox SET state = 'abandoned', settled_at = NEW.at, slot_held = 0, epoch = epoch + 1
        WHERE NEW.state = 'intent' AND id = NEW.id AND state = 'intent'
          AND (superseded = 1 OR passes_hold = 0 AND EXISTS (SELECT 1 FROM release r WHERE r.id = outbox.release AND r.ended = 1));
END;

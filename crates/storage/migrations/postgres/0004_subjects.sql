-- A command belongs to a release or to a pull request.
ALTER TABLE outbox ALTER COLUMN release DROP NOT NULL;
ALTER TABLE outbox ADD COLUMN pull_request TEXT COLLATE "C" REFERENCES pull_request (id);
-- A newer command of the same pull request and kind stands for it: it is never sent again.
ALTER TABLE outbox ADD COLUMN superseded BIGINT NOT NULL DEFAULT 0 CHECK (superseded IN (0, 1));
ALTER TABLE outbox ADD CONSTRAINT outbox_subject_check CHECK ((release IS NULL) <> (pull_request IS NULL));
ALTER TABLE outbox ADD CONSTRAINT outbox_superseded_subject_check CHECK (superseded = 0 OR pull_request IS NOT NULL);
CREATE INDEX outbox_pull_request ON outbox (pull_request, seq) WHERE pull_request IS NOT NULL;
-- Those of one pull request and kind are carried out one after the other.
CREATE INDEX outbox_in_order ON outbox (pull_request, kind, seq)
    WHERE pull_request IS NOT NULL AND state IN ('intent', 'sending', 'unknown');

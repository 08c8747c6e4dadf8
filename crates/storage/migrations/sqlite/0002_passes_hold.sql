-- A command that only ends or tidies up what was begun is carried out also while its release is held.
ALTER TABLE outbox ADD COLUMN passes_hold INTEGER NOT NULL DEFAULT 0 CHECK (passes_hold IN (0, 1));

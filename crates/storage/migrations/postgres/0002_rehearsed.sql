-- A release may end as rehearsed.
ALTER TABLE release DROP CONSTRAINT release_phase_check;
ALTER TABLE release ADD CONSTRAINT release_phase_check CHECK (phase IN (
    'planned', 'awaiting_approval', 'building', 'collecting', 'verifying', 'awaiting_signatures', 'drafted',
    'published', 'withdrawn', 'rehearsed', 'paused', 'stalled', 'cancelled', 'superseded', 'fell_back'));

-- The next intent is found without a look at those behind it, and without one at those that are settled.
DROP INDEX outbox_open;
CREATE INDEX outbox_next ON outbox (state, priority DESC, seq) WHERE state IN ('intent', 'sending', 'unknown');

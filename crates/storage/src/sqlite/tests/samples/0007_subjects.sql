-- One row of every kind that schema 7 can hold.
INSERT INTO inbox (id, key, release, kind, body, actor, received_at, state, reason, decided_at, revision, lease_owner, lease_until, epoch) VALUES
    (1, 'start', 'commons@0.1.0/0123456789abcdef', 'start', '{"v":1}', 'operator', 1, 'done', NULL, 2, 1, NULL, NULL, 1),
    (2, 'pause', 'commons@0.1.0/0123456789abcdef', 'pause', '{"v":1}', 'operator', 3, 'refused', 'it is not running', 4, NULL, NULL, NULL, 1),
    (3, 'resume', NULL, 'resume', '{"v":1}', 'operator', 5, 'pending', NULL, NULL, NULL, 'host/1/1', 9, 2),
    (4, 'delivery/1', NULL, 'webhook', '{"v":1}', 'github', 6, 'done', NULL, 7, NULL, NULL, NULL, 1);
INSERT INTO release VALUES ('commons@0.1.0/0123456789abcdef', 'commons', '0.1.0',
    'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', 2, 'rehearsed', 0, 1, 0, '{"v":1}', 1, 2);
INSERT INTO release_event VALUES
    ('commons@0.1.0/0123456789abcdef', 1, 1, 'start', '{"v":1}', '[]', 1, NULL),
    ('commons@0.1.0/0123456789abcdef', 2, 2, 'laid_out', '{"v":1}', '[]', NULL, '{"v":1}');
INSERT INTO build VALUES
    ('commons@0.1.0/0123456789abcdef', 'a', 'linux-x86_64', 1, 'succeeded',
     'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', '{"v":1}', 2, 2),
    ('commons@0.1.0/0123456789abcdef', 'b', 'linux-x86_64', 0, 'waiting', NULL, '{"v":1}', 1, 1);
INSERT INTO outbox (id, release, kind, body, priority, pool, slot_held, passes_hold, state, created_at, run_after, sent_at, sends, unknowns, handle, result, reason, settled_at, lease_owner, lease_until, epoch) VALUES
    ('commons@0.1.0/0123456789abcdef/1/0', 'commons@0.1.0/0123456789abcdef', 'build', '{}', 3, 'runner', 1, 0, 'done', 1, 1, 1, 1, 0, '7', '{}', NULL, 2, NULL, NULL, 1),
    ('commons@0.1.0/0123456789abcdef/1/1', 'commons@0.1.0/0123456789abcdef', 'build', '{}', 2, 'runner', 0, 1, 'intent', 1, 1, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0),
    ('commons@0.1.0/0123456789abcdef/1/2', 'commons@0.1.0/0123456789abcdef', 'build', '{}', 1, NULL, 0, 0, 'sending', 1, 1, 1, 1, 0, NULL, NULL, NULL, NULL, 'host/1/1', 9, 1),
    ('commons@0.1.0/0123456789abcdef/1/3', 'commons@0.1.0/0123456789abcdef', 'build', '{}', 1, NULL, 0, 1, 'unknown', 1, 9, 1, 1, 2, NULL, NULL, 'timeout', NULL, NULL, NULL, 1),
    ('commons@0.1.0/0123456789abcdef/1/4', 'commons@0.1.0/0123456789abcdef', 'build', '{}', 1, NULL, 0, 0, 'rejected', 1, 1, 1, 1, 0, NULL, NULL, 'no such tag', 2, NULL, NULL, 1),
    ('commons@0.1.0/0123456789abcdef/1/5', 'commons@0.1.0/0123456789abcdef', 'build', '{}', 1, NULL, 0, 0, 'abandoned', 1, 1, NULL, 0, 0, NULL, NULL, NULL, 2, NULL, NULL, 1);
INSERT INTO timer VALUES ('commons@0.1.0/0123456789abcdef', 'deadline', 9, 'tick', '{}', 2);
INSERT INTO pull_request (id, repository_id, number, repository, open, revision, body, wanted, seen, due_at, failures, reason, first_seen_at, updated_at, lease_owner, lease_until, epoch) VALUES
    ('1296269#42', 1296269, 42, 'commons/house', 1, 2, '{"v":1}', 3, 3, 9, 0, NULL, 1, 2, NULL, NULL, 2),
    ('1296269#43', 1296269, 43, 'commons/house', 1, 0, NULL, 2, 0, 8, 1, 'no answer', 1, 3, NULL, NULL, 1),
    ('1296269#44', 1296269, 44, 'commons/house', 1, 0, NULL, 1, 0, NULL, 0, NULL, 1, 1, 'host/1/1', 9, 1),
    ('1296269#45', 1296269, 45, 'commons/house', 0, 0, '{"v":1}', 1, 1, NULL, 0, NULL, 1, 2, NULL, NULL, 1);
INSERT INTO pull_request_decision VALUES
    ('1296269#42', 1, 1, 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
     'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', 'pending', '{"v":1}'),
    ('1296269#42', 2, 2, 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
     'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', 'success', '{"v":1}');
INSERT INTO signature VALUES
    ('1296269#42', 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', 'key a', 'ssh-ed25519', 'statement',
     'signature', 'comment/7', 1, NULL),
    ('1296269#42', 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', 'key b', 'ssh-ed25519', 'statement',
     'signature', 'comment/8', 1, 2);
INSERT INTO ruleset VALUES
    (1, 'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', '0123456789abcdef0123456789abcdef01234567', '{"v":1}', '{}', 1);
INSERT INTO outbox (id, pull_request, kind, body, priority, superseded, state, created_at, run_after, sent_at, sends, settled_at, lease_owner, lease_until, epoch) VALUES
    ('pr/1296269#42/1/0', '1296269#42', 'status', '{}', 0, 1, 'sending', 1, 0, 1, 1, NULL, 'host/1/1', 9, 1),
    ('pr/1296269#42/2/0', '1296269#42', 'status', '{}', 0, 1, 'abandoned', 2, 0, NULL, 0, 3, NULL, NULL, 2),
    ('pr/1296269#42/2/1', '1296269#42', 'status', '{}', 0, 0, 'intent', 2, 0, NULL, 0, NULL, NULL, NULL, 0);

\set first random(1, 100)
BEGIN;
SELECT id FROM people WHERE telegram_id BETWEEN 1000000000 + :first AND 1000000099 + :first ORDER BY id FOR UPDATE;
WITH new AS MATERIALIZED (
    SELECT gen_random_uuid() AS command_id, gen_random_uuid() AS id, n FROM generate_series(1, 100) AS n
), claimed AS (
    INSERT INTO inbox (message_id, type, outcome)
    SELECT command_id, 'zavhoz.request.create.v1', jsonb_build_object(
        'specversion', '1.0', 'id', id, 'source', '/zavhoz/requests', 'type', 'zavhoz.command.done.v1',
        'subject', 'request/' || id, 'time', now(), 'correlationid', command_id, 'causationid', command_id,
        'data', jsonb_build_object('command_id', command_id, 'command_type', 'zavhoz.request.create.v1',
                                   'person_id', id, 'language', 'ru', 'request_id', id, 'number', n, 'version', 1))
    FROM new
), filed AS (
    INSERT INTO requests (id, number, version, status, priority, title, description, requester_id, created_at, updated_at)
    SELECT id, nextval('bench_numbers'), 1, 'open', 'medium', 'Water drips from the tap in room 214',
           repeat('Water drips from the tap in room 214, and the floor under it is wet already. ', 4),
           (SELECT id FROM people WHERE telegram_id = 1000000000 + :first), now(), now()
    FROM new
)
INSERT INTO events (event_id, aggregate_type, aggregate_id, version, type, data, occurred_at, command_id,
                    correlation_id, causation_id, shard)
SELECT gen_random_uuid(), 'request', id, 1, 'zavhoz.request.created.v1',
       jsonb_build_object('request_id', id, 'number', n, 'title', 'Water drips from the tap in room 214',
                          'priority', 'medium', 'requester_id', id, 'attachments', 0),
       now(), command_id, command_id, command_id, n % 16
FROM new;
COMMIT;

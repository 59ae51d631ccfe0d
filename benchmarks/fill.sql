-- :count requests of 200 people, closed but for 1 in 20, each with its command, its outcome and two events.
INSERT INTO people (id, telegram_id, name, language, seen_at, registered_at)
SELECT gen_random_uuid(), 1000000000 + n, 'Person ' || n, 'ru', now(), now() FROM generate_series(0, 199) AS n;
CREATE TEMPORARY TABLE filled AS
SELECT gen_random_uuid() AS id, gen_random_uuid() AS command_id, n,
       (SELECT id FROM people WHERE telegram_id = 1000000000 + n % 200) AS person,
       now() - n * interval '1 minute' AS at
FROM generate_series(1, :count) AS n;
INSERT INTO requests (id, number, version, status, priority, title, description, requester_id, created_at, updated_at)
SELECT id, n, 2, CASE n % 20 WHEN 0 THEN 'open' ELSE 'completed' END,
       (ARRAY['high', 'medium', 'low'])[n % 3 + 1], 'Water drips from the tap in room ' || n % 400,
       repeat('Water drips from the tap, and the floor under it is wet already. ', 4), person, at, at
FROM filled;
INSERT INTO inbox (message_id, type, received_at, outcome, outcome_published_at)
SELECT command_id, 'zavhoz.request.create.v1', at, jsonb_build_object('type', 'zavhoz.command.done.v1', 'number', n), at
FROM filled;
INSERT INTO events (event_id, aggregate_type, aggregate_id, version, type, data, occurred_at, command_id,
                    correlation_id, shard, published_at)
SELECT gen_random_uuid(), 'request', id, version, type, jsonb_build_object('request_id', id, 'number', n), at,
       command_id, command_id, n % 16, at
FROM filled, (VALUES (1, 'zavhoz.request.created.v1'), (2, 'zavhoz.request.completed.v1')) AS kinds (version, type);
INSERT INTO numbers (name, last) VALUES ('request', :count);

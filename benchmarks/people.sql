DROP SEQUENCE IF EXISTS bench_numbers;
CREATE SEQUENCE bench_numbers CACHE 1000;
INSERT INTO people (id, telegram_id, name, language, seen_at, registered_at)
SELECT gen_random_uuid(), 1000000000 + n, 'Person ' || n, 'ru', now(), now() FROM generate_series(1, 200) AS n;

-- :count requests of 1,800 people over three years, about 3 in 100 not closed, at the places that are there; with the
-- words they have, three events each, comments, notes, files, watchers, commands. Indexes are made anew afterwards.
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
SET work_mem = '128MB';
SELECT setseed(0.25);

CREATE TEMPORARY TABLE dropped AS
SELECT indexdef, format('%I', indexname) AS name FROM pg_indexes
WHERE schemaname = 'public' AND tablename IN ('requests', 'events', 'texts', 'watchers', 'attachments', 'words')
  AND indexname NOT IN (SELECT conname FROM pg_constraint);
DO $$ DECLARE one record; BEGIN FOR one IN SELECT name FROM dropped LOOP EXECUTE 'DROP INDEX ' || one.name; END LOOP; END $$;

-- 2,000 people, the first 200 technicians: of those 120 are limited to a site each, and of the five managers one to two.
INSERT INTO people (id, telegram_id, name, language, role, areas, seen_at, registered_at)
SELECT gen_random_uuid(), 1000000000 + n,
       (ARRAY['Анна', 'Борис', 'Вера', 'Глеб', 'Дина', 'Егор', 'Жанна', 'Зоя', 'Иван', 'Kate'])[1 + n % 10] || ' ' || n,
       CASE n % 4 WHEN 0 THEN 'en' ELSE 'ru' END,
       CASE WHEN n < 200 THEN 'technician' WHEN n < 205 THEN 'manager' ELSE 'requester' END,
       CASE WHEN n < 120 THEN ARRAY['s' || 1 + n % 40] WHEN n = 204 THEN ARRAY['s1', 's2'] ELSE '{}' END, now(), now()
FROM generate_series(0, 1999) AS n;
CREATE TEMPORARY TABLE person AS SELECT id, CAST(telegram_id - 1000000000 AS int) AS n FROM people;
CREATE INDEX ON person (n);

-- 4,000 words of each language made of syllables, some of them real; the first ones are in many texts, the last in few.
CREATE TEMPORARY TABLE vocabulary AS
WITH syllables (language, parts, ends, real) AS (VALUES
    ('ru', string_to_array('во до кра про те бата рея све ро зе тру кно две стре ла пи ша мо ко ни ре за хо лиф то ду сан ку бой лер', ' '),
     string_to_array('та ник тель ка ция ность лка рит ет ный ная ает', ' '),
     string_to_array('кран течет батарея холодная свет мигает розетка искрит дверь закрывается окно разбито лифт стоит'
                     ' потолок протекает проектор включается замок сломан труба прорвало унитаз засорился стул', ' ')),
    ('en', string_to_array('wa ter la mp do or win dow ra di tor so cket cei ling fla sh bro ken pi pe lo ck dri le hea ta pro jec', ' '),
     string_to_array('er ing ed ment tion ble ness or al ar ist ly', ' '),
     string_to_array('tap drips radiator cold light flickers socket sparks door squeaks window broken elevator stuck'
                     ' ceiling leaks projector lock pipe burst toilet clogged chair', ' '))
)
SELECT language, n,
       CASE WHEN n <= cardinality(real) THEN real[n]
            ELSE parts[1 + n % 29] || parts[1 + n / 29 % 29] || parts[1 + n * 7 / 841 % 29] || ends[1 + n % 12] END AS word
FROM syllables, generate_series(1, 4000) AS n;
CREATE INDEX ON vocabulary (language, n);
CREATE TEMPORARY TABLE sentence AS
SELECT picked.n, string_agg(word, ' ' ORDER BY at) FILTER (WHERE at <= 4) AS title, string_agg(word, ' ' ORDER BY at) AS body
FROM (
    SELECT s AS n, at, CASE s % 4 WHEN 0 THEN 'en' ELSE 'ru' END AS language,
           CAST(1 + floor(4000 * power(random(), 2)) AS int) AS which
    FROM generate_series(0, 19999) AS s, generate_series(1, 16) AS at
) AS picked
JOIN vocabulary ON vocabulary.language = picked.language AND vocabulary.n = picked.which
GROUP BY picked.n;
CREATE INDEX ON sentence (n);
-- 30 categories, the first of them common; the last, `boiler`, is of one request in 50,000.
INSERT INTO categories (id, names, questions, archived, version)
SELECT gen_random_uuid(), jsonb_build_object('ru', 'Категория ' || n, 'en', CASE n WHEN 30 THEN 'Boiler' ELSE 'Category ' || n END),
       '{}', false, 1
FROM generate_series(1, 30) AS n;
CREATE TEMPORARY TABLE category AS SELECT id, row_number() OVER (ORDER BY position) AS n FROM categories;
CREATE TEMPORARY TABLE room AS
SELECT id, path, row_number() OVER (ORDER BY code) - 1 AS n FROM places WHERE kind = 'room';
CREATE INDEX ON room (n);

CREATE TEMPORARY TABLE filled AS
SELECT *,
       CASE WHEN place_dice < 0.9 THEN CAST(floor(random() * (SELECT count(*) FROM room)) AS int) END AS room,
       CASE WHEN unfinished THEN CASE WHEN dice < 0.5 THEN 'open' WHEN dice < 0.88 THEN 'in_progress' ELSE 'on_hold' END
            WHEN dice < 0.84 THEN 'completed' WHEN dice < 0.9 THEN 'rejected'
            WHEN dice < 0.98 THEN 'cancelled' ELSE 'merged' END AS status
FROM (
    SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS command_id, random() AS dice, random() AS place_dice,
           now() - (:count - n) * (interval '1095 days' / :count) - interval '1 minute' AS at,
           random() < CASE WHEN n > :count * 0.95 THEN 0.5 ELSE 0.006 END AS unfinished,
           CAST(floor(random() * 200) AS int) AS technician, CAST(205 + floor(random() * 1795) AS int) AS requester,
           CASE WHEN n % 50000 = 3 THEN 30 WHEN random() < 0.8 THEN CAST(1 + floor(29 * power(random(), 3)) AS int) END AS category,
           CAST(floor(random() * 20000) AS int) AS title, CAST(floor(random() * 20000) AS int) AS body,
           (ARRAY['high', 'low', 'low', 'medium'])[1 + least(3, floor(random() * 7))] AS priority
    FROM generate_series(1, :count) AS n
) AS drawn;

INSERT INTO requests (id, number, version, status, priority, title, description, requester_id, assignee_id, closed_by,
                      due_at, confirms_at, confirmed_at, rating, created_at, updated_at, place, place_id,
                      category_id)
SELECT f.id, f.n, 3, f.status, f.priority, left(t.title, 100),
       b.body || CASE WHEN f.n % 50 = 0 THEN ' ' || translate(md5(CAST(f.n AS text)), '0123456789abcdef', 'абвгдежзиклмнопр')
                      WHEN f.n % 50000 = 1 THEN ' вытяжка тяга' ELSE '' END,
       r.id, CASE WHEN f.status IN ('in_progress', 'on_hold', 'completed') THEN w.id END,
       CASE WHEN f.status IN ('completed', 'rejected') THEN w.id END,
       CASE WHEN f.status <> 'on_hold'
            THEN f.at + CASE f.priority WHEN 'high' THEN interval '1 day' WHEN 'medium' THEN interval '2 days' ELSE interval '7 days' END END,
       CASE WHEN f.status = 'completed' THEN f.at + interval '9 days' END,
       CASE WHEN f.status = 'completed' AND f.at < now() - interval '9 days' THEN f.at + interval '3 days' END,
       CASE WHEN f.status = 'completed' AND f.at < now() - interval '9 days' AND f.n % 2 = 0 THEN 1 + f.n % 5 END,
       f.at, f.at, coalesce(room.path, CASE WHEN f.place_dice < 0.95 THEN 'у входа во двор' ELSE '' END), room.id,
       category.id
FROM filled AS f
JOIN sentence AS t ON t.n = f.title JOIN sentence AS b ON b.n = f.body
JOIN person AS r ON r.n = f.requester JOIN person AS w ON w.n = f.technician
LEFT JOIN room ON room.n = f.room
LEFT JOIN category ON category.n = f.category
ORDER BY f.n;
INSERT INTO words (word, lexeme)
SELECT word, (tsvector_to_array(to_tsvector('russian', word)))[1]
FROM (
    SELECT DISTINCT said[1] AS word
    FROM (
        SELECT word AS texts FROM vocabulary UNION SELECT lower(path) FROM room
        UNION SELECT translate(md5(CAST(n AS text)), '0123456789abcdef', 'абвгдежзиклмнопр')
        FROM generate_series(50, :count, 50) AS n
        UNION VALUES ('вытяжка тяга'), ('у входа во двор')
    ) AS said, regexp_matches(texts, '[[:alpha:]]{4,40}', 'g') AS parts (said)
) AS found
WHERE cardinality(tsvector_to_array(to_tsvector('russian', word))) > 0;

INSERT INTO inbox (message_id, type, received_at, outcome, outcome_published_at)
SELECT command_id, 'zavhoz.request.create.v1', at, jsonb_build_object('type', 'zavhoz.command.done.v1', 'number', n), at
FROM filled;
INSERT INTO events (event_id, aggregate_type, aggregate_id, version, type, data, actor_id, occurred_at, command_id,
                    correlation_id, shard, published_at)
SELECT gen_random_uuid(), 'request', f.id, version,
       CASE version WHEN 1 THEN 'zavhoz.request.created.v1' WHEN 2 THEN 'zavhoz.request.taken.v1'
                    ELSE CASE WHEN f.status = 'completed' THEN 'zavhoz.request.completed.v1'
                              ELSE 'zavhoz.request.commented.v1' END END,
       jsonb_build_object('request_id', f.id, 'number', f.n), person.id, f.at + version * interval '1 hour',
       CASE version WHEN 1 THEN f.command_id ELSE gen_random_uuid() END, f.command_id, f.n % 16, f.at
FROM filled AS f
CROSS JOIN generate_series(1, 3) AS version
JOIN person ON person.n = CASE version WHEN 1 THEN f.requester ELSE f.technician END;
INSERT INTO texts (id, request_id, author_id, kind, body, written_at, version)
SELECT gen_random_uuid(), f.id, person.id, kind, s.body, f.at + interval '2 hours', 2 + kinds.at
FROM filled AS f
JOIN (VALUES ('comment', 2, 0), ('comment', 4, 1), ('note', 8, 2), ('completion', 3, 3)) AS kinds (kind, every, at)
  ON f.n % kinds.every = 0
JOIN sentence AS s ON s.n = (f.body + kinds.at * 77) % 20000
JOIN person ON person.n = CASE kind WHEN 'comment' THEN f.requester ELSE f.technician END;
INSERT INTO attachments (id, request_id, position, kind, status, sha256, size, media_type, key, uploader_id)
SELECT gen_random_uuid(), f.id, files.at, 'photo', 'stored', md5(CAST(f.n AS text)), 200000, 'image/jpeg', 'k', person.id
FROM filled AS f JOIN generate_series(1, 2) AS files (at) ON f.n % (3 * files.at) = 0 JOIN person ON person.n = f.requester;
INSERT INTO watchers (request_id, person_id, joined_at)
SELECT f.id, person.id, f.at FROM filled AS f JOIN person ON person.n = (f.requester + 7) % 1795 + 205 WHERE f.n % 5 = 0;
INSERT INTO numbers (name, last) VALUES ('request', :count);

DO $$ DECLARE one record; BEGIN FOR one IN SELECT indexdef FROM dropped LOOP EXECUTE one.indexdef; END LOOP; END $$;
DROP TABLE dropped, person, vocabulary, sentence, category, room, filled;

"""The tables on PostgreSQL, and the functions that write a commit and look at what there is.

Both are kept from reading a whole table: a plan that is made while it is small stays in use when it has grown.

`{s}` is the schema, `{id}` the type of the ids of streams, `{column}` the same with its order.
"""

# The row of `head` stays locked until the commit: positions are dense, and later positions commit later. After the
# wait for it every statement of the function sees what was committed meanwhile (READ COMMITTED), so checks hold.
TABLES = """
CREATE TABLE IF NOT EXISTS {s}.stored_events (notification_id bigint PRIMARY KEY,
    originator_id {column} NOT NULL, originator_version bigint NOT NULL, topic text NOT NULL, state bytea NOT NULL,
    UNIQUE (originator_id, originator_version));
DROP INDEX IF EXISTS {s}.stored_events_case;
CREATE TABLE IF NOT EXISTS {s}.head (one bool PRIMARY KEY DEFAULT true CHECK (one), position bigint NOT NULL);
INSERT INTO {s}.head SELECT true, coalesce(max(notification_id), 0) FROM {s}.stored_events ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS {s}.tracking (application_name text PRIMARY KEY, notification_id bigint NOT NULL);
INSERT INTO {s}.tracking VALUES ('__migration__', 1) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS {s}.commands (issuer text COLLATE "C", command_id text COLLATE "C",
    digest bytea NOT NULL, outcome text NOT NULL, PRIMARY KEY (issuer, command_id));
CREATE TABLE IF NOT EXISTS {s}.letters (upstream text, position bigint, "case" text NOT NULL, reaction text,
    document bytea NOT NULL, reason text NOT NULL, attempts int NOT NULL, due float8 NOT NULL, state text NOT NULL,
    PRIMARY KEY (upstream, position, reaction));
CREATE INDEX IF NOT EXISTS letters_state ON {s}.letters (state, upstream, position, reaction);
CREATE TABLE IF NOT EXISTS {s}.effects (id text PRIMARY KEY, "case" text NOT NULL, kind text NOT NULL,
    params text NOT NULL, created text NOT NULL, expires text NOT NULL, state text NOT NULL);
CREATE INDEX IF NOT EXISTS effects_state ON {s}.effects (state, created, id);
CREATE TABLE IF NOT EXISTS {s}.meta (key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE IF NOT EXISTS {s}.leases (name text PRIMARY KEY, holder text NOT NULL, expires timestamptz NOT NULL);
CREATE OR REPLACE FUNCTION {s}.record(ids {id}[], versions bigint[], topics text[], states bytea[],
    read_ids {id}[], read_versions bigint[], issuers text[], command_ids text[], digests bytea[], outcomes text[],
    upstreams text[], positions bigint[], more_letters jsonb, more_effects jsonb)
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    base bigint;
    tracked bigint;
BEGIN
    IF cardinality(ids) > 0 THEN
        UPDATE {s}.head SET position = position + cardinality(ids) RETURNING position - cardinality(ids)
            INTO STRICT base;
    ELSE
        SELECT position INTO STRICT base FROM {s}.head;
    END IF;
    IF cardinality(issuers) > 0 THEN
        INSERT INTO {s}.commands SELECT unnest(issuers), unnest(command_ids), unnest(digests), unnest(outcomes);
    END IF;
    IF cardinality(read_ids) > 0 AND EXISTS (SELECT FROM unnest(read_ids, read_versions) AS r(id, version)
        WHERE r.version <> coalesce((SELECT max(e.originator_version) FROM {s}.stored_events AS e
            WHERE e.originator_id = r.id), 0)) THEN
        RAISE SQLSTATE 'DS002' USING MESSAGE = 'decided on another version';
    END IF;
    IF cardinality(upstreams) > 0 THEN
        INSERT INTO {s}.tracking AS t SELECT * FROM unnest(upstreams, positions) ON CONFLICT (application_name)
            DO UPDATE SET notification_id = excluded.notification_id WHERE t.notification_id < excluded.notification_id;
        GET DIAGNOSTICS tracked = ROW_COUNT;
        IF tracked < cardinality(upstreams) THEN
            RAISE SQLSTATE 'DS001' USING MESSAGE = 'already tracked';
        END IF;
    END IF;
    IF cardinality(ids) > 0 THEN
        INSERT INTO {s}.stored_events SELECT generate_series(base + 1, base + cardinality(ids)), unnest(ids),
            unnest(versions), unnest(topics), unnest(states);
    END IF;
    IF more_letters <> '[]' THEN
        INSERT INTO {s}.letters SELECT upstream, position, "case", reaction, decode(document, 'hex'), reason, attempts,
            due, state FROM jsonb_to_recordset(more_letters) AS l(upstream text, position bigint, "case" text,
            reaction text, document text, reason text, attempts int, due float8, state text)
        ON CONFLICT (upstream, position, reaction) DO UPDATE SET "case" = excluded."case",
            document = excluded.document, reason = excluded.reason, attempts = excluded.attempts, due = excluded.due,
            state = excluded.state;
    END IF;
    IF more_effects <> '[]' THEN
        INSERT INTO {s}.effects SELECT id, "case", kind, params, created, expires, state FROM
            jsonb_to_recordset(more_effects) AS l(id text, "case" text, kind text, params text, created text,
            expires text, state text);
    END IF;
    RETURN base;
END $$;
CREATE OR REPLACE FUNCTION {s}.look(streams {id}[], issuers text[], command_ids text[])
RETURNS TABLE (event bool, name {id}, version bigint, topic text, body bytea, outcome text)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY SELECT true, e.* FROM unnest(streams) AS wanted(stream), LATERAL (
        SELECT s.originator_id, s.originator_version, s.topic, s.state, NULL::text FROM {s}.stored_events AS s
            WHERE s.originator_id = stream ORDER BY 2) AS e;
    RETURN QUERY SELECT false, c.* FROM unnest(issuers, command_ids) AS wanted(who, id), LATERAL (
        SELECT k.issuer, NULL::bigint, k.command_id, k.digest, k.outcome FROM {s}.commands AS k
            WHERE k.issuer = who AND k.command_id = id OFFSET 0) AS c;
END $$;
"""
LOOK = "SELECT * FROM {s}.look(%b::{id}[], %b::text[], %b::text[])"
RECORD = (
    "SELECT {s}.record(%b::{id}[], %b::bigint[], %b::text[], %b::bytea[], %b::{id}[], %b::bigint[], %b::text[], "
    "%b::text[], %b::bytea[], %b::text[], %b::text[], %b::bigint[], %b::jsonb, %b::jsonb)"
)

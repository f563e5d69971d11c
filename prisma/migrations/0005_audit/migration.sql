-- Audit: who changed what, when, from what to what, in one chain of hashes for each tenant of this place.
--
-- A row is written by a trigger on the table that changes, in the transaction of the change, so no resolver can
-- forget it; `test/isolation/audit-catalogue.test.ts` fails for a table of tenants' rows without that trigger.
-- The trigger waits for the commit (INITIALLY DEFERRED): only then does it lock the tenant's head, so that writers
-- of one tenant stand in line for the length of a commit and cannot wait for each other in a circle.

ALTER TABLE audit_log RENAME TO audit_log_unchained;
ALTER INDEX audit_log_pkey RENAME TO audit_log_unchained_pkey;
DROP INDEX audit_log_newest, audit_log_entity;

-- The chain -----------------------------------------------------------------------
CREATE TABLE audit_log (
  tenant_id uuid NOT NULL,
  -- 1, 2, 3 ... without a gap.
  seq bigint NOT NULL CHECK (seq >= 1),
  -- Never earlier than the row before.
  at timestamptz(3) NOT NULL,
  principal_kind text NOT NULL,
  principal_id text NOT NULL,
  -- What the principal meant ('content.publish'); `operation` is what that did to the row of `entity`.
  action text NOT NULL,
  operation text NOT NULL CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'EVENT')),
  entity text NOT NULL,
  entity_id text NOT NULL,
  severity text NOT NULL CHECK (severity IN ('INFO', 'WARNING', 'ERROR', 'CRITICAL')),
  -- The columns that differ; the whole row where it was made or removed. Secrets say '[redacted]'.
  before jsonb,
  after jsonb,
  metadata jsonb NOT NULL DEFAULT '{}',
  -- That of the row before; 64 zeros for the first.
  prev_hash text NOT NULL CHECK (prev_hash ~ '^[0-9a-f]{64}$'),
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  PRIMARY KEY (tenant_id, seq, at)
) PARTITION BY RANGE (at);
CREATE INDEX audit_log_at ON audit_log (tenant_id, at DESC);
CREATE INDEX audit_log_action ON audit_log (tenant_id, action, seq DESC);
CREATE INDEX audit_log_entity ON audit_log (tenant_id, entity, entity_id, seq DESC);
CREATE INDEX audit_log_severe ON audit_log (tenant_id, severity, at DESC) WHERE severity IN ('ERROR', 'CRITICAL');
CREATE INDEX audit_log_metadata ON audit_log USING gin (metadata jsonb_path_ops);

-- Where the next row goes on. Whoever appends holds its row until the commit.
CREATE TABLE audit_heads (
  tenant_id uuid PRIMARY KEY,
  -- Names the chain outside the database; it stays when the tenant moves to another place.
  chain uuid NOT NULL DEFAULT gen_random_uuid(),
  seq bigint NOT NULL CHECK (seq >= 0),
  at timestamptz(3) NOT NULL,
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$')
);

-- Stretches of a chain that have left for a file. Enough to go on from where they end, and to know them again.
CREATE TABLE audit_archives (
  tenant_id uuid NOT NULL,
  first_seq bigint NOT NULL CHECK (first_seq >= 1),
  last_seq bigint NOT NULL CHECK (last_seq >= first_seq),
  month date NOT NULL,
  prev_hash text NOT NULL CHECK (prev_hash ~ '^[0-9a-f]{64}$'),
  last_hash text NOT NULL CHECK (last_hash ~ '^[0-9a-f]{64}$'),
  -- Of the file, unpacked.
  file_sha256 text NOT NULL CHECK (file_sha256 ~ '^[0-9a-f]{64}$'),
  archived_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, first_seq)
);

-- Partitions ----------------------------------------------------------------------
-- Made ahead by `polygraph migrate`, the relay and `polygraph optimize`. Where all of them were forgotten, rows go
-- to the default partition, and move out of it when their month is made: nothing is ever refused for want of one.
CREATE FUNCTION audit_close(partition regclass) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  mine text := $policy$(select nullif(current_setting('app.tenant', true), '')::uuid)$policy$;
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', partition);
  EXECUTE format('CREATE POLICY of_tenant ON %s USING (tenant_id = %s) WITH CHECK (tenant_id = %s)', partition, mine, mine);
END
$$;

CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT;
SELECT audit_close('audit_log_default');

-- Makes the partition of a month; false where it is there.
CREATE FUNCTION audit_make_partition(month date) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  first timestamptz := date_trunc('month', month)::timestamp AT TIME ZONE 'UTC';
  next timestamptz := (date_trunc('month', month) + interval '1 month')::timestamp AT TIME ZONE 'UTC';
  name text := 'audit_log_' || to_char(month, 'YYYY_MM');
BEGIN
  -- Not one of the shared tables, which the path leads to as well.
  IF to_regclass(format('%I.%I', current_schema(), name)) IS NOT NULL THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE %I (LIKE audit_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
  -- The owner is held by the policy, too; within this transaction it is not.
  ALTER TABLE audit_log_default NO FORCE ROW LEVEL SECURITY;
  EXECUTE format('WITH late AS (DELETE FROM audit_log_default WHERE at >= %L AND at < %L RETURNING *)
    INSERT INTO %I SELECT * FROM late', first, next, name);
  ALTER TABLE audit_log_default FORCE ROW LEVEL SECURITY;
  EXECUTE format('ALTER TABLE audit_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, first, next);
  PERFORM audit_close(name::regclass);
  RETURN true;
END
$$;
DO $$
BEGIN
  FOR ahead IN 0..3 LOOP PERFORM audit_make_partition((now() + make_interval(months => ahead))::date); END LOOP;
END
$$;

-- Appending -----------------------------------------------------------------------
-- Lengths go in with the values, so that no two rows have the same text. Null is told from ''.
CREATE FUNCTION audit_digest(VARIADIC parts text[]) RETURNS text LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS $$
  SELECT encode(sha256(convert_to(string_agg(coalesce(octet_length(part) || ':' || part, '-'), '' ORDER BY place), 'UTF8')), 'hex')
  FROM unnest(parts) WITH ORDINALITY AS given (part, place)
$$;

-- stores/postgres/audit/digest.ts computes the same.
CREATE FUNCTION audit_append(
  tenant uuid, given_at timestamptz, principal_kind text, principal_id text, action text, operation text,
  entity text, entity_id text, severity text, before jsonb, after jsonb, metadata jsonb
) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  head audit_heads;
  next_at timestamptz(3);
  next_hash text;
BEGIN
  INSERT INTO audit_heads (tenant_id, seq, at, hash) VALUES (tenant, 0, '-infinity', repeat('0', 64)) ON CONFLICT DO NOTHING;
  SELECT * INTO STRICT head FROM audit_heads h WHERE h.tenant_id = tenant FOR UPDATE;
  next_at := greatest(date_trunc('milliseconds', given_at), head.at);
  next_hash := audit_digest(
    head.hash, tenant::text, (head.seq + 1)::text, to_char(next_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    principal_kind, principal_id, action, operation, entity, entity_id, severity, before::text, after::text, metadata::text);
  INSERT INTO audit_log VALUES (tenant, head.seq + 1, next_at, principal_kind, principal_id, action, operation,
    entity, entity_id, severity, before, after, metadata, head.hash, next_hash);
  UPDATE audit_heads h SET seq = head.seq + 1, at = next_at, hash = next_hash WHERE h.tenant_id = tenant;
END
$$;

-- Never in the log, whatever table they are in. A change of one is told as such.
CREATE FUNCTION audit_redact(given jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS $$
  SELECT jsonb_object_agg(key, CASE
    WHEN key ~ '(password|secret|hash|token|recovery|cipher|embedding)' AND value <> 'null' THEN to_jsonb('[redacted]'::text)
    ELSE value END)
  FROM jsonb_each(given)
$$;

-- Arguments: columns of the key, and columns that are not told (generated ones, and times of last use), with commas.
CREATE FUNCTION audit_change() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) - string_to_array(TG_ARGV[1], ',') END;
  new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) - string_to_array(TG_ARGV[1], ',') END;
  this jsonb := coalesce(new_row, old_row);
  tenant uuid;
  principal text := nullif(current_setting('app.principal', true), '');
  fields text[];
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT array_agg(key ORDER BY key) INTO fields
    FROM jsonb_each(new_row) WHERE old_row -> key IS DISTINCT FROM value;
    IF fields IS NULL THEN RETURN NULL; END IF;
    SELECT jsonb_object_agg(key, value) FILTER (WHERE key = ANY (fields)) INTO old_row FROM jsonb_each(old_row);
    SELECT jsonb_object_agg(key, value) FILTER (WHERE key = ANY (fields)) INTO new_row FROM jsonb_each(new_row);
  END IF;
  -- Rows that a tenant brings along from its former place bring their chain along, too.
  IF current_setting('app.audit', true) = 'moved with its rows' AND (
    SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'audit_log'::regclass) = current_user THEN RETURN NULL; END IF;
  IF principal IS NULL THEN
    IF current_user = 'polygraph_app' THEN
      RAISE EXCEPTION 'A change needs a principal: make it in a transaction of the tenant''s handle.';
    END IF;
    principal := 'system:' || current_user;
  END IF;
  -- A person belongs to no tenant: each that knows it is told. In one order, so that two of these never wait for each other.
  FOR tenant IN
    SELECT (this ->> 'tenant_id')::uuid WHERE this ? 'tenant_id'
    UNION SELECT (this ->> 'id')::uuid WHERE TG_TABLE_NAME = 'tenants'
    UNION SELECT m.tenant_id FROM memberships m
      WHERE TG_ARGV[2] = 'person' AND m.user_id = coalesce(this ->> 'user_id', this ->> 'id')::uuid
    ORDER BY 1
  LOOP
    PERFORM audit_append(
      tenant, clock_timestamp(), split_part(principal, ':', 1), substr(principal, strpos(principal, ':') + 1),
      coalesce(nullif(current_setting('app.action', true), ''), TG_TABLE_NAME || '.' || lower(TG_OP)),
      TG_OP, TG_TABLE_NAME,
      (SELECT string_agg(this ->> key, '/' ORDER BY place)
       FROM unnest(string_to_array(TG_ARGV[0], ',')) WITH ORDINALITY AS k (key, place)),
      CASE WHEN TG_ARGV[2] <> '' THEN 'CRITICAL' WHEN TG_OP = 'DELETE' THEN 'WARNING' ELSE 'INFO' END,
      audit_redact(old_row), audit_redact(new_row),
      coalesce(nullif(current_setting('app.audit_metadata', true), '')::jsonb, '{}')
        || CASE WHEN fields IS NULL THEN '{}' ELSE jsonb_build_object('fields', to_jsonb(fields)) END);
  END LOOP;
  RETURN NULL;
END
$$;

-- Each migration that makes a table of tenants' rows calls this for it. @param level 'access' for who may do
-- what, 'person' for what belongs to a person (`user_id`, or `id`) and no tenant
CREATE FUNCTION audit_table(target regclass, level text DEFAULT '') RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  key_columns text;
  untold text;
BEGIN
  SELECT string_agg(a.attname, ',' ORDER BY array_position(i.indkey::int2[], a.attnum))
  INTO key_columns FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
  WHERE i.indrelid = target AND i.indisprimary AND (a.attname <> 'tenant_id' OR i.indnkeyatts = 1);
  SELECT coalesce(string_agg(attname, ','), '') INTO untold FROM pg_attribute
  WHERE attrelid = target AND attnum > 0 AND NOT attisdropped
    AND (attgenerated <> '' OR attname IN ('last_used_at', 'last_login_at'));
  EXECUTE format('DROP TRIGGER IF EXISTS audit_change ON %s', target);
  EXECUTE format('CREATE CONSTRAINT TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON %s
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_change(%L, %L, %L)', target, key_columns, untold, level);
END
$$;
SELECT audit_table('tenants', 'access'), audit_table('memberships', 'access'), audit_table('api_keys', 'access'), audit_table('users', 'person'),
  audit_table('contents'), audit_table('audit_archives');

-- What was written before there was a chain begins it --------------------------------
ALTER TABLE audit_log_unchained NO FORCE ROW LEVEL SECURITY;
DO $$
DECLARE
  month date;
  old audit_log_unchained;
BEGIN
  FOR month IN SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC')::date FROM audit_log_unchained LOOP
    PERFORM audit_make_partition(month);
  END LOOP;
  FOR old IN SELECT * FROM audit_log_unchained ORDER BY tenant_id, at, id LOOP
    PERFORM audit_append(old.tenant_id, old.at, old.principal_kind, old.principal_id, old.action, 'EVENT',
      old.entity, old.entity_id, 'INFO', NULL, NULL, old.details);
  END LOOP;
END
$$;
DROP TABLE audit_log_unchained;

-- Policies and grants ---------------------------------------------------------------
DO $$
DECLARE
  tbl text;
  mine text := $policy$(select nullif(current_setting('app.tenant', true), '')::uuid)$policy$;
BEGIN
  FOREACH tbl IN ARRAY ARRAY['audit_log', 'audit_heads', 'audit_archives'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tbl);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tbl);
    EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = %s) WITH CHECK (tenant_id = %s)', tbl, mine, mine);
  END LOOP;
END
$$;
-- What provisioning does is told as well; it reads nothing but the head.
CREATE POLICY of_provision ON audit_log FOR INSERT TO polygraph_provision WITH CHECK (true);
CREATE POLICY of_provision ON audit_heads TO polygraph_provision USING (true) WITH CHECK (true);

GRANT SELECT, INSERT ON audit_log TO polygraph_app;
GRANT SELECT, INSERT, UPDATE ON audit_heads TO polygraph_app;
GRANT SELECT ON audit_archives TO polygraph_app;
GRANT INSERT ON audit_log TO polygraph_provision;
GRANT SELECT, INSERT, UPDATE ON audit_heads TO polygraph_provision;
GRANT EXECUTE ON FUNCTION audit_append, audit_digest, audit_redact TO polygraph_app, polygraph_provision;

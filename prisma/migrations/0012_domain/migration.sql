-- Items, the history of optimizations, metrics by day, and the indexes of all that is searched.

CREATE TABLE items (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  title text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
  -- HTML, cleaned before it is written.
  description text NOT NULL DEFAULT '' CHECK (length(description) <= 20000),
  owner_id uuid,
  -- 'A' for the title, 'B' for the description, so that one search ranks both.
  document tsvector NOT NULL GENERATED ALWAYS AS (
    setweight(to_tsvector('english'::regconfig, title), 'A')
    || setweight(to_tsvector('english'::regconfig, description), 'B')) STORED,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  deleted_at timestamptz(3),
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, owner_id) REFERENCES memberships (tenant_id, user_id) ON DELETE SET NULL (owner_id)
);
CREATE INDEX items_created ON items (tenant_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX items_owner ON items (tenant_id, owner_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX items_title ON items (title, tenant_id);
CREATE INDEX items_document ON items USING gin (document);

-- What was done to a document because a person or model thought it better, and what came of it.
CREATE TABLE content_optimizations (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  content_id uuid NOT NULL,
  aspect text NOT NULL CHECK (aspect IN ('TITLE', 'SUMMARY', 'BODY', 'KEYWORDS', 'STRUCTURE')),
  -- Of the document when it was done.
  revision integer NOT NULL CHECK (revision >= 1),
  note text NOT NULL CHECK (length(note) BETWEEN 1 AND 2000),
  score_before double precision CHECK (score_before BETWEEN 0 AND 100),
  score_after double precision CHECK (score_after BETWEEN 0 AND 100),
  applied_by text NOT NULL,
  applied_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, content_id) REFERENCES contents (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX content_optimizations_newest ON content_optimizations (tenant_id, content_id, applied_at DESC, id DESC);

CREATE TABLE tenant_metrics (
  tenant_id uuid NOT NULL,
  date date NOT NULL,
  user_count integer NOT NULL,
  content_count integer NOT NULL,
  item_count integer NOT NULL,
  -- Changes told to the audit on that day, and the people who made them.
  audit_count integer NOT NULL,
  active_users integer NOT NULL,
  storage_bytes bigint NOT NULL,
  taken_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, date)
) PARTITION BY RANGE (date);
CREATE TABLE tenant_metrics_default PARTITION OF tenant_metrics DEFAULT;
SELECT audit_close('tenant_metrics_default');

-- As audit_make_partition.
CREATE FUNCTION metrics_make_partition(month date) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  first date := date_trunc('month', month)::date;
  next date := (date_trunc('month', month) + interval '1 month')::date;
  name text := 'tenant_metrics_' || to_char(month, 'YYYY_MM');
BEGIN
  IF to_regclass(format('%I.%I', current_schema(), name)) IS NOT NULL THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE %I (LIKE tenant_metrics INCLUDING DEFAULTS)', name);
  ALTER TABLE tenant_metrics_default NO FORCE ROW LEVEL SECURITY;
  EXECUTE format('WITH late AS (DELETE FROM tenant_metrics_default WHERE date >= %L AND date < %L RETURNING *)
    INSERT INTO %I SELECT * FROM late', first, next, name);
  ALTER TABLE tenant_metrics_default FORCE ROW LEVEL SECURITY;
  EXECUTE format('ALTER TABLE tenant_metrics ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, first, next);
  PERFORM audit_close(name::regclass);
  RETURN true;
END
$$;
DO $$
BEGIN
  FOR ahead IN 0..3 LOOP PERFORM metrics_make_partition((now() + make_interval(months => ahead))::date); END LOOP;
END
$$;

-- Indexes of what was there ------------------------------------------------------------
CREATE INDEX memberships_by_role ON memberships (tenant_id, role, user_id);
ALTER TABLE memberships ADD COLUMN last_login_at timestamptz(3);
CREATE INDEX memberships_last_login ON memberships (tenant_id, last_login_at DESC NULLS LAST) WHERE last_login_at IS NOT NULL;
CREATE INDEX contents_tags ON contents USING gin (tags);
CREATE INDEX content_search_document ON content_search USING gin (document);
SELECT audit_table('memberships', 'access'), audit_table('items'), audit_table('content_optimizations');

-- Row-level security lets a condition come before its policy only where the operator is known to tell nothing of the
-- rows it looks at: else no index on words, tags, JSON or states would ever serve a tenant. These compare and raise no
-- error that depends on a value. Only a superuser may say so; without one the answers are the same and come slower.
DO $$
BEGIN
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) LEAKPROOF;
    ALTER FUNCTION pg_catalog.arraycontains(anyarray, anyarray) LEAKPROOF;
    ALTER FUNCTION pg_catalog.jsonb_contains(jsonb, jsonb) LEAKPROOF;
    ALTER FUNCTION pg_catalog.enum_eq(anyenum, anyenum) LEAKPROOF;
  END IF;
END
$$;

DO $$
DECLARE
  tbl text;
  mine text := $policy$(select nullif(current_setting('app.tenant', true), '')::uuid)$policy$;
BEGIN
  FOREACH tbl IN ARRAY ARRAY['items', 'content_optimizations', 'tenant_metrics'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tbl);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tbl);
    EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = %s) WITH CHECK (tenant_id = %s)', tbl, mine, mine);
  END LOOP;
END
$$;
GRANT SELECT, INSERT ON items, content_optimizations TO polygraph_app;
GRANT UPDATE (title, description, owner_id, updated_at, deleted_at) ON items TO polygraph_app;
GRANT SELECT ON tenant_metrics TO polygraph_app;
DO $$
BEGIN
  IF current_schema() = 'public' THEN GRANT UPDATE (last_login_at) ON memberships TO polygraph_accounts; END IF;
END
$$;

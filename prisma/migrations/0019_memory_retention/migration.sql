-- Life cycle of memory: how long a tenant keeps what, what its memory came to day by day, and what was measured.

-- A kind without a row is kept as the product says (stores/postgres/memory/retention.ts).
CREATE TABLE retention_policies (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  kind text NOT NULL CHECK (kind IN ('MEMORIES', 'OFFLOADED_CONTEXTS', 'AUDIT', 'METRICS')),
  days integer NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, kind),
  CHECK (CASE kind WHEN 'AUDIT' THEN days BETWEEN 90 AND 3650 WHEN 'METRICS' THEN days BETWEEN 1 AND 730
    ELSE days BETWEEN 1 AND 3650 END)
);
SELECT audit_table('retention_policies');

-- What is read instead of counted. An ordinary table, because row-level security holds no materialised view: whoever may
-- read one reads all of its tenants.
CREATE TABLE memory_rollups (
  tenant_id uuid NOT NULL,
  day date NOT NULL,
  -- No foreign key: what a context came to is still so when it is gone.
  context_id uuid NOT NULL,
  memories integer NOT NULL,
  memory_bytes bigint NOT NULL,
  -- Not served any more, and not cleaned away yet.
  expired integer NOT NULL,
  offloaded integer NOT NULL,
  original_bytes bigint NOT NULL,
  compressed_bytes bigint NOT NULL,
  refreshed_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, day, context_id)
);

CREATE TABLE performance_metrics (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  at timestamptz(3) NOT NULL DEFAULT now(),
  -- What was measured, such as 'memory', and of it what, such as 'retrieval-time'.
  subject text NOT NULL CHECK (subject ~ '^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$'),
  name text NOT NULL CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$'),
  value double precision NOT NULL CHECK (value BETWEEN -1e15 AND 1e15),
  unit text NOT NULL CHECK (length(unit) BETWEEN 1 AND 20),
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX performance_metrics_at ON performance_metrics (tenant_id, at);

DO $$
DECLARE
  tbl text;
  mine text := $policy$(select nullif(current_setting('app.tenant', true), '')::uuid)$policy$;
BEGIN
  FOREACH tbl IN ARRAY ARRAY['retention_policies', 'memory_rollups', 'performance_metrics'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tbl);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tbl);
    EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = %s) WITH CHECK (tenant_id = %s)', tbl, mine, mine);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, DELETE ON retention_policies TO polygraph_app;
GRANT UPDATE (days, updated_at) ON retention_policies TO polygraph_app;
GRANT SELECT ON memory_rollups TO polygraph_app;
GRANT SELECT, INSERT ON performance_metrics TO polygraph_app;

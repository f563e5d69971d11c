-- One function makes the partition of a month, for whatever table is kept by month; and months of metrics can leave for
-- files, as those of the audit do.

-- False where it is there. Rows of that month that came early or late move out of the default partition.
CREATE FUNCTION make_month_partition(parent regclass, month date) RETURNS boolean LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  base text := (SELECT relname FROM pg_class WHERE oid = parent);
  name text := base || '_' || to_char(month, 'YYYY_MM');
  key text;
  by_date boolean;
  first text := date_trunc('month', month)::date;
  next text := (date_trunc('month', month) + interval '1 month')::date;
BEGIN
  -- Not one of the shared tables, which the path leads to as well.
  IF to_regclass(format('%I.%I', current_schema(), name)) IS NOT NULL THEN RETURN false; END IF;
  SELECT a.attname, a.atttypid = 'date'::regtype INTO STRICT key, by_date
  FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
  WHERE p.partrelid = parent;
  IF NOT by_date THEN
    first := first || ' 00:00:00+00';
    next := next || ' 00:00:00+00';
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name, base);
  -- The owner is held by the policy, too; within this transaction it is not.
  EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', base || '_default');
  EXECUTE format('WITH late AS (DELETE FROM %I WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO %I SELECT * FROM late',
    base || '_default', key, first, key, next, name);
  EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', base || '_default');
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', base, name, first, next);
  PERFORM audit_close(name::regclass);
  RETURN true;
END
$$;
DROP FUNCTION audit_make_partition(date), metrics_make_partition(date);

-- Months that have left for a file. Nothing goes on from them, so it is enough to know them again.
CREATE TABLE metrics_archives (
  tenant_id uuid NOT NULL,
  month date NOT NULL,
  days integer NOT NULL CHECK (days >= 1),
  -- Of the file, unpacked.
  file_sha256 text NOT NULL CHECK (file_sha256 ~ '^[0-9a-f]{64}$'),
  archived_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, month)
);
SELECT audit_table('metrics_archives');
ALTER TABLE metrics_archives ENABLE ROW LEVEL SECURITY;
ALTER TABLE metrics_archives FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON metrics_archives
  USING (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid))
  WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid));
GRANT SELECT ON metrics_archives TO polygraph_app;

-- Who had the database maintained, when, and what came of it. Of the installation and no tenant: only the owner of the
-- tables reads and writes it, and policies hold the owner, too.
DO $do$
BEGIN
IF current_schema() <> 'public' THEN RETURN; END IF;
CREATE TABLE maintenance_runs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  task text NOT NULL,
  requested_by text NOT NULL,
  started_at timestamptz(3) NOT NULL DEFAULT now(),
  finished_at timestamptz(3),
  -- Null while it runs, or where its process was killed.
  result jsonb
);
CREATE INDEX maintenance_runs_newest ON maintenance_runs (started_at DESC);
ALTER TABLE maintenance_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE maintenance_runs FORCE ROW LEVEL SECURITY;
CREATE POLICY of_owner ON maintenance_runs
  USING (current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'maintenance_runs'::regclass))
  WITH CHECK (current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'maintenance_runs'::regclass));
END
$do$;

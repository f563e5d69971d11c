-- Further servers that this installation reads from and can fail over to. One list an installation, in the shared database.
DO $do$
BEGIN
-- Every tenant's own place is migrated with the same scripts; those have a role of the tenant's instead of this one.
IF current_schema() <> 'public' OR 'polygraph_app' <> 'polygraph_' || 'app' THEN RETURN; END IF;

CREATE SCHEMA IF NOT EXISTS admin;
CREATE TABLE admin.database_connections (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  connection_name text NOT NULL UNIQUE CHECK (connection_name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  connection_type text NOT NULL CHECK (connection_type IN ('ADMIN', 'SHARED', 'ANALYTICS', 'DEDICATED')),
  region_id text CHECK (length(region_id) <= 63),
  host text NOT NULL CHECK (length(host) BETWEEN 1 AND 255),
  port integer NOT NULL DEFAULT 5432 CHECK (port BETWEEN 1 AND 65535),
  database_name text NOT NULL CHECK (length(database_name) BETWEEN 1 AND 63),
  username text NOT NULL CHECK (length(username) BETWEEN 1 AND 63),
  -- AES-256-GCM under a key derived from the master secret, bound to the name: stores/postgres/connections/sealing.ts.
  encrypted_password text NOT NULL,
  ssl_mode text NOT NULL DEFAULT 'require' CHECK (ssl_mode IN ('disable', 'require', 'verify-full')),
  -- Of round robin by weight.
  weight integer NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 100),
  pool_min_size integer NOT NULL DEFAULT 0 CHECK (pool_min_size >= 0),
  pool_max_size integer NOT NULL DEFAULT 10 CHECK (pool_max_size BETWEEN 1 AND 500),
  pool_timeout_seconds numeric NOT NULL DEFAULT 2 CHECK (pool_timeout_seconds > 0),
  pool_recycle_seconds integer NOT NULL DEFAULT 3600 CHECK (pool_recycle_seconds > 0),
  pool_pre_ping boolean NOT NULL DEFAULT true,
  statement_timeout_ms integer NOT NULL DEFAULT 2000 CHECK (statement_timeout_ms > 0),
  application_name text NOT NULL DEFAULT 'polygraph' CHECK (length(application_name) <= 63),
  is_active boolean NOT NULL DEFAULT true,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  CHECK (pool_min_size <= pool_max_size)
);
ALTER TABLE admin.database_connections ENABLE ROW LEVEL SECURITY;
ALTER TABLE admin.database_connections FORCE ROW LEVEL SECURITY;
CREATE POLICY of_provision ON admin.database_connections TO polygraph_provision USING (true) WITH CHECK (true);
GRANT USAGE ON SCHEMA admin TO polygraph_provision;
GRANT SELECT, INSERT, UPDATE, DELETE ON admin.database_connections TO polygraph_provision;

-- The message is empty: any role may listen.
CREATE FUNCTION admin.connections_changed() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  PERFORM pg_notify('polygraph_connections', '');
  RETURN NULL;
END
$fn$;
CREATE TRIGGER connections_changed AFTER INSERT OR UPDATE OR DELETE ON admin.database_connections
  FOR EACH STATEMENT EXECUTE FUNCTION admin.connections_changed();
GRANT EXECUTE ON FUNCTION admin.connections_changed() TO polygraph_provision;
END
$do$;

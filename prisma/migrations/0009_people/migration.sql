-- People and access: roles of a tenant's own, invitations, keys that are rotated, approvals, and how a person signs in.

-- A role of the tenant's own takes the place of what `role` grants. Its rows are only in the shared database, so that
-- copies elsewhere have no foreign key for it; who removes a role makes sure that nobody has it.
ALTER TABLE memberships ADD COLUMN custom_role text CHECK (length(custom_role) <= 60);
ALTER TABLE api_keys ADD COLUMN created_by text CHECK (length(created_by) <= 100);
ALTER TABLE api_keys ADD COLUMN last_used_at timestamptz(3);
GRANT SELECT (created_by, last_used_at) ON api_keys TO polygraph_app;
GRANT SELECT (custom_role) ON memberships TO polygraph_identity;
-- Of a place of its own this is the tenant's role, which keeps its copy of who is a member.
GRANT UPDATE (role, custom_role, display_name), DELETE ON memberships TO polygraph_app;
-- Where time of last use is told apart from a change.
SELECT audit_table('api_keys', 'access');

DO $do$
BEGIN
IF current_schema() <> 'public' THEN RETURN; END IF;

-- Signs people in and takes them in: reads who they are, writes how they prove it. `polygraph migrate` gives it LOGIN.
IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'polygraph_accounts') THEN
  CREATE ROLE polygraph_accounts NOINHERIT;
END IF;
EXECUTE format('GRANT CONNECT ON DATABASE %I TO polygraph_accounts', current_database());
GRANT USAGE ON SCHEMA public TO polygraph_accounts;

CREATE TABLE roles (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  name text NOT NULL CHECK (name ~ '^[a-z][a-z0-9-]{0,59}$'),
  scopes text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 50),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, name)
);

CREATE TABLE invitations (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  email text NOT NULL CHECK (length(email) BETWEEN 3 AND 320 AND email = lower(email)),
  role membership_role NOT NULL CHECK (role <> 'PLATFORM_ADMIN'),
  custom_role text CHECK (length(custom_role) <= 60),
  -- SHA-256 of the token that was shown once.
  token_hash text NOT NULL CHECK (token_hash ~ '^[0-9a-f]{64}$'),
  invited_by text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3) NOT NULL,
  accepted_at timestamptz(3),
  revoked_at timestamptz(3),
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX invitations_open ON invitations (tenant_id, email) WHERE accepted_at IS NULL AND revoked_at IS NULL;

-- What two people do together: one asks, another decides, and deciding does it.
CREATE TABLE approvals (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  action text NOT NULL CHECK (length(action) <= 60),
  subject jsonb NOT NULL,
  state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'APPROVED', 'REJECTED')),
  requested_by uuid NOT NULL,
  requested_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3) NOT NULL,
  decided_by uuid CHECK (decided_by <> requested_by),
  decided_at timestamptz(3),
  PRIMARY KEY (tenant_id, id),
  CHECK ((state = 'PENDING') = (decided_by IS NULL))
);
CREATE INDEX approvals_newest ON approvals (tenant_id, requested_at DESC, id);

-- How a person proves to be one. Nobody but the role that signs people in reads it, and no tenant is told.
CREATE TABLE credentials (
  user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  -- Argon2id, with its parameters and salt.
  password_hash text CHECK (password_hash LIKE '$argon2id$%'),
  -- AES-256-GCM under a key derived from the master secret.
  totp_cipher text,
  totp_confirmed boolean NOT NULL DEFAULT false,
  -- The time step of the last code that was taken: a code serves once.
  totp_last_step bigint NOT NULL DEFAULT 0,
  -- SHA-256 of each that is left.
  recovery_hashes text[] NOT NULL DEFAULT '{}',
  changed_at timestamptz(3) NOT NULL DEFAULT now()
);

PERFORM audit_table('roles', 'access'), audit_table('invitations', 'access'), audit_table('approvals', 'access'),
  audit_table('credentials', 'person');

DECLARE
  tbl text;
  mine text := $policy$(select nullif(current_setting('app.tenant', true), '')::uuid)$policy$;
BEGIN
  FOREACH tbl IN ARRAY ARRAY['roles', 'invitations', 'approvals', 'credentials'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tbl);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tbl);
    IF tbl <> 'credentials' THEN
      EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = %s) WITH CHECK (tenant_id = %s)', tbl, mine, mine);
    END IF;
  END LOOP;
  FOREACH tbl IN ARRAY ARRAY['users', 'credentials', 'tenants', 'memberships', 'invitations'] LOOP
    EXECUTE format('CREATE POLICY of_accounts ON %I TO polygraph_accounts USING (true) WITH CHECK (true)', tbl);
  END LOOP;
  CREATE POLICY of_identity ON roles FOR SELECT TO polygraph_identity USING (true);
  -- A key's last use is noted before its tenant's transaction begins.
  CREATE POLICY of_accounts ON api_keys TO polygraph_accounts USING (true) WITH CHECK (true);
  CREATE POLICY of_accounts ON audit_log FOR INSERT TO polygraph_accounts WITH CHECK (true);
  CREATE POLICY of_accounts ON audit_heads TO polygraph_accounts USING (true) WITH CHECK (true);
  CREATE POLICY of_accounts ON tenant_usage TO polygraph_accounts USING (true) WITH CHECK (true);
END;

-- Requests of administrators write here whatever the tenant's tier: who may enter is asked before a tenant is known.
GRANT SELECT, INSERT, DELETE ON roles TO polygraph_app;
GRANT UPDATE (scopes) ON roles TO polygraph_app;
GRANT SELECT (tenant_id, id, email, role, custom_role, invited_by, created_at, expires_at, accepted_at, revoked_at)
  ON invitations TO polygraph_app;
GRANT INSERT ON invitations TO polygraph_app;
GRANT UPDATE (revoked_at) ON invitations TO polygraph_app;
GRANT SELECT, INSERT ON approvals TO polygraph_app;
GRANT UPDATE (state, decided_by, decided_at) ON approvals TO polygraph_app;
GRANT INSERT ON api_keys TO polygraph_app;
GRANT UPDATE (expires_at, revoked_at) ON api_keys TO polygraph_app;

GRANT SELECT (tenant_id, name, scopes) ON roles TO polygraph_identity;

GRANT SELECT ON tenants, memberships TO polygraph_accounts;
GRANT SELECT, INSERT ON users TO polygraph_accounts;
GRANT SELECT, INSERT, UPDATE ON credentials TO polygraph_accounts;
GRANT INSERT ON memberships TO polygraph_accounts;
GRANT SELECT, UPDATE ON invitations TO polygraph_accounts;
GRANT SELECT (tenant_id, id), UPDATE (last_used_at) ON api_keys TO polygraph_accounts;
GRANT INSERT ON audit_log TO polygraph_accounts;
GRANT SELECT, INSERT, UPDATE ON audit_heads, tenant_usage TO polygraph_accounts;
GRANT EXECUTE ON FUNCTION audit_append, audit_digest, audit_redact TO polygraph_accounts;
END
$do$;

-- The foundation: tenants, people, contents, search, audit.
--
-- Three rules hold for every table that has a tenant_id:
--   1. its primary key, unique constraints and foreign keys begin with tenant_id,
--      because PostgreSQL checks keys without regard to row-level security;
--   2. row-level security is enabled and forced;
--   3. a policy compares tenant_id with the transaction's app.tenant. The scalar
--      sub-select is evaluated once a statement; without a tenant it is null and
--      no row is visible.

CREATE EXTENSION IF NOT EXISTS vector;

-- Roles -----------------------------------------------------------------------
-- `polygraph migrate` gives them LOGIN and a password afterwards.
DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['polygraph_app', 'polygraph_identity', 'polygraph_relay', 'polygraph_provision'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
      EXECUTE format('CREATE ROLE %I NOINHERIT', role);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
  END LOOP;
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO polygraph_app, polygraph_identity, polygraph_relay, polygraph_provision;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Types -----------------------------------------------------------------------
CREATE TYPE tier AS ENUM ('FREE', 'STANDARD', 'PREMIUM', 'ENTERPRISE');
CREATE TYPE tenant_status AS ENUM ('ACTIVE', 'SUSPENDED', 'CLOSED');
CREATE TYPE membership_role AS ENUM ('OWNER', 'ADMIN', 'EDITOR', 'VIEWER', 'AUDITOR', 'PLATFORM_ADMIN');
CREATE TYPE content_status AS ENUM ('DRAFT', 'PUBLISHED', 'ARCHIVED');

-- Tenants and people ------------------------------------------------------------
CREATE TABLE tenants (
  id uuid PRIMARY KEY,
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  tier tier NOT NULL DEFAULT 'STANDARD',
  status tenant_status NOT NULL DEFAULT 'ACTIVE',
  max_users integer NOT NULL DEFAULT 100 CHECK (max_users >= 0),
  max_storage_gb integer NOT NULL DEFAULT 100 CHECK (max_storage_gb >= 0),
  max_contents integer NOT NULL DEFAULT 100000 CHECK (max_contents >= 0),
  features text[] NOT NULL DEFAULT '{}',
  created_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE users (
  id uuid PRIMARY KEY,
  -- Unique in the installation. The application role cannot insert here, so it cannot ask who exists.
  email text NOT NULL UNIQUE CHECK (length(email) BETWEEN 3 AND 320),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  created_at timestamptz(3) NOT NULL DEFAULT now()
);

CREATE TABLE memberships (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  user_id uuid NOT NULL REFERENCES users (id),
  role membership_role NOT NULL,
  -- The name that this tenant shows; another tenant can show another.
  display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
  joined_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX memberships_by_name ON memberships (tenant_id, display_name, user_id);
CREATE INDEX memberships_of_user ON memberships (user_id, tenant_id);

CREATE TABLE api_keys (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  -- Random, so that a collision says nothing; it names the key before a tenant is known.
  prefix text NOT NULL UNIQUE CHECK (length(prefix) BETWEEN 8 AND 64),
  hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
  scopes text[] NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  PRIMARY KEY (tenant_id, id)
);

-- Contents ----------------------------------------------------------------------
CREATE TABLE contents (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL,
  slug text NOT NULL CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,118}[a-z0-9])?$'),
  title text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
  summary text CHECK (length(summary) <= 2000),
  status content_status NOT NULL DEFAULT 'DRAFT',
  tags text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 20),
  licence text CHECK (length(licence) <= 200),
  source text CHECK (length(source) <= 500),
  author_id uuid,
  revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
  published_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  deleted_at timestamptz(3),
  import_hash text,
  -- What has no date of publication stands at the end of either order, and one row comparison makes a page.
  newest_order timestamptz(3) NOT NULL
    GENERATED ALWAYS AS (coalesce(published_at, timestamptz '0001-01-01 00:00:00+00')) STORED,
  oldest_order timestamptz(3) NOT NULL
    GENERATED ALWAYS AS (coalesce(published_at, timestamptz '9999-01-01 00:00:00+00')) STORED,
  title_order text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(title)) STORED,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, author_id) REFERENCES memberships (tenant_id, user_id) ON DELETE SET NULL (author_id)
);
CREATE UNIQUE INDEX contents_slug ON contents (tenant_id, slug) WHERE deleted_at IS NULL;
CREATE INDEX contents_newest ON contents (tenant_id, newest_order DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX contents_oldest ON contents (tenant_id, oldest_order, id) WHERE deleted_at IS NULL;
CREATE INDEX contents_updated ON contents (tenant_id, updated_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX contents_title ON contents (tenant_id, title_order, id) WHERE deleted_at IS NULL;
CREATE INDEX contents_status ON contents (tenant_id, status, newest_order DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX contents_author ON contents (tenant_id, author_id, newest_order DESC, id DESC) WHERE deleted_at IS NULL;
-- For the foreign key, which also looks at deleted rows.
CREATE INDEX contents_author_all ON contents (tenant_id, author_id);

-- Written by the relay from the bodies, read by search. A tsvector holds at most
-- one megabyte, so the first 200,000 characters of a body are searchable.
CREATE TABLE content_search (
  tenant_id uuid NOT NULL,
  content_id uuid NOT NULL,
  revision integer NOT NULL,
  title text NOT NULL,
  summary text NOT NULL DEFAULT '',
  body text NOT NULL DEFAULT '',
  document tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english'::regconfig, title), 'A')
    || setweight(to_tsvector('english'::regconfig, summary), 'B')
    || setweight(to_tsvector('english'::regconfig, left(body, 200000)), 'C')
  ) STORED,
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, content_id),
  FOREIGN KEY (tenant_id, content_id) REFERENCES contents (tenant_id, id) ON DELETE CASCADE
);

-- Audit -------------------------------------------------------------------------
CREATE TABLE audit_log (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  at timestamptz(3) NOT NULL DEFAULT now(),
  principal_kind text NOT NULL,
  principal_id text NOT NULL,
  action text NOT NULL,
  entity text NOT NULL,
  entity_id text NOT NULL,
  details jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_log_newest ON audit_log (tenant_id, at DESC, id DESC);
CREATE INDEX audit_log_entity ON audit_log (tenant_id, entity, entity_id, at DESC);

-- Policies ----------------------------------------------------------------------
DO $$
DECLARE
  tbl text;
  mine text := $policy$(select nullif(current_setting('app.tenant', true), '')::uuid)$policy$;
BEGIN
  FOREACH tbl IN ARRAY ARRAY['memberships', 'api_keys', 'contents', 'content_search', 'audit_log'] LOOP
    EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = %s) WITH CHECK (tenant_id = %s)', tbl, mine, mine);
  END LOOP;
  EXECUTE format('CREATE POLICY of_tenant ON tenants USING (id = %s) WITH CHECK (id = %s)', mine, mine);
  EXECUTE format(
    'CREATE POLICY of_tenant ON users USING (EXISTS (
       SELECT FROM memberships m WHERE m.user_id = users.id AND m.tenant_id = %s)) WITH CHECK (false)', mine);

  FOREACH tbl IN ARRAY ARRAY['tenants', 'users', 'memberships', 'api_keys', 'contents', 'content_search', 'audit_log'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tbl);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tbl);
  END LOOP;

  -- Who may enter is asked before a tenant is known: read only, and only the columns granted below.
  FOREACH tbl IN ARRAY ARRAY['tenants', 'memberships', 'api_keys'] LOOP
    EXECUTE format('CREATE POLICY of_identity ON %I FOR SELECT TO polygraph_identity USING (true)', tbl);
  END LOOP;
  -- Tenants and people are made by the system; contents are not its to see.
  FOREACH tbl IN ARRAY ARRAY['tenants', 'users', 'memberships', 'api_keys'] LOOP
    EXECUTE format('CREATE POLICY of_provision ON %I TO polygraph_provision USING (true) WITH CHECK (true)', tbl);
  END LOOP;
END
$$;

-- Grants ------------------------------------------------------------------------
GRANT SELECT ON tenants, users, memberships TO polygraph_app;
GRANT SELECT (tenant_id, id, name, prefix, scopes, created_at, expires_at, revoked_at) ON api_keys TO polygraph_app;
GRANT SELECT, INSERT ON contents TO polygraph_app;
GRANT UPDATE (slug, title, summary, status, tags, licence, source, author_id, revision, published_at, updated_at,
  deleted_at, import_hash) ON contents TO polygraph_app;
GRANT SELECT ON content_search TO polygraph_app;
GRANT SELECT, INSERT ON audit_log TO polygraph_app;

GRANT SELECT (id, slug, tier, status) ON tenants TO polygraph_identity;
GRANT SELECT (tenant_id, user_id, role) ON memberships TO polygraph_identity;
GRANT SELECT (tenant_id, id, prefix, hash, scopes, expires_at, revoked_at) ON api_keys TO polygraph_identity;

GRANT SELECT, INSERT, UPDATE ON tenants, users, memberships, api_keys TO polygraph_provision;

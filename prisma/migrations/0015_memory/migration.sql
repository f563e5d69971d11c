-- Memory: projects of a tenant, the execution contexts of a project, what is remembered in a context, and how
-- memories hang together.

CREATE TABLE memory_projects (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  key text NOT NULL CHECK (key ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '' CHECK (length(description) <= 2000),
  revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX memory_projects_key ON memory_projects (tenant_id, key);

CREATE TABLE execution_contexts (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  project_id uuid NOT NULL,
  key text NOT NULL CHECK (key ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  isolation_level text NOT NULL DEFAULT 'STRICT' CHECK (isolation_level IN ('STRICT', 'SHARED', 'FEDERATED')),
  encryption_enabled boolean NOT NULL DEFAULT false,
  revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  -- What may only hang on a context of certain levels refers to this, and so cannot outlive a change of level.
  UNIQUE (tenant_id, id, isolation_level),
  FOREIGN KEY (tenant_id, project_id) REFERENCES memory_projects (tenant_id, id)
);
CREATE UNIQUE INDEX execution_contexts_key ON execution_contexts (tenant_id, project_id, key);

CREATE TABLE memories (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  context_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('EPISODIC', 'SEMANTIC', 'PROCEDURAL')),
  relevance_score double precision NOT NULL CHECK (relevance_score BETWEEN 0 AND 1),
  -- In clear, or encrypted: never both, never neither.
  content jsonb CHECK (jsonb_typeof(content) = 'object'),
  content_cipher bytea,
  -- The texts within the content, for full text; empty where they are not to be in clear.
  words text NOT NULL DEFAULT '' CHECK (length(words) <= 20000),
  -- Of the same texts. Vectors of different embedders cannot be compared.
  embedder text CHECK (length(embedder) BETWEEN 1 AND 100),
  embedding public.vector(384),
  tags text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 20),
  expires_at timestamptz(3),
  revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  document tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english'::regconfig, words)) STORED,
  bytes bigint NOT NULL GENERATED ALWAYS AS (
    coalesce(octet_length(content::text), 0) + coalesce(octet_length(content_cipher), 0)) STORED,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, context_id) REFERENCES execution_contexts (tenant_id, id) ON DELETE CASCADE,
  CHECK (num_nonnulls(content, content_cipher) = 1),
  CHECK ((embedder IS NULL) = (embedding IS NULL))
);
CREATE INDEX memories_newest ON memories (tenant_id, created_at DESC, id DESC);
CREATE INDEX memories_context ON memories (tenant_id, context_id, created_at DESC, id DESC);
CREATE INDEX memories_expiring ON memories (tenant_id, expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX memories_document ON memories USING gin (document);
CREATE INDEX memories_tags ON memories USING gin (tags);

CREATE TABLE memory_relationships (
  tenant_id uuid NOT NULL,
  from_id uuid NOT NULL,
  to_id uuid NOT NULL CHECK (to_id <> from_id),
  kind text NOT NULL CHECK (kind IN ('RELATES_TO', 'FOLLOWS', 'DERIVED_FROM', 'SUPPORTS', 'CONTRADICTS')),
  strength double precision NOT NULL CHECK (strength BETWEEN 0 AND 1),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, from_id, to_id, kind),
  FOREIGN KEY (tenant_id, from_id) REFERENCES memories (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, to_id) REFERENCES memories (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX memory_relationships_to ON memory_relationships (tenant_id, to_id, from_id);

-- Audit and quotas ------------------------------------------------------------------
-- What is remembered may expire or be encrypted; the audit tells that it changed, and never keeps it.
CREATE OR REPLACE FUNCTION audit_redact(given jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS $$
  SELECT jsonb_object_agg(key, CASE
    WHEN (key ~ '(password|secret|hash|token|recovery|cipher|embedding)' OR key IN ('content', 'words', 'compressed'))
      AND value <> 'null' THEN to_jsonb('[redacted]'::text)
    ELSE value END)
  FROM jsonb_each(given)
$$;
SELECT audit_table('memory_projects'), audit_table('execution_contexts'), audit_table('memories'),
  audit_table('memory_relationships');

-- For tables whose rows have a column `bytes` that counts as storage of the tenant. As count_usage.
CREATE FUNCTION weigh_row() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
  new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
  more_bytes bigint := coalesce((new_row ->> 'bytes')::bigint, 0) - coalesce((old_row ->> 'bytes')::bigint, 0);
BEGIN
  IF current_setting('app.audit', true) = 'moved with its rows' AND (
    SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'tenant_usage'::regclass) = current_user THEN RETURN NULL; END IF;
  PERFORM take_quota(coalesce(new_row ->> 'tenant_id', old_row ->> 'tenant_id')::uuid, 0, 0, more_bytes) WHERE more_bytes <> 0;
  RETURN NULL;
END
$$;
CREATE TRIGGER weigh_row AFTER INSERT OR DELETE OR UPDATE ON memories FOR EACH ROW EXECUTE FUNCTION weigh_row();

-- Policies and grants ---------------------------------------------------------------
DO $$
DECLARE
  tbl text;
  mine text := $policy$(select nullif(current_setting('app.tenant', true), '')::uuid)$policy$;
BEGIN
  FOREACH tbl IN ARRAY ARRAY['memory_projects', 'execution_contexts', 'memories', 'memory_relationships'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tbl);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tbl);
    EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = %s) WITH CHECK (tenant_id = %s)', tbl, mine, mine);
  END LOOP;
END
$$;
-- An expired memory is gone for requests from that moment on, whenever its row is cleaned away.
CREATE POLICY unexpired ON memories AS RESTRICTIVE FOR SELECT TO polygraph_app
  USING (expires_at IS NULL OR expires_at > now());

GRANT SELECT, INSERT, DELETE ON memory_projects, execution_contexts, memories, memory_relationships TO polygraph_app;
GRANT UPDATE (key, name, description, revision, updated_at) ON memory_projects TO polygraph_app;
GRANT UPDATE (key, name, isolation_level, encryption_enabled, revision, updated_at) ON execution_contexts TO polygraph_app;
GRANT UPDATE (kind, relevance_score, content, content_cipher, words, embedder, embedding, tags, expires_at, revision,
  updated_at) ON memories TO polygraph_app;
GRANT UPDATE (strength) ON memory_relationships TO polygraph_app;

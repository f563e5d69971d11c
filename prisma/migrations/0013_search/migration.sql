-- What search compares besides words: vectors, and titles by their trigrams.
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;

-- Functions of public are nobody's by default (see 0001); those of the extension are pure and safe for all.
DO $$
DECLARE
  fn regprocedure;
BEGIN
  FOR fn IN
    SELECT p.oid::regprocedure FROM pg_proc p
    JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'pg_trgm'
    WHERE pg_get_userbyid(p.proowner) = current_user
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', fn);
  END LOOP;
END
$$;

-- Written by the relay beside the full text, read by search. Compared exactly: an index over many tenants would give
-- the nearest of all of them, of which the policy leaves few or none.
CREATE TABLE content_vectors (
  tenant_id  uuid        NOT NULL DEFAULT nullif(current_setting('app.tenant', true), '')::uuid,
  content_id uuid        NOT NULL,
  revision   integer     NOT NULL,
  -- Vectors of different embedders cannot be compared.
  embedder   text        NOT NULL CHECK (length(embedder) BETWEEN 1 AND 100),
  embedding  public.vector(384) NOT NULL,
  PRIMARY KEY (tenant_id, content_id),
  FOREIGN KEY (tenant_id, content_id) REFERENCES contents (tenant_id, id) ON DELETE CASCADE
);
ALTER TABLE content_vectors ENABLE ROW LEVEL SECURITY;
ALTER TABLE content_vectors FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON content_vectors
  USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::uuid))
  WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::uuid));
GRANT SELECT ON content_vectors TO polygraph_app;
GRANT SELECT, INSERT, UPDATE ON content_vectors TO polygraph_relay;

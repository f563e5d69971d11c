-- Offloaded contexts: long texts of an execution context, compressed and in pieces, found again by their vectors; and
-- the keys with which a tenant's memory is encrypted.

-- What stays in clear although the content is encrypted, because the tenant wants to search by it. Titles, keys, tags,
-- scores, sizes and times always do.
ALTER TABLE execution_contexts ADD COLUMN searchable_when_encrypted text[] NOT NULL DEFAULT '{}'
  CHECK (searchable_when_encrypted <@ ARRAY['WORDS', 'EMBEDDING']);

-- For contexts that are made from now on, where the tenant has said so for all.
CREATE TABLE memory_encryption (
  tenant_id uuid PRIMARY KEY REFERENCES tenants (id),
  enabled boolean NOT NULL,
  searchable text[] NOT NULL DEFAULT '{}' CHECK (searchable <@ ARRAY['WORDS', 'EMBEDDING']),
  updated_at timestamptz(3) NOT NULL DEFAULT now()
);

-- Which key a value was encrypted with, from its own head.
CREATE FUNCTION sealed_version(given bytea) RETURNS integer LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT AS $$
  SELECT ('x' || encode(substring(given FROM 2 FOR 4), 'hex'))::bit(32)::integer
$$;

-- Sealed with a key that no database holds, and bound to tenant and version. The newest encrypts.
CREATE TABLE data_keys (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  version integer NOT NULL CHECK (version >= 1),
  wrapped_secret bytea NOT NULL CHECK (octet_length(wrapped_secret) = 60),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, version)
);

CREATE TABLE offloaded_contexts (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  context_id uuid NOT NULL,
  -- The caller's own name of it: what is sent again under it is known.
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
  title text NOT NULL CHECK (length(title) BETWEEN 1 AND 300),
  tags text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 20),
  pieces integer NOT NULL DEFAULT 0 CHECK (pieces >= 0),
  original_bytes bigint NOT NULL DEFAULT 0 CHECK (original_bytes >= 0),
  compressed_bytes bigint NOT NULL DEFAULT 0 CHECK (compressed_bytes >= 0),
  -- SHA-256 of the whole text, which says that all of it is there. Of a short text it tells the text, so it is encrypted
  -- where that is.
  text_hash bytea,
  text_hash_cipher bytea,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  updated_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, context_id) REFERENCES execution_contexts (tenant_id, id) ON DELETE CASCADE,
  CHECK (num_nonnulls(text_hash, text_hash_cipher) <= 1)
);
CREATE UNIQUE INDEX offloaded_contexts_key ON offloaded_contexts (tenant_id, context_id, key);
CREATE INDEX offloaded_contexts_newest ON offloaded_contexts (tenant_id, created_at DESC, id DESC);

-- Compressed first, then encrypted: nothing is left to compress in what is encrypted.
CREATE TABLE offloaded_pieces (
  tenant_id uuid NOT NULL,
  offloaded_id uuid NOT NULL,
  number integer NOT NULL CHECK (number >= 0),
  original_bytes integer NOT NULL CHECK (original_bytes BETWEEN 1 AND 1000000),
  compressed bytea,
  compressed_cipher bytea,
  bytes bigint NOT NULL GENERATED ALWAYS AS (coalesce(octet_length(compressed), 0) + coalesce(octet_length(compressed_cipher), 0)) STORED,
  PRIMARY KEY (tenant_id, offloaded_id, number),
  FOREIGN KEY (tenant_id, offloaded_id) REFERENCES offloaded_contexts (tenant_id, id) ON DELETE CASCADE,
  CHECK (num_nonnulls(compressed, compressed_cipher) = 1)
);
ALTER TABLE offloaded_pieces ALTER compressed SET STORAGE EXTERNAL, ALTER compressed_cipher SET STORAGE EXTERNAL;

-- Apart from what they are of, so that a row stays within its page: exact comparison reads all of a tenant.
CREATE TABLE offloaded_vectors (
  tenant_id uuid NOT NULL,
  offloaded_id uuid NOT NULL,
  -- Vectors of different embedders cannot be compared.
  embedder text NOT NULL CHECK (length(embedder) BETWEEN 1 AND 100),
  embedding public.vector(384) NOT NULL,
  PRIMARY KEY (tenant_id, offloaded_id),
  FOREIGN KEY (tenant_id, offloaded_id) REFERENCES offloaded_contexts (tenant_id, id) ON DELETE CASCADE
);
-- An index over the vectors of all who share the table: it is walked on until enough of the tenant's own are found
-- (stores/postgres/vectors.ts), and `polygraph optimize run vectors` puts IVFFlat in its place where VECTOR_INDEX says so.
CREATE INDEX offloaded_vectors_hnsw ON offloaded_vectors USING hnsw (embedding public.vector_cosine_ops);

-- What was promised -----------------------------------------------------------------
-- The server itself keeps clear text out of an encrypted context, whoever writes it. The lock lets a switch and a write
-- wait for each other: without it, a write that began before could leave clear text behind a finished encryption.
CREATE FUNCTION refuse_clear(tenant uuid, context uuid, what text) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  rule execution_contexts;
BEGIN
  -- What a tenant brings along from its former place was let in there.
  IF current_setting('app.audit', true) = 'moved with its rows' AND (
    SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'execution_contexts'::regclass) = current_user THEN RETURN; END IF;
  SELECT * INTO rule FROM execution_contexts c WHERE c.tenant_id = tenant AND c.id = context FOR SHARE;
  IF rule.encryption_enabled AND NOT what = ANY (rule.searchable_when_encrypted) THEN
    RAISE EXCEPTION 'The context is encrypted, and % would be in clear.', lower(what) USING ERRCODE = '23E01';
  END IF;
END
$$;
-- Only what is written is looked at: rows from before the switch are encrypted one after the other.
CREATE FUNCTION keep_encrypted() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  owner uuid;
BEGIN
  IF TG_TABLE_NAME IN ('memories', 'offloaded_contexts') THEN
    owner := NEW.context_id;
  ELSE
    SELECT o.context_id INTO owner FROM offloaded_contexts o WHERE o.tenant_id = NEW.tenant_id AND o.id = NEW.offloaded_id;
  END IF;
  PERFORM refuse_clear(NEW.tenant_id, owner, TG_ARGV[0]);
  RETURN NEW;
END
$$;
CREATE TRIGGER keep_content BEFORE INSERT OR UPDATE OF content ON memories FOR EACH ROW
  WHEN (NEW.content IS NOT NULL) EXECUTE FUNCTION keep_encrypted('CONTENT');
CREATE TRIGGER keep_words BEFORE INSERT OR UPDATE OF words ON memories FOR EACH ROW
  WHEN (NEW.words <> '') EXECUTE FUNCTION keep_encrypted('WORDS');
CREATE TRIGGER keep_embedding BEFORE INSERT OR UPDATE OF embedding ON memories FOR EACH ROW
  WHEN (NEW.embedding IS NOT NULL) EXECUTE FUNCTION keep_encrypted('EMBEDDING');
CREATE TRIGGER keep_hash BEFORE INSERT OR UPDATE OF text_hash ON offloaded_contexts FOR EACH ROW
  WHEN (NEW.text_hash IS NOT NULL) EXECUTE FUNCTION keep_encrypted('CONTENT');
CREATE TRIGGER keep_text BEFORE INSERT OR UPDATE OF compressed ON offloaded_pieces FOR EACH ROW
  WHEN (NEW.compressed IS NOT NULL) EXECUTE FUNCTION keep_encrypted('CONTENT');
CREATE TRIGGER keep_embedding BEFORE INSERT OR UPDATE ON offloaded_vectors FOR EACH ROW
  EXECUTE FUNCTION keep_encrypted('EMBEDDING');

CREATE FUNCTION inherit_encryption() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  for_all memory_encryption;
BEGIN
  -- A context that a tenant brings along was made before, and may have been switched off since.
  IF current_setting('app.audit', true) = 'moved with its rows' AND (
    SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'execution_contexts'::regclass) = current_user THEN RETURN NEW; END IF;
  SELECT * INTO for_all FROM memory_encryption e WHERE e.tenant_id = NEW.tenant_id;
  IF for_all.enabled THEN
    NEW.encryption_enabled := true;
    NEW.searchable_when_encrypted := for_all.searchable;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER inherit_encryption BEFORE INSERT ON execution_contexts FOR EACH ROW
  WHEN (NOT NEW.encryption_enabled) EXECUTE FUNCTION inherit_encryption();

-- Audit, quotas, policies and grants --------------------------------------------------
-- Pieces and vectors are told by the row that they are of, which changes with each of them.
SELECT audit_table('memory_encryption', 'access'), audit_table('data_keys', 'access'), audit_table('offloaded_contexts');

-- As weigh_row, which would write a megabyte out as text to read its size.
CREATE FUNCTION weigh_piece() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  more_bytes bigint := CASE WHEN TG_OP = 'DELETE' THEN 0 ELSE NEW.bytes END - CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE OLD.bytes END;
BEGIN
  IF current_setting('app.audit', true) = 'moved with its rows' AND (
    SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'tenant_usage'::regclass) = current_user THEN RETURN NULL; END IF;
  PERFORM take_quota(CASE WHEN TG_OP = 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END, 0, 0, more_bytes) WHERE more_bytes <> 0;
  RETURN NULL;
END
$$;
CREATE TRIGGER weigh_piece AFTER INSERT OR DELETE OR UPDATE ON offloaded_pieces FOR EACH ROW EXECUTE FUNCTION weigh_piece();

DO $$
DECLARE
  tbl text;
  mine text := $policy$(select nullif(current_setting('app.tenant', true), '')::uuid)$policy$;
BEGIN
  FOREACH tbl IN ARRAY ARRAY['memory_encryption', 'data_keys', 'offloaded_contexts', 'offloaded_pieces', 'offloaded_vectors'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tbl);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tbl);
    EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = %s) WITH CHECK (tenant_id = %s)', tbl, mine, mine);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON memory_encryption TO polygraph_app;
GRANT UPDATE (searchable_when_encrypted) ON execution_contexts TO polygraph_app;
GRANT SELECT, INSERT ON data_keys TO polygraph_app;
GRANT SELECT, INSERT, DELETE ON offloaded_contexts, offloaded_pieces, offloaded_vectors TO polygraph_app;
GRANT UPDATE (title, tags, pieces, original_bytes, compressed_bytes, text_hash, text_hash_cipher, updated_at)
  ON offloaded_contexts TO polygraph_app;
GRANT UPDATE (wrapped_secret) ON data_keys TO polygraph_app;
GRANT UPDATE (compressed, compressed_cipher) ON offloaded_pieces TO polygraph_app;
GRANT UPDATE (embedder, embedding) ON offloaded_vectors TO polygraph_app;
GRANT EXECUTE ON FUNCTION refuse_clear, sealed_version TO polygraph_app;

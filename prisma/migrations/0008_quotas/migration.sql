-- What a tenant holds of what its limits count, kept by triggers in the transaction of each change: the counter's row
-- is locked by whoever adds, so that no number of writers at once gets past a limit.

-- Bytes of UTF-8 that all versions of a document's body take together; the bodies lie elsewhere.
CREATE TABLE content_storage (
  tenant_id uuid NOT NULL,
  content_id uuid NOT NULL,
  bytes bigint NOT NULL CHECK (bytes >= 0),
  PRIMARY KEY (tenant_id, content_id),
  FOREIGN KEY (tenant_id, content_id) REFERENCES contents (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE tenant_usage (
  tenant_id uuid PRIMARY KEY,
  users integer NOT NULL DEFAULT 0 CHECK (users >= 0),
  contents integer NOT NULL DEFAULT 0 CHECK (contents >= 0),
  storage_bytes bigint NOT NULL DEFAULT 0 CHECK (storage_bytes >= 0)
);

-- Only what grows is refused (23Q01, with the facts as JSON): who is over a limit that was lowered can still remove.
CREATE FUNCTION take_quota(tenant uuid, more_users integer, more_contents integer, more_bytes bigint) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  used tenant_usage;
  allowed tenants;
  facts jsonb;
BEGIN
  INSERT INTO tenant_usage AS u VALUES (tenant, greatest(more_users, 0), greatest(more_contents, 0), greatest(more_bytes, 0))
  ON CONFLICT (tenant_id) DO UPDATE SET users = greatest(u.users + more_users, 0),
    contents = greatest(u.contents + more_contents, 0), storage_bytes = greatest(u.storage_bytes + more_bytes, 0)
  RETURNING * INTO used;
  SELECT * INTO allowed FROM tenants t WHERE t.id = tenant;
  IF allowed.id IS NULL THEN RETURN; END IF;
  facts := CASE
    WHEN more_users > 0 AND used.users > allowed.max_users THEN
      jsonb_build_object('resource', 'users', 'limit', allowed.max_users, 'used', used.users - more_users)
    WHEN more_contents > 0 AND used.contents > allowed.max_contents THEN
      jsonb_build_object('resource', 'contents', 'limit', allowed.max_contents, 'used', used.contents - more_contents)
    WHEN more_bytes > 0 AND used.storage_bytes > allowed.max_storage_gb * 1000000000::bigint THEN
      jsonb_build_object('resource', 'storageBytes', 'limit', allowed.max_storage_gb * 1000000000::bigint,
        'used', used.storage_bytes - more_bytes)
    END;
  IF facts IS NOT NULL THEN
    RAISE EXCEPTION 'A limit of the tenant is reached.' USING ERRCODE = '23Q01', DETAIL = facts::text;
  END IF;
END
$$;

CREATE FUNCTION count_usage() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
  new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
  tenant uuid := coalesce(new_row ->> 'tenant_id', old_row ->> 'tenant_id')::uuid;
  more_rows integer;
  more_bytes bigint := 0;
BEGIN
  -- Rows that a tenant brings along from its former place bring their count along, too.
  IF current_setting('app.audit', true) = 'moved with its rows' AND (
    SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'tenant_usage'::regclass) = current_user THEN RETURN NULL; END IF;
  more_rows := (new_row ? 'tenant_id' AND new_row ->> 'deleted_at' IS NULL)::int
    - (old_row ? 'tenant_id' AND old_row ->> 'deleted_at' IS NULL)::int;
  more_bytes := coalesce((new_row ->> 'bytes')::bigint, 0) - coalesce((old_row ->> 'bytes')::bigint, 0);
  CASE TG_TABLE_NAME
    WHEN 'memberships' THEN PERFORM take_quota(tenant, more_rows, 0, 0) WHERE more_rows <> 0;
    WHEN 'contents' THEN PERFORM take_quota(tenant, 0, more_rows, 0) WHERE more_rows <> 0;
    WHEN 'content_storage' THEN PERFORM take_quota(tenant, 0, 0, more_bytes) WHERE more_bytes <> 0;
  END CASE;
  RETURN NULL;
END
$$;
CREATE TRIGGER count_usage AFTER INSERT OR DELETE ON memberships FOR EACH ROW EXECUTE FUNCTION count_usage();
CREATE TRIGGER count_usage AFTER INSERT OR DELETE OR UPDATE OF deleted_at ON contents
  FOR EACH ROW EXECUTE FUNCTION count_usage();
CREATE TRIGGER count_usage AFTER INSERT OR DELETE OR UPDATE ON content_storage
  FOR EACH ROW EXECUTE FUNCTION count_usage();

-- Every body passes the outbox on its way, whoever writes it.
CREATE FUNCTION weigh_body() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO content_storage AS s VALUES (NEW.tenant_id, NEW.entity_id, octet_length(convert_to(NEW.payload ->> 'body', 'UTF8')))
  ON CONFLICT (tenant_id, content_id) DO UPDATE SET bytes = s.bytes + excluded.bytes;
  RETURN NULL;
END
$$;
CREATE TRIGGER weigh_body AFTER INSERT ON outbox FOR EACH ROW
  WHEN (NEW.kind = 'content.saved' AND NEW.payload ? 'body') EXECUTE FUNCTION weigh_body();

-- What is there already. Policies hold the owner, too; for this they do not.
ALTER TABLE memberships NO FORCE ROW LEVEL SECURITY;
ALTER TABLE contents NO FORCE ROW LEVEL SECURITY;
INSERT INTO tenant_usage (tenant_id, users) SELECT tenant_id, count(*) FROM memberships GROUP BY tenant_id;
INSERT INTO tenant_usage (tenant_id, contents) SELECT tenant_id, count(*) FROM contents WHERE deleted_at IS NULL GROUP BY tenant_id
  ON CONFLICT (tenant_id) DO UPDATE SET contents = excluded.contents;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;
ALTER TABLE contents FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
  tbl text;
  mine text := $policy$(select nullif(current_setting('app.tenant', true), '')::uuid)$policy$;
BEGIN
  FOREACH tbl IN ARRAY ARRAY['tenant_usage', 'content_storage'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tbl);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tbl);
    EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = %s) WITH CHECK (tenant_id = %s)', tbl, mine, mine);
  END LOOP;
END
$$;
CREATE POLICY of_provision ON tenant_usage TO polygraph_provision USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON tenant_usage TO polygraph_app, polygraph_provision;
GRANT SELECT, INSERT, UPDATE ON content_storage TO polygraph_app;

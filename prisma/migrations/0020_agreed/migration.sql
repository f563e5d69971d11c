-- What is agreed with a tenant takes effect: identity hands it to those who serve a request, and the relay keeps delivered
-- events for as long as it says.
GRANT SELECT (overrides) ON tenants TO polygraph_identity;

-- Null where the tier decides.
ALTER TABLE tenants ADD COLUMN events_days integer CHECK (events_days BETWEEN 1 AND 3650);
GRANT SELECT (events_days) ON tenants TO polygraph_relay;
-- It reads every tenant's outbox; of the tenants themselves it sees id, tier and this.
DROP POLICY of_relay ON tenants;
CREATE POLICY of_relay ON tenants FOR SELECT TO polygraph_relay USING (true);

-- As in 0005, with the marks of use that a sign-in leaves: the sign-in is told by itself, so these would only tell it
-- again, as a change of who may do what.
CREATE OR REPLACE FUNCTION audit_table(target regclass, level text DEFAULT '') RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  key_columns text;
  untold text;
BEGIN
  SELECT string_agg(a.attname, ',' ORDER BY array_position(i.indkey::int2[], a.attnum))
  INTO key_columns FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
  WHERE i.indrelid = target AND i.indisprimary AND (a.attname <> 'tenant_id' OR i.indnkeyatts = 1);
  SELECT coalesce(string_agg(attname, ','), '') INTO untold FROM pg_attribute
  WHERE attrelid = target AND attnum > 0 AND NOT attisdropped
    AND (attgenerated <> '' OR attname IN ('last_used_at', 'last_login_at', 'totp_last_step', 'sign_count'));
  EXECUTE format('DROP TRIGGER IF EXISTS audit_change ON %s', target);
  EXECUTE format('CREATE CONSTRAINT TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON %s
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_change(%L, %L, %L)', target, key_columns, untold, level);
END
$$;
DO $do$
BEGIN
  IF current_schema() = 'public' THEN PERFORM audit_table('credentials', 'person'); END IF;
END
$do$;

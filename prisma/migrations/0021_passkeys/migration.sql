-- Keys that people's devices keep and use after a look or a touch (WebAuthn). They are a person's, in no tenant.
DO $do$
BEGIN
IF current_schema() <> 'public' THEN RETURN; END IF;

CREATE TABLE passkeys (
  -- Given by the device, base64url.
  credential_id text PRIMARY KEY CHECK (length(credential_id) BETWEEN 16 AND 1366 AND credential_id ~ '^[A-Za-z0-9_-]+$'),
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- COSE
  public_key bytea NOT NULL CHECK (octet_length(public_key) BETWEEN 16 AND 4096),
  -- As the device last said; a smaller one is a copy of it. Many say 0 for ever.
  sign_count bigint NOT NULL CHECK (sign_count >= 0),
  -- How a browser reaches the device.
  transports text[] NOT NULL DEFAULT '{}' CHECK (cardinality(transports) <= 10),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  last_used_at timestamptz(3)
);
CREATE INDEX passkeys_of_person ON passkeys (user_id, created_at);
PERFORM audit_table('passkeys', 'person');

ALTER TABLE passkeys ENABLE ROW LEVEL SECURITY;
ALTER TABLE passkeys FORCE ROW LEVEL SECURITY;
CREATE POLICY of_accounts ON passkeys TO polygraph_accounts USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON passkeys TO polygraph_accounts;
GRANT UPDATE (sign_count, last_used_at) ON passkeys TO polygraph_accounts;
END
$do$;

-- Where each tenant lives, so that a place serves only who is at home there, and how tenants have moved.
--
-- A process can hold an old notion of where a tenant lives (its tier travels in tokens and caches). So the place itself
-- is asked, at the start of each transaction: one that a tenant has left, or has not arrived in, refuses.
--
-- One of each a database: schemas of tenants' own are served by those of the shared tables.
DO $do$
BEGIN
IF current_schema() <> 'public' THEN RETURN; END IF;

CREATE TABLE placements (
  tenant_id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('shared', 'schema', 'database')),
  -- Grows with every move.
  generation integer NOT NULL DEFAULT 1 CHECK (generation >= 1),
  -- False in a database that the tenant is about to move to: it then serves only who has read in the shared database
  -- that the move has happened, and knows this generation from there.
  settled boolean NOT NULL DEFAULT true
);

-- A writer holds this shared for its transaction. Whoever moves the tenant takes it alone, and waits for those in it;
-- nobody enters meanwhile. It ends with the session that holds it, however that ends.
CREATE FUNCTION placement_lock(tenant uuid) RETURNS bigint LANGUAGE sql IMMUTABLE AS $fn$
  SELECT ('x' || left(replace(tenant::text, '-', ''), 16))::bit(64)::bigint
$fn$;

-- Binds the transaction to a tenant in a kind of place, or refuses it: PM001, paused for a moment; PM002, not at home
-- here. `known` is the generation that the caller has read, null where it goes by the tenant's tier.
CREATE FUNCTION enter_place(tenant uuid, place text, known integer, writing boolean) RETURNS void
LANGUAGE plpgsql AS $fn$
DECLARE
  home public.placements;
BEGIN
  PERFORM set_config('app.tenant', tenant::text, true);
  IF writing AND NOT pg_try_advisory_xact_lock_shared(public.placement_lock(tenant)) THEN
    RAISE EXCEPTION 'The tenant is being moved.' USING ERRCODE = 'PM001';
  END IF;
  SELECT * INTO home FROM public.placements p WHERE p.tenant_id = tenant;
  IF home.kind IS DISTINCT FROM place OR NOT (CASE WHEN known IS NULL THEN home.settled ELSE home.generation = known END) THEN
    RAISE EXCEPTION 'The tenant does not live here.' USING ERRCODE = 'PM002';
  END IF;
END
$fn$;

-- The same question of the relay's, whose statement serves nobody where the answer is no.
CREATE FUNCTION place_serves(tenant uuid, place text) RETURNS boolean LANGUAGE plpgsql AS $fn$
BEGIN
  RETURN pg_try_advisory_xact_lock_shared(public.placement_lock(tenant)) AND EXISTS (
    SELECT FROM public.placements p WHERE p.tenant_id = tenant AND p.kind = place AND p.settled);
END
$fn$;

CREATE FUNCTION place_tenant() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  INSERT INTO public.placements (tenant_id, kind) VALUES (NEW.id,
    CASE NEW.tier::text WHEN 'PREMIUM' THEN 'schema' WHEN 'ENTERPRISE' THEN 'database' ELSE 'shared' END)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$fn$;
CREATE TRIGGER place_tenant AFTER INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION place_tenant();

-- Policies hold the owner, too; within this transaction they do not.
ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY;
INSERT INTO placements (tenant_id, kind)
SELECT id, CASE tier::text WHEN 'PREMIUM' THEN 'schema' WHEN 'ENTERPRISE' THEN 'database' ELSE 'shared' END FROM tenants;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;

-- Each move with its state, from which it is gone on with, and its receipt.
CREATE TABLE tenant_moves (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  from_tier tier NOT NULL,
  to_tier tier NOT NULL,
  step text NOT NULL DEFAULT 'planned'
    CHECK (step IN ('planned', 'copying', 'catching up', 'switching', 'verifying', 'cleaned')),
  -- Row counts and checksums of both sides; how long writers waited.
  receipt jsonb,
  started_at timestamptz(3) NOT NULL DEFAULT now(),
  finished_at timestamptz(3),
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX tenant_moves_unfinished ON tenant_moves (tenant_id) WHERE finished_at IS NULL;

ALTER TABLE placements ENABLE ROW LEVEL SECURITY;
ALTER TABLE placements FORCE ROW LEVEL SECURITY;
ALTER TABLE tenant_moves ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_moves FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON placements
  USING (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid))
  WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid));
CREATE POLICY of_tenant ON tenant_moves
  USING (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid))
  WITH CHECK (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid));
CREATE POLICY of_relay ON placements FOR SELECT TO polygraph_relay USING (true);
CREATE POLICY of_provision ON placements TO polygraph_provision USING (true) WITH CHECK (true);
CREATE POLICY of_provision ON tenant_moves FOR SELECT TO polygraph_provision USING (true);

-- Nobody but the owner of the tables moves a tenant.
GRANT SELECT ON placements TO polygraph_app, polygraph_relay;
GRANT SELECT, INSERT ON placements TO polygraph_provision;
GRANT SELECT ON tenant_moves TO polygraph_provision;
GRANT EXECUTE ON FUNCTION placement_lock(uuid), enter_place(uuid, text, integer, boolean)
  TO polygraph_app, polygraph_relay, polygraph_provision;
GRANT EXECUTE ON FUNCTION place_serves(uuid, text) TO polygraph_relay;
GRANT EXECUTE ON FUNCTION place_tenant() TO polygraph_provision;
END
$do$;

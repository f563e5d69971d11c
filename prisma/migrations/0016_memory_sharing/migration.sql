-- Sharing memories between tenants: the only way across, and a way of its own. What is shared is seen by the role
-- `polygraph_sharing` alone, which `polygraph_app` takes on for one statement; policies of every other statement know
-- nothing of sharing, so no list, count, search or walk can meet a foreign row.
--
-- Tenants of the shared tables share among themselves. One with a schema or a database of its own shares with nobody:
-- its rows lie where no other tenant's statement reaches, and are to stay there.
DO $do$
DECLARE
  tbl text;
  mine text := $policy$(select nullif(current_setting('app.tenant', true), '')::uuid)$policy$;
  shared_purpose text := $policy$(select nullif(current_setting('app.sharing_purpose', true), ''))$policy$;
  subjects text := $policy$string_to_array((select nullif(current_setting('app.sharing_subjects', true), '')), ',')$policy$;
BEGIN
IF current_schema() <> 'public' THEN RETURN; END IF;

-- What a tenant offers: a context, or one memory of it, or what carries a tag there; to one tenant, for one purpose,
-- until a day. Each tenant writes rows of its own only: the grantee's answer is a row of the grantee's.
CREATE TABLE sharing_rules (
  tenant_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  -- As the grantee reads it.
  giver_name text NOT NULL CHECK (length(giver_name) BETWEEN 1 AND 200),
  context_id uuid NOT NULL,
  -- That of the context, which the foreign key keeps: a rule in force cannot hang on a STRICT one.
  level text NOT NULL,
  memory_id uuid,
  tag text CHECK (length(tag) BETWEEN 1 AND 60),
  purpose text NOT NULL CHECK (purpose ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  -- Not checked to be there: an offer must not tell whether a tenant exists.
  grantee_id uuid NOT NULL CHECK (grantee_id <> tenant_id),
  -- Of the giver's place, when it was offered: a tenant that moves takes no rule along, nor finds one when it returns.
  place_generation integer NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, context_id, level) REFERENCES execution_contexts (tenant_id, id, isolation_level)
    ON UPDATE CASCADE ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, memory_id) REFERENCES memories (tenant_id, id) ON DELETE CASCADE,
  CHECK (num_nonnulls(memory_id, tag) <= 1),
  CHECK (ended_at IS NOT NULL OR level <> 'STRICT')
);
CREATE INDEX sharing_rules_newest ON sharing_rules (tenant_id, created_at DESC, id DESC);
CREATE INDEX sharing_rules_context ON sharing_rules (tenant_id, context_id);
CREATE INDEX sharing_rules_memory ON sharing_rules (tenant_id, memory_id) WHERE memory_id IS NOT NULL;
CREATE INDEX sharing_rules_grantee ON sharing_rules (grantee_id, purpose) WHERE ended_at IS NULL;

CREATE TABLE sharing_answers (
  tenant_id uuid NOT NULL,
  giver_id uuid NOT NULL,
  rule_id uuid NOT NULL,
  answer text NOT NULL CHECK (answer IN ('ACCEPTED', 'REFUSED')),
  -- Of the grantee's place.
  place_generation integer NOT NULL,
  answered_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, giver_id, rule_id)
);
CREATE INDEX sharing_answers_giver ON sharing_answers (giver_id, rule_id);

-- Who of the tenant may use what is shared with it, by purpose. Nobody is the default.
CREATE TABLE sharing_access (
  tenant_id uuid NOT NULL,
  purpose text NOT NULL CHECK (purpose ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  subject text NOT NULL CHECK (subject ~ '^(role:[A-Z]+|(user|apiKey):[0-9a-f-]{36})$'),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, purpose, subject)
);

PERFORM audit_table('sharing_rules', 'access'), audit_table('sharing_answers', 'access'), audit_table('sharing_access', 'access');
FOREACH tbl IN ARRAY ARRAY['sharing_rules', 'sharing_answers', 'sharing_access'] LOOP
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tbl);
  EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tbl);
  EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = %s) WITH CHECK (tenant_id = %s)', tbl, mine, mine);
END LOOP;

-- A tenant's own database has the tables, so that places are alike, and nothing that fills them or reads across.
IF 'polygraph_app' <> 'polygraph' || '_app' THEN RETURN; END IF;

-- The giver ------------------------------------------------------------------------
-- A rule is made in force and can only be ended, and for good.
EXECUTE format($policy$CREATE POLICY made_in_force ON sharing_rules AS RESTRICTIVE FOR INSERT TO polygraph_app WITH CHECK (
  ended_at IS NULL AND expires_at > now()
  AND place_generation = (SELECT p.generation FROM placements p WHERE p.tenant_id = %s AND p.kind = 'shared')
  AND EXISTS (SELECT FROM execution_contexts e WHERE e.tenant_id = sharing_rules.tenant_id
    AND e.id = sharing_rules.context_id AND NOT e.encryption_enabled))$policy$, mine);
CREATE POLICY only_ended ON sharing_rules AS RESTRICTIVE FOR UPDATE TO polygraph_app
  USING (ended_at IS NULL) WITH CHECK (ended_at IS NOT NULL);
GRANT SELECT, INSERT ON sharing_rules TO polygraph_app;
GRANT UPDATE (ended_at) ON sharing_rules TO polygraph_app;

-- Before the foreign key carries the new level to the rules, and is refused.
CREATE FUNCTION end_sharing() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $fn$
BEGIN
  UPDATE sharing_rules r SET ended_at = now()
  WHERE r.tenant_id = NEW.tenant_id AND r.context_id = NEW.id AND r.ended_at IS NULL;
  RETURN NEW;
END
$fn$;
CREATE TRIGGER end_sharing BEFORE UPDATE ON execution_contexts FOR EACH ROW
  WHEN ((NEW.isolation_level = 'STRICT' AND OLD.isolation_level <> 'STRICT') OR (NEW.encryption_enabled AND NOT OLD.encryption_enabled))
  EXECUTE FUNCTION end_sharing();

-- The grantee ----------------------------------------------------------------------
EXECUTE format($policy$CREATE POLICY at_home ON sharing_answers AS RESTRICTIVE FOR INSERT TO polygraph_app WITH CHECK (
  place_generation = (SELECT p.generation FROM placements p WHERE p.tenant_id = %s AND p.kind = 'shared'))$policy$, mine);
GRANT SELECT, INSERT ON sharing_answers, sharing_access TO polygraph_app;
GRANT UPDATE (answer, place_generation, answered_at) ON sharing_answers TO polygraph_app;
GRANT DELETE ON sharing_access TO polygraph_app;

-- The way across -------------------------------------------------------------------
IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'polygraph_sharing') THEN
  CREATE ROLE polygraph_sharing NOLOGIN NOINHERIT;
END IF;
GRANT polygraph_sharing TO polygraph_app;
GRANT USAGE ON SCHEMA public TO polygraph_sharing;
GRANT SELECT ON sharing_rules, sharing_answers, sharing_access, placements TO polygraph_sharing;
GRANT SELECT (id, status) ON tenants TO polygraph_sharing;
-- Nothing that could be searched by: neither words nor vectors.
GRANT SELECT (tenant_id, id, context_id, kind, relevance_score, content, content_cipher, tags, expires_at, created_at,
  updated_at) ON memories TO polygraph_sharing;
GRANT SELECT (tenant_id, from_id, to_id, kind, strength) ON memory_relationships TO polygraph_sharing;

-- Facts that the policies below ask: where a tenant lives, and whether it is open.
CREATE POLICY of_sharing ON placements FOR SELECT TO polygraph_sharing USING (true);
CREATE POLICY of_sharing ON tenants FOR SELECT TO polygraph_sharing USING (true);

-- To the grantee, a rule that has ended never was.
EXECUTE format($policy$CREATE POLICY of_grantee ON sharing_rules FOR SELECT TO polygraph_sharing USING (
  grantee_id = %s AND ended_at IS NULL AND expires_at > now() AND level <> 'STRICT'
  AND EXISTS (SELECT FROM placements p JOIN tenants t ON t.id = p.tenant_id WHERE p.tenant_id = sharing_rules.tenant_id
    AND p.kind = 'shared' AND p.generation = sharing_rules.place_generation AND t.status = 'ACTIVE'))$policy$, mine);
EXECUTE format('CREATE POLICY of_giver ON sharing_answers FOR SELECT TO polygraph_sharing USING (giver_id = %s)', mine);

EXECUTE format($policy$CREATE POLICY of_sharing ON memories FOR SELECT TO polygraph_sharing USING (
  content_cipher IS NULL
  AND EXISTS (
    SELECT FROM sharing_rules r
    JOIN sharing_answers a ON a.tenant_id = r.grantee_id AND a.giver_id = r.tenant_id AND a.rule_id = r.id
    JOIN placements p ON p.tenant_id = a.tenant_id AND p.kind = 'shared' AND p.generation = a.place_generation
    WHERE r.tenant_id = memories.tenant_id AND r.context_id = memories.context_id
      AND (r.memory_id IS NULL OR r.memory_id = memories.id) AND (r.tag IS NULL OR r.tag = ANY (memories.tags))
      AND r.grantee_id = %1$s AND r.purpose = %2$s AND a.answer = 'ACCEPTED')
  AND EXISTS (SELECT FROM sharing_access x WHERE x.tenant_id = %1$s AND x.purpose = %2$s AND x.subject = ANY (%3$s))
  )$policy$, mine, shared_purpose, subjects);
-- This way leads to others only: what is the tenant's own is read where everything else of it is.
EXECUTE format('CREATE POLICY of_others ON memories AS RESTRICTIVE FOR SELECT TO polygraph_sharing USING (tenant_id <> %s)', mine);
CREATE POLICY unexpired_of_others ON memories AS RESTRICTIVE FOR SELECT TO polygraph_sharing
  USING (expires_at IS NULL OR expires_at > now());
-- Between two memories that are shared both: those that are seen above.
CREATE POLICY of_sharing ON memory_relationships FOR SELECT TO polygraph_sharing USING (
  EXISTS (SELECT FROM memories m WHERE m.tenant_id = memory_relationships.tenant_id AND m.id = memory_relationships.from_id)
  AND EXISTS (SELECT FROM memories m WHERE m.tenant_id = memory_relationships.tenant_id AND m.id = memory_relationships.to_id));
EXECUTE format('CREATE POLICY of_others ON memory_relationships AS RESTRICTIVE FOR SELECT TO polygraph_sharing USING (tenant_id <> %s)', mine);
END
$do$;

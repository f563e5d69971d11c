-- Federated learning: tenants contribute vectors to a session, and learn their mean with the noise of differential privacy.
--
-- A session is the one thing that several tenants see, so it lies in the shared database for every tier. It belongs to
-- its host, the tenant that began it; who else may see it has a row in federated_participants that holds the session's
-- joining hash, which nobody knows who was not given the code. Tables that point from one tenant's row to another's have
-- no foreign key for it: keys are checked past the policies, and would tell what is there.
DO $do$
DECLARE
  tbl text;
  mine text := $policy$(select nullif(current_setting('app.tenant', true), '')::uuid)$policy$;
BEGIN
IF current_schema() <> 'public' THEN RETURN; END IF;

CREATE TABLE federated_sessions (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  topic text NOT NULL CHECK (topic ~ '^[a-z0-9]([a-z0-9-]{0,78}[a-z0-9])?$'),
  mechanism text NOT NULL CHECK (mechanism IN ('LAPLACE', 'GAUSSIAN')),
  dimensions integer NOT NULL CHECK (dimensions BETWEEN 1 AND 512),
  -- Largest norm of a contribution, L1 for Laplace and L2 for Gaussian noise.
  bound double precision NOT NULL CHECK (bound BETWEEN 1e-6 AND 1e6),
  -- What a release costs each participant: millionths, and 1e-12ths.
  epsilon_micros integer NOT NULL CHECK (epsilon_micros BETWEEN 10000 AND 2000000),
  delta_picos bigint NOT NULL CHECK (delta_picos BETWEEN 0 AND 1000000),
  min_participants integer NOT NULL CHECK (min_participants BETWEEN 3 AND 1000),
  rounds integer NOT NULL CHECK (rounds BETWEEN 1 AND 100),
  round_seconds integer CHECK (round_seconds BETWEEN 60 AND 2592000),
  state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'RUNNING', 'CLOSED', 'CANCELLED')),
  -- 0 until it runs.
  round integer NOT NULL DEFAULT 0 CHECK (round BETWEEN 0 AND rounds),
  -- SHA-256 of the code that was shown once.
  joining_hash text NOT NULL CHECK (joining_hash ~ '^[0-9a-f]{64}$'),
  -- Kept by polygraph_federation, because nobody else may count the others.
  participant_count integer NOT NULL DEFAULT 1,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, id),
  CHECK ((mechanism = 'GAUSSIAN') = (delta_picos > 0))
);

CREATE TABLE federated_rounds (
  tenant_id uuid NOT NULL,
  session_id uuid NOT NULL,
  round integer NOT NULL CHECK (round >= 1),
  state text NOT NULL DEFAULT 'COLLECTING' CHECK (state IN ('COLLECTING', 'DUE', 'RELEASED', 'REFUSED')),
  ends_at timestamptz(3),
  -- The insight, written once: a second answer for one round would be a second draw of noise.
  contributors integer,
  insight double precision[],
  noise_deviation double precision,
  decided_at timestamptz(3),
  PRIMARY KEY (tenant_id, session_id, round),
  FOREIGN KEY (tenant_id, session_id) REFERENCES federated_sessions (tenant_id, id),
  CHECK ((state = 'RELEASED') = (insight IS NOT NULL))
);
CREATE INDEX federated_rounds_open ON federated_rounds (state, ends_at) WHERE state IN ('COLLECTING', 'DUE');

CREATE TABLE federated_participants (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  host_id uuid NOT NULL,
  session_id uuid NOT NULL,
  joining_hash text NOT NULL,
  -- In the tenant's own place, of level FEDERATED.
  context_id uuid NOT NULL,
  privacy_level text NOT NULL CHECK (privacy_level IN ('STRICT', 'BALANCED', 'OPEN')),
  reputation numeric(3, 2) NOT NULL DEFAULT 0.5 CHECK (reputation BETWEEN 0 AND 1),
  -- Rounds in a row without a contribution.
  missed integer NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'JOINED' CHECK (state IN ('JOINED', 'LEFT', 'REMOVED')),
  -- Of the session when it joined, and when it left: it learns of no later one.
  joined_round integer NOT NULL,
  left_round integer,
  joined_at timestamptz(3) NOT NULL DEFAULT now(),
  -- Once, whatever became of it.
  PRIMARY KEY (tenant_id, host_id, session_id),
  CHECK ((state = 'JOINED') = (left_round IS NULL))
);

CREATE TABLE federated_contributions (
  tenant_id uuid NOT NULL,
  host_id uuid NOT NULL,
  session_id uuid NOT NULL,
  round integer NOT NULL,
  -- Clipped, in steps of the grid. Gone when the round is decided; `secret` keeps it out of the audit.
  secret_vector bigint[],
  clipped boolean NOT NULL,
  heavily_clipped boolean NOT NULL,
  outcome text NOT NULL DEFAULT 'PENDING' CHECK (outcome IN ('PENDING', 'INCLUDED', 'TOO_FEW', 'BUDGET', 'LEFT', 'CANCELLED')),
  contributed_at timestamptz(3) NOT NULL DEFAULT now(),
  -- One a participant and round.
  PRIMARY KEY (tenant_id, host_id, session_id, round),
  FOREIGN KEY (tenant_id, host_id, session_id) REFERENCES federated_participants (tenant_id, host_id, session_id)
);

CREATE TABLE privacy_budgets (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  topic text NOT NULL,
  epsilon_micros bigint NOT NULL CHECK (epsilon_micros BETWEEN 0 AND 20000000),
  delta_picos bigint NOT NULL CHECK (delta_picos BETWEEN 0 AND 100000000),
  spent_epsilon_micros bigint NOT NULL DEFAULT 0,
  spent_delta_picos bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, topic),
  -- Whoever forgets to ask cannot spend what is not there.
  CHECK (spent_epsilon_micros BETWEEN 0 AND epsilon_micros),
  CHECK (spent_delta_picos BETWEEN 0 AND delta_picos)
);

FOREACH tbl IN ARRAY ARRAY['federated_sessions', 'federated_rounds', 'federated_participants', 'federated_contributions',
  'privacy_budgets'] LOOP
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tbl);
  EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tbl);
  EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = %s) WITH CHECK (tenant_id = %s)', tbl, mine, mine);
  PERFORM audit_table(tbl::regclass);
END LOOP;

-- What a tenant sees beside its own rows. Whoever holds the code sees the session, so that it can join ...
CREATE POLICY of_code ON federated_sessions FOR SELECT TO polygraph_app
  USING (state IN ('OPEN', 'RUNNING') AND joining_hash = nullif(current_setting('app.federation_code', true), ''));
-- ... and whoever has joined with it goes on seeing it.
CREATE POLICY of_participant ON federated_sessions FOR SELECT TO polygraph_app USING (EXISTS (
  SELECT FROM federated_participants p WHERE p.host_id = federated_sessions.tenant_id
  AND p.session_id = federated_sessions.id AND p.joining_hash = federated_sessions.joining_hash));
CREATE POLICY of_participant ON federated_rounds FOR SELECT TO polygraph_app USING (EXISTS (
  SELECT FROM federated_participants p JOIN federated_sessions s ON s.tenant_id = p.host_id AND s.id = p.session_id
  WHERE p.host_id = federated_rounds.tenant_id AND p.session_id = federated_rounds.session_id
  AND p.joining_hash = s.joining_hash AND federated_rounds.round < coalesce(p.left_round, 1000)));

-- What a request may do to them, whatever it was written to do.
CREATE POLICY begins_or_ends ON federated_sessions AS RESTRICTIVE FOR UPDATE TO polygraph_app
  USING (state IN ('OPEN', 'RUNNING')) WITH CHECK (state IN ('RUNNING', 'CANCELLED'));
CREATE POLICY asks ON federated_rounds AS RESTRICTIVE FOR UPDATE TO polygraph_app
  USING (state = 'COLLECTING') WITH CHECK (state = 'DUE');
CREATE POLICY leaves ON federated_participants AS RESTRICTIVE FOR UPDATE TO polygraph_app
  USING (state = 'JOINED') WITH CHECK (state = 'LEFT');
CREATE POLICY while_collecting ON federated_contributions AS RESTRICTIVE FOR INSERT TO polygraph_app WITH CHECK (EXISTS (
  SELECT FROM federated_participants p
  JOIN federated_sessions s ON s.tenant_id = p.host_id AND s.id = p.session_id AND s.joining_hash = p.joining_hash
  JOIN federated_rounds r ON r.tenant_id = s.tenant_id AND r.session_id = s.id AND r.round = s.round
  WHERE p.host_id = federated_contributions.host_id AND p.session_id = federated_contributions.session_id
  AND p.state = 'JOINED' AND s.state = 'RUNNING' AND r.state = 'COLLECTING' AND r.round = federated_contributions.round
  AND (r.ends_at IS NULL OR r.ends_at > now())));

GRANT SELECT ON federated_sessions, federated_rounds, federated_participants, federated_contributions, privacy_budgets
  TO polygraph_app;
GRANT INSERT (tenant_id, topic, mechanism, dimensions, bound, epsilon_micros, delta_picos, min_participants, rounds,
  round_seconds, joining_hash) ON federated_sessions TO polygraph_app;
GRANT UPDATE (state, round) ON federated_sessions TO polygraph_app;
GRANT INSERT (tenant_id, session_id, round, ends_at) ON federated_rounds TO polygraph_app;
GRANT UPDATE (state) ON federated_rounds TO polygraph_app;
GRANT INSERT (tenant_id, host_id, session_id, joining_hash, context_id, privacy_level, joined_round)
  ON federated_participants TO polygraph_app;
GRANT UPDATE (state, left_round) ON federated_participants TO polygraph_app;
GRANT INSERT (tenant_id, host_id, session_id, round, secret_vector, clipped, heavily_clipped)
  ON federated_contributions TO polygraph_app;
GRANT INSERT (tenant_id, topic, epsilon_micros, delta_picos) ON privacy_budgets TO polygraph_app;
GRANT UPDATE (epsilon_micros, delta_picos) ON privacy_budgets TO polygraph_app;

-- Databases of tenants' own have these tables empty, and nobody comes there for them.
IF 'polygraph_app' <> 'polygraph_' || 'app' THEN RETURN; END IF;

-- Decides rounds: reads what was contributed, writes what may be known. Nothing else of any tenant.
IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'polygraph_federation') THEN
  CREATE ROLE polygraph_federation NOINHERIT;
END IF;
EXECUTE format('GRANT CONNECT ON DATABASE %I TO polygraph_federation', current_database());
GRANT USAGE ON SCHEMA public TO polygraph_federation;
FOREACH tbl IN ARRAY ARRAY['federated_sessions', 'federated_rounds', 'federated_participants', 'federated_contributions',
  'privacy_budgets', 'audit_heads'] LOOP
  EXECUTE format('CREATE POLICY of_federation ON %I TO polygraph_federation USING (true) WITH CHECK (true)', tbl);
END LOOP;
CREATE POLICY of_federation ON audit_log FOR INSERT TO polygraph_federation WITH CHECK (true);
GRANT SELECT, UPDATE (state, round, participant_count) ON federated_sessions TO polygraph_federation;
GRANT SELECT, INSERT, UPDATE ON federated_rounds TO polygraph_federation;
GRANT SELECT, UPDATE (state, reputation, missed, left_round) ON federated_participants TO polygraph_federation;
GRANT SELECT, UPDATE (secret_vector, outcome) ON federated_contributions TO polygraph_federation;
GRANT SELECT, UPDATE (spent_epsilon_micros, spent_delta_picos) ON privacy_budgets TO polygraph_federation;
GRANT INSERT ON audit_log TO polygraph_federation;
GRANT SELECT, INSERT, UPDATE ON audit_heads TO polygraph_federation;
-- Named in the trigger of the audit; no policy shows it a row.
GRANT SELECT (tenant_id, user_id) ON memberships TO polygraph_federation;
GRANT EXECUTE ON FUNCTION audit_append, audit_digest, audit_redact TO polygraph_federation;
END
$do$;

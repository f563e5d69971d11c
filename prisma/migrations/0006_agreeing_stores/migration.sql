-- Stores that agree: a log that can be followed, dead letters that can be revived, sagas.

-- Positions commit out of order between entities. The number of the transaction tells which events nobody
-- can come in front of any more: those below the oldest transaction that still runs.
ALTER TABLE outbox ADD COLUMN tx xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX outbox_in_order ON outbox (tenant_id, tx, position);
CREATE INDEX outbox_of_entity ON outbox (tenant_id, entity_id, position);

-- A request may revive what was given up, and nothing else: it cannot mark a delivery as done, nor stop one.
GRANT UPDATE (state, attempts, next_attempt_at) ON outbox_deliveries TO polygraph_app;
CREATE POLICY outbox_deliveries_revive ON outbox_deliveries AS RESTRICTIVE FOR UPDATE TO polygraph_app
  USING (state = 'dead') WITH CHECK (state = 'pending' AND attempts = 0);

-- What is to be in every store or in none, while it is on its way.
CREATE TABLE sagas (
  tenant_id       uuid        NOT NULL DEFAULT nullif(current_setting('app.tenant', true), '')::uuid,
  id              uuid        NOT NULL DEFAULT gen_random_uuid(),
  idempotency_key text        NOT NULL CHECK (length(idempotency_key) BETWEEN 8 AND 128),
  -- SHA-256 of the input, so that a key that is used again for something else is told.
  input_hash      text        NOT NULL CHECK (input_hash ~ '^[0-9a-f]{64}$'),
  content_id      uuid        NOT NULL,
  -- The event that every projection has to apply.
  event_id        uuid        NOT NULL,
  state           text        NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'DONE', 'COMPENSATED')),
  -- Why it was compensated.
  reason          text        CHECK (length(reason) <= 200),
  deadline        timestamptz NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  finished_at     timestamptz,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, idempotency_key),
  FOREIGN KEY (tenant_id, content_id) REFERENCES contents (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX sagas_running ON sagas (tenant_id, id) WHERE state = 'RUNNING';
CREATE INDEX sagas_content ON sagas (tenant_id, content_id);

ALTER TABLE sagas ENABLE ROW LEVEL SECURITY;
ALTER TABLE sagas FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON sagas
  USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::uuid))
  WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::uuid));
GRANT SELECT ON sagas TO polygraph_app;
GRANT INSERT (idempotency_key, input_hash, content_id, event_id, deadline) ON sagas TO polygraph_app;
GRANT UPDATE (state, reason, finished_at) ON sagas TO polygraph_app;

-- The relay looks for sagas whose process is gone, and finishes each inside its tenant.
GRANT SELECT (tenant_id, id, event_id, state, deadline) ON sagas TO polygraph_relay;
CREATE POLICY of_relay ON sagas FOR SELECT TO polygraph_relay USING (true);

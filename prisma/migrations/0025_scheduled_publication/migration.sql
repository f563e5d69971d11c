-- Documents that are published at a moment that was set before.

-- A new value is not used by a statement of the transaction that adds it, so it is compared as text here.
ALTER TYPE content_status ADD VALUE IF NOT EXISTS 'SCHEDULED' AFTER 'DRAFT';

CREATE TABLE scheduled_publications (
  tenant_id         uuid           NOT NULL DEFAULT nullif(current_setting('app.tenant', true), '')::uuid,
  content_id        uuid           NOT NULL,
  publish_at        timestamptz(3) NOT NULL,
  -- Who publishes then, if they still may.
  scheduled_by_kind text           NOT NULL CHECK (scheduled_by_kind IN ('user', 'apiKey')),
  scheduled_by      uuid           NOT NULL,
  PRIMARY KEY (tenant_id, content_id),
  FOREIGN KEY (tenant_id, content_id) REFERENCES contents (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX scheduled_publications_due ON scheduled_publications (publish_at, tenant_id, content_id);

-- A document that is published by hand, deleted or made a draft again is not published later, whoever changes it.
CREATE FUNCTION unschedule_deleted() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  NEW.status := 'DRAFT';
  RETURN NEW;
END
$$;
CREATE TRIGGER unschedule_deleted BEFORE UPDATE ON contents FOR EACH ROW
  WHEN (NEW.deleted_at IS NOT NULL AND NEW.status::text = 'SCHEDULED') EXECUTE FUNCTION unschedule_deleted();

CREATE FUNCTION forget_schedule() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM scheduled_publications WHERE tenant_id = NEW.tenant_id AND content_id = NEW.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER forget_schedule AFTER UPDATE ON contents FOR EACH ROW
  WHEN (OLD.status::text = 'SCHEDULED' AND NEW.status::text <> 'SCHEDULED') EXECUTE FUNCTION forget_schedule();

ALTER TABLE scheduled_publications ENABLE ROW LEVEL SECURITY;
ALTER TABLE scheduled_publications FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON scheduled_publications
  USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::uuid))
  WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::uuid));
GRANT SELECT, DELETE ON scheduled_publications TO polygraph_app;
GRANT INSERT (content_id, publish_at, scheduled_by_kind, scheduled_by) ON scheduled_publications TO polygraph_app;
GRANT UPDATE (publish_at, scheduled_by_kind, scheduled_by) ON scheduled_publications TO polygraph_app;
SELECT audit_table('scheduled_publications');

-- The relay looks for what is due, and publishes each inside its tenant.
GRANT SELECT ON scheduled_publications TO polygraph_relay;
CREATE POLICY of_relay ON scheduled_publications FOR SELECT TO polygraph_relay USING (true);

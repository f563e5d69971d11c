-- What was agreed with one tenant instead of what its tier gives: by environment, `*` for all. Only the system writes it.
ALTER TABLE tenants ADD COLUMN overrides jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(overrides) = 'object');

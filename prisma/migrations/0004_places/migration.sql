-- A tenant that lives apart has an outbox of its own: the relay must know which tenants those are.
--
-- Scripts are applied to every place: the shared tables, each schema and each database of a tenant's own. They
-- name no schema for tables and types, and `polygraph_app` where they mean the role that serves requests: in a
-- place of its own that is the tenant's role.
GRANT SELECT (id, tier) ON tenants TO polygraph_relay;
CREATE POLICY of_relay ON tenants FOR SELECT TO polygraph_relay USING (tier IN ('PREMIUM', 'ENTERPRISE'));

import { inFile, type Mutant, together } from '../mutant.ts';

const CATALOGUE = ['test/isolation/postgres-catalogue.test.ts'];
const TESTS = ['test/isolation/postgres.test.ts'];
const PLANTED = ['test/isolation/planted-rows.test.ts'];
const foundation = inFile('prisma/migrations/0001_foundation/migration.sql', TESTS);
const outbox = inFile('prisma/migrations/0002_outbox/migration.sql', ['test/behaviour/outbox-isolation.test.ts']);

const POLICY =
  "EXECUTE format('CREATE POLICY of_tenant ON %I USING (tenant_id = %s) WITH CHECK (tenant_id = %s)', tbl, mine, mine);";
const policy = (using: string, check: string): string =>
  `EXECUTE format('CREATE POLICY of_tenant ON %I USING (${using}) WITH CHECK (${check})', tbl, mine, mine);`;

const readPolicy = foundation({
  id: 'sql-policy-read',
  wall: 'the policy that hides the rows of other tenants',
  text: POLICY,
  instead: policy('true', 'tenant_id = %s'),
});
const writePolicy = foundation({
  id: 'sql-policy-write',
  wall: 'the policy that refuses rows for other tenants',
  text: POLICY,
  instead: policy('tenant_id = %s', 'true'),
  tests: PLANTED,
  coveredBy: ['sql-count', 'sql-audit'],
});
const countsRows = inFile('prisma/migrations/0008_quotas/migration.sql', ['test/behaviour/quotas.test.ts'])({
  id: 'sql-count',
  wall: 'the counting of documents, which may write for the own tenant only',
  text: `CREATE TRIGGER count_usage AFTER INSERT OR DELETE OR UPDATE OF deleted_at ON contents
  FOR EACH ROW EXECUTE FUNCTION count_usage();`,
  instead: '',
});
const auditsRows = inFile('prisma/migrations/0005_audit/migration.sql', ['test/behaviour/audit.test.ts'])({
  id: 'sql-audit',
  wall: 'the audit of documents, which may write for the own tenant only',
  text: "audit_table('contents'), audit_table('audit_archives');",
  instead: "audit_table('audit_archives');",
});
const peopleOfTenant = foundation({
  id: 'sql-policy-people',
  wall: 'the tenant in the policy of people',
  text: 'm.user_id = users.id AND m.tenant_id = %s)',
  instead: 'm.user_id = users.id)',
  coveredBy: ['sql-policy-read'],
});
const outboxPolicy = outbox({
  id: 'sql-policy-outbox',
  wall: 'the policy of the outbox',
  text: `create policy outbox_tenant on outbox
  using (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid));`,
  instead: 'create policy outbox_tenant on outbox using (true) with check (true);',
});
const outboxColumns = outbox({
  id: 'sql-grant-outbox',
  wall: 'the column of the outbox that a request may not give',
  text: 'grant insert (entity, entity_id, kind, version, payload) on outbox to polygraph_app;',
  instead: 'grant insert (tenant_id, entity, entity_id, kind, version, payload) on outbox to polygraph_app;',
  coveredBy: ['sql-policy-outbox'],
});
const weakRole = foundation({
  id: 'sql-role',
  wall: 'roles that may not bypass policies',
  text: "EXECUTE format('CREATE ROLE %I NOINHERIT', role);",
  instead: "EXECUTE format('CREATE ROLE %I NOINHERIT BYPASSRLS', role);",
  refusal: /These roles may not be superusers, bypass row security or create anything/,
});
const weakRoleCheck = inFile(
  'stores/postgres/migrate.ts',
  CATALOGUE,
)({
  id: 'sql-role-check',
  wall: 'the refusal to migrate with a role that may bypass policies',
  text: '(rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)',
  instead: '(rolsuper OR rolcreaterole OR rolcreatedb)',
  coveredBy: ['sql-role'],
});

/** What the migrations of PostgreSQL build. */
export const MIGRATIONS: readonly Mutant[] = [
  foundation({
    id: 'sql-rls',
    wall: 'row-level security',
    text: "EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tbl);",
    instead: '',
  }),
  foundation({
    id: 'sql-force',
    wall: 'row-level security for the owner of a table',
    text: "EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tbl);",
    instead: '',
    tests: CATALOGUE,
  }),
  readPolicy,
  writePolicy,
  countsRows,
  auditsRows,
  together([writePolicy, countsRows, auditsRows], PLANTED),
  foundation({
    id: 'sql-policy-tenants',
    wall: 'the policy that hides other tenants',
    text: "'CREATE POLICY of_tenant ON tenants USING (id = %s) WITH CHECK (id = %s)'",
    instead: "'CREATE POLICY of_tenant ON tenants USING (true) WITH CHECK (id = %s)'",
  }),
  peopleOfTenant,
  together([readPolicy, peopleOfTenant], TESTS),
  foundation({
    id: 'sql-null-safe',
    wall: 'a policy that takes an empty setting for no tenant',
    text: "nullif(current_setting('app.tenant', true), '')::uuid)$policy$;",
    instead: "current_setting('app.tenant', true)::uuid)$policy$;",
    tests: CATALOGUE,
  }),
  foundation({
    id: 'sql-author-key',
    wall: 'the tenant in the foreign key of an author',
    text: 'FOREIGN KEY (tenant_id, author_id) REFERENCES memberships (tenant_id, user_id) ON DELETE SET NULL (author_id)',
    instead: 'FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE SET NULL',
  }),
  foundation({
    id: 'sql-primary-key',
    wall: 'the tenant in the primary key of documents',
    text: '  PRIMARY KEY (tenant_id, id),\n  FOREIGN KEY (tenant_id, author_id)',
    instead: '  PRIMARY KEY (id), UNIQUE (tenant_id, id),\n  FOREIGN KEY (tenant_id, author_id)',
    tests: CATALOGUE,
  }),
  foundation({
    id: 'sql-slug',
    wall: 'the tenant in what makes a slug unique',
    text: 'contents_slug ON contents (tenant_id, slug)',
    instead: 'contents_slug ON contents (slug)',
  }),
  foundation({
    id: 'sql-grant-delete',
    wall: 'the right to delete documents that requests do not have',
    text: 'GRANT SELECT, INSERT ON contents TO polygraph_app;',
    instead: 'GRANT SELECT, INSERT, DELETE ON contents TO polygraph_app;',
  }),
  foundation({
    id: 'sql-grant-move',
    wall: 'the right to change a row’s tenant that requests do not have',
    text: 'GRANT UPDATE (slug, title,',
    instead: 'GRANT UPDATE (tenant_id, slug, title,',
  }),
  foundation({
    id: 'sql-grant-hash',
    wall: 'the right to read the hashes of keys that requests do not have',
    text: 'GRANT SELECT (tenant_id, id, name, prefix, scopes, created_at,',
    instead: 'GRANT SELECT (tenant_id, id, name, prefix, hash, scopes, created_at,',
  }),
  foundation({
    id: 'sql-grant-identity',
    wall: 'the few columns that identity may read',
    text: 'GRANT SELECT (id, slug, tier, status) ON tenants TO polygraph_identity;',
    instead: 'GRANT SELECT ON tenants TO polygraph_identity;',
  }),
  weakRole,
  weakRoleCheck,
  together([weakRole, weakRoleCheck], CATALOGUE),
  outboxPolicy,
  outboxColumns,
  together([outboxPolicy, outboxColumns], ['test/behaviour/outbox-isolation.test.ts']),
  outbox({
    id: 'sql-relay-prune',
    wall: 'the policy by which the relay deletes only what is delivered',
    text: `create policy outbox_relay_prune on outbox for delete to polygraph_relay using (
  not exists (
    select 1 from outbox_deliveries d
    where d.tenant_id = outbox.tenant_id and d.position = outbox.position and d.state <> 'done'
  )
);`,
    instead: 'create policy outbox_relay_prune on outbox for delete to polygraph_relay using (true);',
  }),
  inFile('stores/postgres/outbox/statements.ts', ['test/behaviour/outbox.test.ts'])({
    id: 'outbox-claim',
    wall: 'the tenant in what the relay claims for a lane',
    text: 'where d.tenant_id = $1 and d.target = $2 and d.state',
    instead: 'where d.target = $2 and d.state',
  }),
  inFile('stores/postgres/outbox/search-index.ts', ['test/behaviour/outbox-search.test.ts'])({
    id: 'outbox-search-tenant',
    wall: 'the setting of the tenant before the full text is written',
    text: "await client.query('select public.enter_place($1, $2, $3, true)', [tenantId, kind, generation]);",
    instead: '',
  }),
];

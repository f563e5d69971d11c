import { inFile, type Mutant, together } from '../mutant.ts';

const SEEN = ['test/isolation/sharing.test.ts'];
const DATABASE = ['test/isolation/sharing-database.test.ts'];
const FILE = 'prisma/migrations/0016_memory_sharing/migration.sql';
const sharing = inFile(FILE, SEEN);

const grantee = sharing({
  id: 'share-grantee',
  wall: 'the grantee in what shows a memory',
  text: 'AND r.grantee_id = %1$s AND r.purpose = %2$s',
  instead: 'AND r.purpose = %2$s',
  coveredBy: ['share-rule-grantee'],
});
const ruleGrantee = sharing({
  id: 'share-rule-grantee',
  wall: 'the grantee in what shows a rule',
  text: 'grantee_id = %s AND ended_at IS NULL AND expires_at > now()',
  instead: 'ended_at IS NULL AND expires_at > now()',
  tests: DATABASE,
});
const levelOfRule = sharing({
  id: 'share-strict-check',
  wall: 'the check that no rule in force hangs on a STRICT context',
  text: "  CHECK (ended_at IS NOT NULL OR level <> 'STRICT')",
  instead: '  CHECK (true)',
  tests: DATABASE,
});

const role = sharing({
  id: 'share-role',
  wall: 'the role without which no memory of others is seen',
  text: 'CREATE POLICY of_sharing ON memories FOR SELECT TO polygraph_sharing USING',
  instead: 'CREATE POLICY of_sharing ON memories FOR SELECT USING',
  tests: DATABASE,
  coveredBy: ['share-rule-role', 'share-facts-role'],
});
const ruleRole = sharing({
  id: 'share-rule-role',
  wall: 'the role without which no rule of others is seen',
  text: 'CREATE POLICY of_grantee ON sharing_rules FOR SELECT TO polygraph_sharing USING',
  instead: 'CREATE POLICY of_grantee ON sharing_rules FOR SELECT USING',
  tests: DATABASE,
  coveredBy: ['share-facts-role'],
});
const factsRole: Mutant = {
  id: 'share-facts-role',
  wall: 'the role without which nothing is known of where others live and whether they are open',
  changes: ['placements', 'tenants'].map((table) => ({
    file: FILE,
    text: `CREATE POLICY of_sharing ON ${table} FOR SELECT TO polygraph_sharing USING (true);`,
    instead: `CREATE POLICY of_sharing ON ${table} FOR SELECT USING (true);`,
  })),
  tests: ['test/isolation/postgres-catalogue.test.ts'],
};

/** What keeps memories apart, and what is shared of them within its rule. */
export const MEMORY: readonly Mutant[] = [
  inFile('prisma/migrations/0015_memory/migration.sql', ['test/behaviour/memory.test.ts'])({
    id: 'memory-unexpired',
    wall: 'the policy that hides what has expired',
    text: 'USING (expires_at IS NULL OR expires_at > now());',
    instead: 'USING (true);',
  }),
  grantee,
  ruleGrantee,
  together([grantee, ruleGrantee], DATABASE),
  levelOfRule,
  sharing({
    id: 'share-strict-level',
    wall: 'the level that a rule has from its context',
    text: `  FOREIGN KEY (tenant_id, context_id, level) REFERENCES execution_contexts (tenant_id, id, isolation_level)
    ON UPDATE CASCADE ON DELETE CASCADE,`,
    instead: '  FOREIGN KEY (tenant_id, context_id) REFERENCES execution_contexts (tenant_id, id) ON DELETE CASCADE,',
    tests: DATABASE,
  }),
  sharing({
    id: 'share-end-on-close',
    wall: 'the end of rules with a context that becomes STRICT or encrypted',
    text: `  WHERE r.tenant_id = NEW.tenant_id AND r.context_id = NEW.id AND r.ended_at IS NULL;
  RETURN NEW;`,
    instead: '  WHERE false;\n  RETURN NEW;',
  }),
  sharing({
    id: 'share-purpose',
    wall: 'the purpose in what shows a memory',
    text: 'AND r.grantee_id = %1$s AND r.purpose = %2$s',
    instead: 'AND r.grantee_id = %1$s',
    tests: DATABASE,
  }),
  sharing({
    id: 'share-accepted',
    wall: 'the answer without which nothing is seen',
    text: "AND a.answer = 'ACCEPTED')",
    instead: ')',
  }),
  sharing({
    id: 'share-access',
    wall: 'the access of roles and principals to what is shared',
    text: 'AND x.subject = ANY (%3$s))',
    instead: ')',
  }),
  sharing({
    id: 'share-extent',
    wall: 'the one memory and the tag that a rule names',
    text: 'AND (r.memory_id IS NULL OR r.memory_id = memories.id) AND (r.tag IS NULL OR r.tag = ANY (memories.tags))',
    instead: '',
  }),
  sharing({
    id: 'share-unexpired',
    wall: 'the policy that hides what has expired from others',
    text: `  USING (expires_at IS NULL OR expires_at > now());
-- Between`,
    instead: '  USING (true);\n-- Between',
  }),
  sharing({
    id: 'share-rule-ended',
    wall: 'the end of a rule in what shows it',
    text: '%s AND ended_at IS NULL AND expires_at > now() AND level',
    instead: '%s AND expires_at > now() AND level',
  }),
  sharing({
    id: 'share-rule-expired',
    wall: 'the expiry of a rule in what shows it',
    text: '%s AND ended_at IS NULL AND expires_at > now() AND level',
    instead: '%s AND ended_at IS NULL AND level',
  }),
  sharing({
    id: 'share-giver-open',
    wall: 'the giver’s being active',
    text: " AND t.status = 'ACTIVE'))",
    instead: '))',
  }),
  sharing({
    id: 'share-giver-moved',
    wall: 'the place of the giver in what shows a rule',
    text: "AND p.kind = 'shared' AND p.generation = sharing_rules.place_generation",
    instead: '',
    tests: DATABASE,
  }),
  sharing({
    id: 'share-grantee-moved',
    wall: 'the place of the grantee in what shows a memory',
    text: "p.kind = 'shared' AND p.generation = a.place_generation",
    instead: "p.kind = 'shared'",
    tests: DATABASE,
  }),
  sharing({
    id: 'share-others',
    wall: 'the way across, which leads to others only',
    text: "'CREATE POLICY of_others ON memories AS RESTRICTIVE FOR SELECT TO polygraph_sharing USING (tenant_id <> %s)'",
    instead:
      "'CREATE POLICY of_others ON memories AS RESTRICTIVE FOR SELECT TO polygraph_sharing USING (true OR tenant_id <> %s)'",
    tests: DATABASE,
  }),
  role,
  ruleRole,
  factsRole,
  together([role, ruleRole, factsRole], DATABASE),
  sharing({
    id: 'share-relationships',
    wall: 'both ends in what shows a relationship',
    text: `m.id = memory_relationships.from_id)
  AND EXISTS (SELECT FROM memories m WHERE m.tenant_id = memory_relationships.tenant_id AND m.id = memory_relationships.to_id));`,
    instead: 'm.id = memory_relationships.from_id));',
  }),
  sharing({
    id: 'share-columns',
    wall: 'the vectors and words that cannot be read across',
    text: 'GRANT SELECT (tenant_id, id, context_id, kind, relevance_score,',
    instead: 'GRANT SELECT (words, embedding, tenant_id, id, context_id, kind, relevance_score,',
    tests: DATABASE,
  }),
  sharing({
    id: 'share-only-ended',
    wall: 'the policy by which a rule can only be ended',
    text: '  USING (ended_at IS NULL) WITH CHECK (ended_at IS NOT NULL);',
    instead: '  USING (true) WITH CHECK (true);',
    tests: DATABASE,
  }),
  sharing({
    id: 'share-made-in-place',
    wall: 'the place of the giver in what may be offered',
    text: '  AND place_generation = (SELECT p.generation',
    instead: '  AND 0 < (SELECT p.generation',
    tests: DATABASE,
  }),
  inFile(
    'stores/postgres/sharing.ts',
    DATABASE,
  )({
    id: 'share-place',
    wall: 'the question to the place before anything is shared',
    text: "const begin = beginAsTenant(placementAt('shared', tenantId));",
    instead:
      "const begin = beginAsTenant(placementAt('shared', tenantId)).replace(/SELECT public.enter_place.*?; /, '');",
  }),
  inFile('gateway/delivery/short-road.ts', ['test/unit/gateway/shared-answers.test.ts'])({
    id: 'share-alone-operation',
    wall: 'operations that no other’s answer may serve',
    text: 'if (context.showTrace || context.alone) return',
    instead: 'if (context.showTrace) return',
  }),
  inFile('gateway/execution/subgraph.ts', ['test/unit/gateway/execution/alone.test.ts'])({
    id: 'share-alone-fetch',
    wall: 'fetches that no other’s answer may serve',
    text: ' && !context.alone;',
    instead: ';',
  }),
];

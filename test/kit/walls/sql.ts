import { loadModule, parseSync } from 'libpg-query';

await loadModule();

/**
 * Reads a statement with PostgreSQL's own parser and says what in it could pass
 * the policies, which look at the tenant of the transaction and nothing else.
 *
 * @param schema where the tenant's tables are
 * @returns undefined where nothing is
 */
export function faultOfSql(text: string, schema: string): string | undefined {
  const { stmts = [] } = parseSync(text) as { readonly stmts?: readonly { readonly stmt?: object }[] };
  const [only, ...more] = stmts;
  if (!only?.stmt || more.length > 0) return 'is not one statement';
  const [kind = ''] = Object.keys(only.stmt);
  if (!KINDS.has(kind)) return `is a ${kind}`;
  return [...nodesIn(only.stmt)].map(([name, node]) => FAULTS[name]?.(node, schema)).find(Boolean);
}

type Node = Readonly<Record<string, unknown>>;

const KINDS = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt']);

const FAULTS: Readonly<Record<string, (node: Node, schema: string) => string | undefined>> = {
  RangeVar({ schemaname, relname, catalogname }, schema) {
    const elsewhere = catalogname !== undefined || (schemaname !== undefined && schemaname !== schema);
    const ofServer = /^(pg_|information_schema)/.test(String(relname));
    return elsewhere || ofServer ? `reads ${[schemaname, relname].filter(Boolean).join('.')}` : undefined;
  },
  FuncCall({ funcname, args }) {
    const name = stringsIn(funcname).at(-1) ?? '';
    if (name === 'set_config')
      return SETTABLE.test(stringsIn(args)[0] ?? '') ? undefined : 'sets what binds the tenant';
    return UNTRUSTED.test(name) ? `calls ${name}` : undefined;
  },
  // In SELECT ... INTO.
  IntoClause: () => 'makes a table',
  VariableSetStmt: () => 'sets what binds the tenant',
};

/** Says who acts, for the audit; the tenant is set by the adapter alone. */
const SETTABLE = /^app\.(?!tenant$)/;
const UNTRUSTED =
  /^(pg_(?!notify$|advisory_xact_lock)|lo_|dblink|query_to_|table_to_|schema_to_|current_setting$|txid_)/;

/** Every node below, by its type. */
function* nodesIn(value: unknown): Generator<readonly [type: string, node: Node]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    // Types begin with a capital letter; where only one type is possible, the name of the field stands for it.
    if (isNode(inner)) yield [CERTAIN[key] ?? key, inner];
    yield* nodesIn(inner);
  }
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

const CERTAIN: Readonly<Record<string, string>> = { relation: 'RangeVar', intoClause: 'IntoClause' };

function stringsIn(value: unknown): readonly string[] {
  return [...nodesIn({ value })].flatMap(([, { sval }]) => {
    const text = typeof sval === 'object' && sval !== null ? (sval as { readonly sval?: unknown }).sval : sval;
    return typeof text === 'string' ? [text] : [];
  });
}

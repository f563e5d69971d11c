import type { GetPrismaClientConfig } from '@prisma/client/runtime/client';
import { type BatchResponse, parameterizeBatch, parameterizeQuery } from '@prisma/client-engine-runtime';
import { ParamGraph } from '@prisma/param-graph';
import { LRUCache } from 'lru-cache';
import { SHARED_SCHEMA } from './placement.ts';
import { bindBatch, bindPlan, inSchema, type Plan } from './plans.ts';

type Compiling = NonNullable<GetPrismaClientConfig['compilerWasm']>;
type Runtime = Awaited<ReturnType<Compiling['getRuntime']>>;
type Compiler = InstanceType<Runtime['QueryCompiler']>;
type CompilerOptions = ConstructorParameters<Runtime['QueryCompiler']>[0];

/**
 * Has all Prisma clients of the process plan their statements together. By itself each parses the schema, decodes
 * which arguments are parameters, and compiles every statement for itself: 17 ms and 2.7 MiB before the first
 * answer, for each tenant.
 *
 * No tenant is in what they share. A plan is what Prisma makes of the text of a call, and depends on nothing else;
 * it is found by that whole text, from which the values have been taken out. They are bound around the plan for
 * the client that called, which runs it with its own adapter.
 *
 * @returns the same each time it is given what it returned
 */
export function planTogether(config: GetPrismaClientConfig): GetPrismaClientConfig {
  const { compilerWasm } = config;
  if (!compilerWasm || together.has(config)) return config;
  const getRuntime = async (): Promise<Runtime> => {
    const runtime = await compilerWasm.getRuntime();
    return { ...runtime, QueryCompiler: sharedCompiler(runtime.QueryCompiler, config) };
  };
  // Clients are told of no parameters, so each call reaches the compiler with its values in it.
  const shared = { ...config, compilerWasm: { ...compilerWasm, getRuntime }, parameterizationSchema: NO_PARAMETERS };
  together.add(shared);
  return shared;
}

const together = new WeakSet<GetPrismaClientConfig>();

/** Three counts of nothing. */
const NO_PARAMETERS = { strings: [], graph: 'AAAA' };

/** @returns a class of which each instance plans for one schema, all with one real compiler */
function sharedCompiler(Real: Runtime['QueryCompiler'], config: GetPrismaClientConfig): Runtime['QueryCompiler'] {
  const graph = ParamGraph.deserialize(config.parameterizationSchema, enumsOf(config));
  const queries = createPlans<Plan>();
  const batches = createPlans<BatchResponse>();
  let real: Compiler | undefined;

  return class {
    readonly #schema: string;
    readonly #real: Compiler;

    constructor(options: CompilerOptions) {
      this.#schema = options.connectionInfo.schemaName ?? SHARED_SCHEMA;
      const connectionInfo = { ...options.connectionInfo, schemaName: SHARED_SCHEMA };
      real ??= new Real({ ...options, connectionInfo });
      this.#real = real;
    }

    compile(request: string): Plan {
      const { parameterizedQuery, placeholderValues } = parameterizeQuery(JSON.parse(request), graph);
      const text = JSON.stringify(parameterizedQuery);
      // Prisma does not keep these either: each number of rows is another text.
      const once = parameterizedQuery.action.startsWith('createMany');
      const plan = queries.of(this.#schema, text, () => this.#real.compile(text), once);
      return bindPlan(plan, placeholderValues);
    }

    compileBatch(request: string): BatchResponse {
      const { parameterizedBatch, placeholderValues } = parameterizeBatch(JSON.parse(request), graph);
      const text = JSON.stringify(parameterizedBatch);
      const planned = batches.of(this.#schema, text, () => this.#real.compileBatch(text));
      return bindBatch(planned, placeholderValues);
    }

    /** What is shared stays. */
    free(): void {}
  };
}

/** Plans by schema and text. What is compiled names the schema of the shared tables, which is exchanged for others. */
function createPlans<P extends object>(max = 4_000) {
  const known = new LRUCache<string, P>({ max });
  const of = (schema: string, text: string, compile: () => P, once = false): P => {
    const key = `${schema} ${text}`;
    const found = known.get(key);
    if (found) return found;
    const made = schema === SHARED_SCHEMA ? compile() : inSchema(of(SHARED_SCHEMA, text, compile, once), schema);
    if (!once) known.set(key, made);
    return made;
  };
  return { of };
}

function enumsOf({ runtimeDataModel: { enums } }: GetPrismaClientConfig) {
  return (name: string): Record<string, string> | undefined =>
    enums[name] && Object.fromEntries(enums[name].values.map((value) => [value.name, value.dbName ?? value.name]));
}

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { createLexicalEmbedder } from '#platform/embedder';
import { createLogger } from '#platform/log';
import { startLocalStores } from '#stores/local/index';
import { openPostgres, type TenantPostgres } from '#stores/postgres/index';
import { migratePostgres } from '#stores/postgres/migrate';
import { openPostgresProvision } from '#stores/postgres/provision';
import { chooseVectorIndex, VECTOR_INDEXES } from '#stores/postgres/vectors';
import { compress } from '#subgraphs/relational/memory/offloaded/compression';
import { findNearest } from '#subgraphs/relational/memory/offloaded/nearest';
import { dangerouslyActAsService } from '#tenancy/service';
import { readTexts } from './texts.ts';

export interface MemoryBench {
  readonly vectors: number;
  readonly questions: number;
  /** Bytes of the texts by those that compression leaves, a megabyte at a time. */
  readonly ratio: number;
  readonly ways: readonly WayMeasured[];
}

export interface WayMeasured {
  readonly way: string;
  /** Of the ten nearest, the share that was found; ties count as found. */
  readonly recall: number;
  readonly p50: number;
  readonly p95: number;
  /** How many times the speed of exact comparison, by the medians. */
  readonly speed: number;
  /** Seconds; of exact comparison none. */
  readonly build: number;
}

export interface MemoryBenchOptions {
  readonly nodeModules: string;
  readonly vectors?: number;
  readonly questions?: number;
  readonly progress: (line: string) => void;
}

/** Recall and speed of each index over the vectors of one tenant, on a store of its own that is gone afterwards. */
export async function benchMemory({
  nodeModules,
  vectors = 50_000,
  questions = 200,
  progress,
}: MemoryBenchOptions): Promise<MemoryBench> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'polygraph-bench-memory-'));
  const log = createLogger({ level: 'error' });
  const local = await startLocalStores({ dir, log, only: ['postgres'], durable: false });
  const url = String(local.environment.DATABASE_URL);
  const secrets = ['bench'.repeat(10)] as const;
  const client = new pg.Client({ connectionString: url });
  try {
    await migratePostgres({ url, secrets: [...secrets], log });
    const tenant = dangerouslyActAsService(randomUUID(), 'STANDARD', 'bench', 'measures memory', log);
    const provision = openPostgresProvision({ url, secrets: [...secrets], log });
    const system = provision.dangerouslyAsSystem('setting up a bench');
    await system.upsertTenant({ id: tenant.tenantId, slug: 'bench', name: 'Bench', tier: 'STANDARD', features: [] });
    await provision.close();
    await client.connect();
    const texts = readTexts(nodeModules, vectors + questions);
    progress(`${vectors} texts of ${nodeModules} are embedded and written`);
    const embedded = await createLexicalEmbedder().embed(texts);
    // Every n-th is a question, so that they are spread like the rest.
    const isQuestion = (at: number): boolean => at % Math.floor(texts.length / questions) === 0;
    const asked = embedded.filter((_, at) => isQuestion(at)).slice(0, questions);
    await client.query('DROP INDEX offloaded_vectors_hnsw');
    await fill(client, tenant.tenantId, embedded.filter((_, at) => !isQuestion(at)).slice(0, vectors));

    const postgres = openPostgres({ url, secrets: [...secrets], log, timeoutMs: 60_000, poolSize: 2 });
    const handle = postgres.forTenant(tenant);
    progress('exact comparison');
    const exact = await measure(asked, (vector) => compareAll(handle, vector));
    const ways: WayMeasured[] = [{ way: 'exact', recall: 1, p50: exact.p50, p95: exact.p95, speed: 1, build: 0 }];
    for (const index of VECTOR_INDEXES) {
      progress(`${index} is built`);
      const began = performance.now();
      await chooseVectorIndex(client, index);
      const build = (performance.now() - began) / 1_000;
      const found = await measure(asked, (vector) => nearest(handle, vector));
      const recall = recallOf(found.similarities, exact.similarities);
      ways.push({ way: index, recall, p50: found.p50, p95: found.p95, speed: exact.p50 / found.p50, build });
    }
    await postgres.close();
    return { vectors, questions: asked.length, ratio: await ratioOf(texts), ways };
  } finally {
    await client.end();
    await local.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

type Vector = readonly number[];

async function nearest(handle: TenantPostgres, near: Vector): Promise<number[]> {
  const hits = await findNearest({ near, first: NEAREST }, handle, EMBEDDER);
  return hits.map(({ similarity }) => similarity);
}

async function compareAll({ sql }: TenantPostgres, vector: Vector): Promise<number[]> {
  const rows = await sql<{ similarity: number }>`
    SELECT (1 - (v.embedding <=> ${`[${vector.join()}]`}::public.vector))::float8 AS similarity
    FROM offloaded_vectors v WHERE v.embedder = ${EMBEDDER.name} ORDER BY similarity DESC LIMIT ${NEAREST}`;
  return rows.map(({ similarity }) => similarity);
}

async function measure(questions: readonly Vector[], answer: (vector: Vector) => Promise<number[]>) {
  // What is asked first reads pages that later questions find in memory.
  for (const vector of questions.slice(0, 20)) await answer(vector);
  const similarities: number[][] = [];
  const took: number[] = [];
  for (const vector of questions) {
    let quickest = Number.POSITIVE_INFINITY;
    let found: number[] = [];
    for (let time = 0; time < TIMES; time += 1) {
      const began = performance.now();
      found = await answer(vector);
      quickest = Math.min(quickest, performance.now() - began);
    }
    similarities.push(found);
    took.push(quickest);
  }
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.floor(took.length * share)] ?? 0;
  return { similarities, p50: at(0.5), p95: at(0.95) };
}

/** A find counts where it is no further away than the last of the exact ones: of equally near ones either is right. */
function recallOf(found: readonly (readonly number[])[], exact: readonly (readonly number[])[]): number {
  const shares = exact.map((right, at) => {
    const last = right.at(-1) ?? 0;
    return (found[at] ?? []).filter((similarity) => similarity >= last - ROUNDING).length / right.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

async function ratioOf(texts: readonly string[]): Promise<number> {
  const whole = Buffer.from(texts.join('\n'));
  let compressed = 0;
  for (let at = 0; at < whole.length; at += PIECE)
    compressed += (await compress(whole.subarray(at, at + PIECE))).length;
  return whole.length / compressed;
}

/** Past the product: triggers would audit and weigh each row, which is not what is measured. */
async function fill(client: pg.Client, tenantId: string, vectors: readonly Vector[]): Promise<void> {
  await client.query(`SET session_replication_role = 'replica'; SELECT set_config('app.tenant', '${tenantId}', false)`);
  for (let at = 0; at < vectors.length; at += 500) {
    const texts = vectors.slice(at, at + 500).map((vector) => `[${vector.join()}]`);
    await client.query(FILL, [tenantId, texts, EMBEDDER.name, at]);
  }
  await client.query(`SET session_replication_role = 'origin'`);
  await client.query('VACUUM ANALYZE offloaded_vectors, offloaded_contexts');
}

const FILL = `
  WITH given AS (
    SELECT gen_random_uuid() AS id, embedding, $4::int + n AS number FROM unnest($2::text[]) WITH ORDINALITY AS g (embedding, n)
  ), made AS (
    INSERT INTO offloaded_contexts (tenant_id, id, context_id, key, title, text_hash)
    SELECT $1, id, $1, number, number, '\\x00' FROM given
  )
  INSERT INTO offloaded_vectors (tenant_id, offloaded_id, embedder, embedding) SELECT $1, id, $3, embedding::vector FROM given`;

const EMBEDDER = createLexicalEmbedder();
const NEAREST = 10;
/** Each question is asked so often and its quickest answer counts: the others tell of what else the machine was doing. */
const TIMES = 5;
/** PostgreSQL computes both in single precision. */
const ROUNDING = 1e-6;
const PIECE = 1_000_000;

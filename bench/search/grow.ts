import pg from 'pg';

/** Fills a tenant up with documents of random words and vectors, past the product: what is measured is reading them. */
export async function growTo(url: string, tenantId: string, documents: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`select set_config('app.tenant', $1, false)`, [tenantId]);
    // Triggers would audit and count each row, which is not what is measured.
    await client.query('set session_replication_role = replica');
    await client.query(GROW, [tenantId, documents]);
    await client.query('analyze contents, content_search, content_vectors');
  } finally {
    await client.end();
  }
}

const GROW = `
with words as materialized (
  select array_agg(word) as all from (
    select word from ts_stat($$select document from content_search$$) order by ndoc desc limit 3000
  ) frequent
), fresh as (
  insert into contents (tenant_id, id, slug, title, status, published_at)
  select $1::uuid, gen_random_uuid(), 'grown-' || n, 'Grown ' || n, 'PUBLISHED', now()
  from generate_series(1, $2::int - (select count(*)::int from contents where tenant_id = $1::uuid)) n
  returning id, title
), texts as (
  insert into content_search (tenant_id, content_id, revision, title, body)
  select $1::uuid, id, 1, title, (
    select string_agg(w.all[1 + floor(random() * 3000 * random())::int], ' ')
    from words w, generate_series(1, 120) k where title is not null
  ) from fresh
)
insert into content_vectors (tenant_id, content_id, revision, embedder, embedding)
select $1::uuid, id, 1, 'lexical-hashing-1', (
  select array_agg(random() - 0.5) from generate_series(1, 384) k where title is not null
)::real[]::public.vector from fresh`;

import { createRequire } from 'node:module';
import { GraphQLError } from 'graphql';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import neo4j from 'neo4j-driver';
import pg from 'pg';
import { expect, test } from 'vitest';

const env = (name: string): string => process.env[name] ?? expect.fail(`${name} is not set`);

test('graphql is one copy, whoever loads it', () => {
  expect(GraphQLError).toBe(createRequire(import.meta.url)('graphql').GraphQLError);
});

test('PostgreSQL has pgvector and its statement statistics', async () => {
  const client = new pg.Client(env('DATABASE_URL'));
  await client.connect();
  try {
    await client.query('CREATE EXTENSION IF NOT EXISTS vector; CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    const { rows } = await client.query(
      "SELECT '[1,0]'::vector <=> '[0,1]'::vector AS distance, count(*) > 0 AS counted FROM pg_stat_statements",
    );
    expect(rows).toEqual([{ distance: 1, counted: true }]);
  } finally {
    await client.end();
  }
});

test('MongoDB is a replica set that commits and rolls back, and asks who is there', async () => {
  const client = await new MongoClient(env('MONGODB_URL')).connect();
  try {
    const things = client.db('local_stores_test').collection('things');
    await client.withSession((session) =>
      session.withTransaction(async () => things.insertOne({ kept: true }, { session })),
    );
    const undone = client.withSession((session) =>
      session.withTransaction(async () => {
        await things.insertOne({ kept: false }, { session });
        throw new Error('undo');
      }),
    );
    await expect(undone).rejects.toThrow('undo');
    expect(await things.distinct('kept')).toEqual([true]);
  } finally {
    await client.db('local_stores_test').dropDatabase();
    await client.close();
  }
});

test('a store refuses whoever has no password', async () => {
  const bare = new URL(env('MONGODB_URL'));
  bare.username = '';
  bare.password = '';
  const mongo = await new MongoClient(bare.href).connect();
  const redis = new Redis(env('REDIS_URL').replace(/\/\/.*@/, '//'), { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => {});
  const graph = neo4j.driver(env('NEO4J_URL'), neo4j.auth.basic('neo4j', 'neo4j'));
  try {
    await expect(mongo.db('x').collection('y').findOne({})).rejects.toThrow(/auth/i);
    await expect(redis.set('x', 'y')).rejects.toThrow(/NOAUTH|closed/);
    await expect(graph.executeQuery('RETURN 1')).rejects.toThrow(/unauthorized/i);
    await expect(new pg.Client(env('DATABASE_URL').replace(/:[^:@]+@/, ':wrong@')).connect()).rejects.toThrow(
      /password/,
    );
  } finally {
    await Promise.all([mongo.close(), graph.close()]);
    redis.disconnect();
  }
});

test('Neo4j has APOC', async () => {
  const driver = neo4j.driver(env('NEO4J_URL'), neo4j.auth.basic(env('NEO4J_USER'), env('NEO4J_PASSWORD')));
  try {
    const { records } = await driver.executeQuery('RETURN apoc.text.join(["a", "b"], "-") AS joined');
    expect(records[0]?.get('joined')).toBe('a-b');
  } finally {
    await driver.close();
  }
});

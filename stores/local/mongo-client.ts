import { type Db, MongoClient } from 'mongodb';

export const MONGO_USER = 'polygraph';

/** Speaks to one server, whatever replica set it says it is in. */
export async function withMongo<T>(
  port: number,
  password: string | undefined,
  work: (admin: Db) => Promise<T>,
): Promise<T> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    serverSelectionTimeoutMS: 1_500,
    connectTimeoutMS: 1_500,
    ...(password === undefined ? {} : { auth: { username: MONGO_USER, password } }),
  });
  try {
    await client.connect();
    return await work(client.db('admin'));
  } finally {
    await client.close();
  }
}

export const mongoUrl = (port: number, password: string, replicaSet: string): string =>
  `mongodb://${MONGO_USER}:${password}@127.0.0.1:${port}/?replicaSet=${replicaSet}&authSource=admin`;

export async function mongoVersion(admin: Db): Promise<string> {
  return String((await admin.command({ buildInfo: 1 })).version);
}

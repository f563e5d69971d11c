import { MongoClient } from 'mongodb';
import { type PlaceRecord, placesOf } from './record.ts';

/** Of all tenants whose documents are not simply in the shared collections. */
export async function listPlaces({ url, database = 'polygraph' }: { url: string; database?: string | undefined }) {
  const client = new MongoClient(url, { appName: 'polygraph-places', serverSelectionTimeoutMS: 5_000 });
  try {
    const places: PlaceRecord[] = await placesOf(client.db(database)).find().toArray();
    return places;
  } finally {
    await client.close();
  }
}

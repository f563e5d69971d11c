import { Redis } from 'ioredis';

/** Every key that is not the tenant's, with its value. */
export async function keysOfOthers(url: string, tenantId: string): Promise<Map<string, string>> {
  const redis = new Redis(url);
  try {
    const names = (await redis.keys('*')).filter((name) => !name.includes(tenantId));
    const values = await Promise.all(names.map((name) => redis.dumpBuffer(name)));
    // A key may end between the two questions.
    return new Map(names.flatMap((name, at) => (values[at] ? [[`redis ${name}`, values[at].toString('base64')]] : [])));
  } finally {
    redis.disconnect();
  }
}

/** Takes away what is remembered of the tenant: what its rows said a moment ago. */
export async function forgetInRedis(url: string, tenantId: string): Promise<void> {
  const redis = new Redis(url);
  try {
    const names = await redis.keys(`*${tenantId}*`);
    if (names.length > 0) await redis.del(names);
  } finally {
    redis.disconnect();
  }
}

import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createCachedDirectory } from '#gateway/identity/cached-directory';
import { createMemoryDirectory } from '../../kit/gateway.ts';

const [A, B, USER] = [randomUUID(), randomUUID(), randomUUID()];

test('a person who is in two tenants has in each the role of that tenant', async () => {
  const directory = createMemoryDirectory();
  directory.addMember(A, USER, 'OWNER');
  directory.addMember(B, USER, 'VIEWER');
  const known = createCachedDirectory({ directory, freshSeconds: 60 });
  for (const _ of [1, 2]) {
    const [ofA, ofB] = await Promise.all([known.membership(A, USER), known.membership(B, USER)]);
    expect([ofA?.role, ofB?.role]).toEqual(['OWNER', 'VIEWER']);
  }
});

test('a member of one tenant is none of another, asked at once or later', async () => {
  const directory = createMemoryDirectory();
  directory.addMember(A, USER, 'OWNER');
  const known = createCachedDirectory({ directory, freshSeconds: 60 });
  for (const _ of [1, 2]) {
    const both = await Promise.all([known.membership(A, USER), known.membership(B, USER)]);
    expect(both).toEqual([{ userId: USER, role: 'OWNER' }, undefined]);
  }
});

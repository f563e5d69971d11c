import { hkdfSync } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/**
 * The keys that assertions are signed with. Each audience has a key of its own,
 * derived from the secret, so that a subgraph that is taken over can forge
 * requests to itself only.
 *
 * Rotation with overlap: the first secret signs, all of them verify. Deploy the
 * new secret as the last everywhere, then move it to the front, then drop the old.
 */
export interface AssertionKeys extends VerifyingKeys {
  signing(audience: string): { id: string; key: Buffer };
}

export interface VerifyingKeys {
  /** @param id of the secret that the key was derived from */
  verifying(audience: string, id: string): Buffer | undefined;
}

export function createAssertionKeys(secrets: readonly [string, ...string[]]): AssertionKeys {
  for (const secret of secrets) {
    if (secret.length < 32) throw new TypeError('An assertion secret has at least 32 characters.');
  }
  const ids = new Map(secrets.map((secret) => [keyId(secret), secret]));
  const currentId = keyId(secrets[0]);
  // Bounded: the audience of an assertion that is not verified yet can be anything.
  const derived = new LRUCache<string, Buffer>({ max: 100 });

  const derive = (id: string, audience: string): Buffer | undefined => {
    const name = `${id}/${audience}`;
    const known = derived.get(name);
    const secret = ids.get(id);
    if (known || secret === undefined) return known;
    const key = Buffer.from(hkdfSync('sha256', secret, 'polygraph', `assertion/${audience}`, 32));
    derived.set(name, key);
    return key;
  };

  return {
    signing(audience) {
      const key = derive(currentId, audience);
      if (!key) throw new TypeError('There is no secret to sign with.');
      return { id: currentId, key };
    },
    verifying: (audience, id) => derive(id, audience),
  };
}

/** What a subgraph that runs alone is given: the keys of its own audience, and no way to those of another. */
export function printAssertionKeys(secrets: readonly [string, ...string[]], audience: string): string {
  const keys = createAssertionKeys(secrets);
  return secrets
    .map(keyId)
    .map((id) => `${id}:${keys.verifying(audience, id)?.toString('base64url')}`)
    .join(',');
}

/** Reads what `printAssertionKeys` printed for this audience. @throws TypeError that does not repeat the keys */
export function parseAssertionKeys(text: string, audience: string): VerifyingKeys {
  const entries = text.split(',').map((entry): [string, Buffer] => {
    const [, id = '', key = ''] = PRINTED.exec(entry.trim()) ?? [];
    if (!id)
      throw new TypeError('Assertion keys are id:key, separated by commas, as `polygraph env --subgraph` prints them.');
    return [id, Buffer.from(key, 'base64url')];
  });
  const keys = new Map(entries);
  return { verifying: (asked, id) => (asked === audience ? keys.get(id) : undefined) };
}

/** Names a secret without revealing it. */
function keyId(secret: string): string {
  return Buffer.from(hkdfSync('sha256', secret, 'polygraph', 'assertion/key-id', 6)).toString('base64url');
}

const PRINTED = /^([A-Za-z0-9_-]{8}):([A-Za-z0-9_-]{43})$/;

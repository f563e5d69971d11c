import { hkdfSync } from 'node:crypto';

/**
 * The keys that assertions are signed with. Each audience has a key of its own,
 * derived from the secret, so that a subgraph that is taken over can forge
 * requests to itself only.
 *
 * Rotation with overlap: the first secret signs, all of them verify. Deploy the
 * new secret as the last everywhere, then move it to the front, then drop the old.
 */
export interface AssertionKeys {
  signing(audience: string): { id: string; key: Buffer };
  verifying(audience: string, id: string): Buffer | undefined;
}

export function createAssertionKeys(secrets: readonly [string, ...string[]]): AssertionKeys {
  for (const secret of secrets) {
    if (secret.length < 32) throw new TypeError('An assertion secret has at least 32 characters.');
  }
  const [current] = secrets;
  const ids = new Map(secrets.map((secret) => [keyId(secret), secret]));
  const derived = new Map<string, Buffer>();

  const derive = (secret: string, audience: string): Buffer => {
    const name = `${keyId(secret)}/${audience}`;
    let key = derived.get(name);
    if (!key) {
      key = Buffer.from(hkdfSync('sha256', secret, 'polygraph', `assertion/${audience}`, 32));
      derived.set(name, key);
    }
    return key;
  };

  return {
    signing: (audience) => ({ id: keyId(current), key: derive(current, audience) }),
    verifying: (audience, id) => {
      const secret = ids.get(id);
      return secret === undefined ? undefined : derive(secret, audience);
    },
  };
}

/** Names a secret without revealing it. */
function keyId(secret: string): string {
  return Buffer.from(hkdfSync('sha256', secret, 'polygraph', 'assertion/key-id', 6)).toString('base64url');
}

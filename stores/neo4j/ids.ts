import { createHash } from 'node:crypto';

export type NamedLabel = 'Topic' | 'Keyword' | 'Concept' | 'Audience' | 'Competitor';

export interface NamedNode {
  /** UUID v5 of tenant, label and normalised name: the same name is the same node however often it is written. */
  readonly id: string;
  /** As first written, without spaces around it. */
  readonly name: string;
  readonly slug: string;
}

export function namedNode(tenantId: string, label: NamedLabel, name: string): NamedNode {
  const tidy = name.normalize('NFKC').trim().replace(/\s+/g, ' ');
  const normalised = tidy.toLowerCase();
  const slug = normalised.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
  return { id: uuidV5(`${tenantId}\n${label}\n${normalised}`), name: tidy, slug };
}

/** RFC 9562, section 5.5. */
function uuidV5(name: string): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const NAMESPACE = Buffer.from('7d0f3a5e8c2b4f6a9b1d2e3f4a5b6c7d', 'hex');

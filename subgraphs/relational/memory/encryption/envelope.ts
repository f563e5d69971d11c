import { boundTo, seal, unseal } from '#platform/sealing';

/** Where a value belongs. It is authenticated with the value: carried to any other place, it does not open. */
export interface SealedPlace {
  readonly tenantId: string;
  readonly table: string;
  readonly column: string;
  /** The key of the row within the tenant. */
  readonly row: string;
}

/** Of the tenant; version 1 is the first. */
export interface DataKey {
  readonly version: number;
  readonly key: Buffer;
}

/** @returns format, version of the key (which the database reads, see `sealed_version`), nonce, tag and text */
export function sealInto(place: SealedPlace, { version, key }: DataKey, text: Uint8Array): Buffer<ArrayBuffer> {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(FORMAT, 0);
  head.writeUInt32BE(version, 1);
  return Buffer.concat([head, seal(text, key, boundOf(place, version))]);
}

/** @returns undefined where the key is another, or the value was sealed for another place, or altered */
export function openFrom(place: SealedPlace, { version, key }: DataKey, sealed: Uint8Array): Buffer | undefined {
  return unseal(sealed.subarray(HEAD_BYTES), key, boundOf(place, version));
}

/** @returns undefined for what is no such value */
export function versionOf(sealed: Uint8Array): number | undefined {
  if (sealed.length <= HEAD_BYTES || sealed[0] !== FORMAT) return undefined;
  return Buffer.from(sealed.buffer, sealed.byteOffset, HEAD_BYTES).readUInt32BE(1);
}

function boundOf({ tenantId, table, column, row }: SealedPlace, version: number): Buffer {
  return boundTo('polygraph data', FORMAT, tenantId, table, column, row, version);
}

const FORMAT = 1;
const HEAD_BYTES = 5;

import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { deriveSealingKeys, parseSealingKeys, printSealingKeys, seal, unsealWithAny } from '#platform/sealing';
import { openFrom, sealInto, versionOf } from '#subgraphs/relational/memory/encryption/envelope';

const PLACE = { tenantId: 'tenant', table: 'memories', column: 'content', row: 'row' };
const KEY = { version: 7, key: randomBytes(32) };
const TEXT = Buffer.from('What nobody else may read.');

test('a value opens where it was sealed, and says which key it needs', () => {
  const sealed = sealInto(PLACE, KEY, TEXT);
  expect(openFrom(PLACE, KEY, sealed)).toEqual(TEXT);
  expect([versionOf(sealed), versionOf(Buffer.from('clear text')), versionOf(Buffer.alloc(0))]).toEqual([
    7,
    undefined,
    undefined,
  ]);
  expect(sealed.length).toBe(TEXT.length + 33);
});

test.each([
  ['tenant', { ...PLACE, tenantId: 'another' }, KEY],
  ['table', { ...PLACE, table: 'offloaded_pieces' }, KEY],
  ['column', { ...PLACE, column: 'text_hash' }, KEY],
  ['row', { ...PLACE, row: 'another' }, KEY],
  ['version', PLACE, { ...KEY, version: 8 }],
  ['key', PLACE, { ...KEY, key: randomBytes(32) }],
  ['split of the same letters', { ...PLACE, table: 'memoriesc', column: 'ontent' }, KEY],
])('CR-01 a value does not open with another %s', (_, place, key) => {
  expect(openFrom(place, key, sealInto(PLACE, KEY, TEXT))).toBeUndefined();
});

test('CR-02 a value does not open where any byte of it was changed, or some are missing', () => {
  const sealed = sealInto(PLACE, KEY, TEXT);
  expect(sealInto(PLACE, KEY, TEXT)).not.toEqual(sealed);
  // The first is the format, and the next four say which key to take.
  for (let at = 5; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(openFrom(PLACE, KEY, changed), `byte ${at}`).toBeUndefined();
    expect(openFrom(PLACE, KEY, sealed.subarray(0, at))).toBeUndefined();
  }
});

test('keys are of one purpose, rotate, and travel to a process that has no secrets', () => {
  const [old, fresh] = ['o'.repeat(32), 'f'.repeat(32)] as const;
  const sealed = seal(TEXT, deriveSealingKeys([old], 'one')[0], PLACE_BYTES);
  expect(unsealWithAny(sealed, deriveSealingKeys([fresh, old], 'one'), PLACE_BYTES)).toEqual(TEXT);
  expect(unsealWithAny(sealed, deriveSealingKeys([old], 'another'), PLACE_BYTES)).toBeUndefined();
  const printed = printSealingKeys(deriveSealingKeys([fresh, old], 'one'));
  expect(unsealWithAny(sealed, parseSealingKeys(printed), PLACE_BYTES)).toEqual(TEXT);
  expect(printed).not.toContain(old);
  expect(() => parseSealingKeys('short')).toThrow(/32 bytes/);
});

const PLACE_BYTES = Buffer.from('place');

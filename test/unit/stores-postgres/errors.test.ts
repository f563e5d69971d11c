import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import { describe, expect, it } from 'vitest';
import { isForeignKeyViolation, isUnreachable, violatedUnique } from '#stores/postgres/errors';

const withCode = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code });

describe('isUnreachable', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', '08006', '53300', '57P01', '57P03', '57014'])(
    'says that the server is out of reach for %s',
    (code) => expect(isUnreachable(withCode(code))).toBe(true),
  );

  it.each(['23505', '23503', '42501', '22P02', '40001', '42P01'])(
    'says that the statement is at fault for %s',
    (code) => expect(isUnreachable(withCode(code, 'Connection terminated'))).toBe(false),
  );

  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect', 'Query read timeout'])(
    'knows the driver’s own %j, which has no code',
    (message) => expect(isUnreachable(new Error(message))).toBe(true),
  );

  it('takes no other value for it', () => {
    for (const value of [undefined, null, 'ECONNREFUSED', {}, new Error('other')])
      expect(isUnreachable(value)).toBe(false);
  });
});

describe('constraints', () => {
  it('names the index that refused a duplicate', () => {
    const error = new DriverAdapterError({ kind: 'UniqueConstraintViolation', constraint: { index: 'contents_slug' } });
    expect(violatedUnique(error)).toBe('contents_slug');
    expect(isForeignKeyViolation(error)).toBe(false);
    expect(violatedUnique(new Error('contents_slug'))).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import {
  POSTGRES_ROLES,
  passwordOfRole,
  passwordOfTenant,
  scramVerifier,
  urlOfRole,
  urlOfTenant,
} from '#stores/postgres/roles';

const SECRETS: [string, string] = ['a'.repeat(32), 'b'.repeat(32)];

describe('roles', () => {
  it('have a password each, which follows from the first secret', () => {
    const roles = Object.keys(POSTGRES_ROLES) as (keyof typeof POSTGRES_ROLES)[];
    expect(new Set(roles.map((role) => passwordOfRole(role, SECRETS))).size).toBe(roles.length);
    expect(passwordOfRole('app', SECRETS)).toBe(passwordOfRole('app', [SECRETS[0]]));
    expect(passwordOfRole('app', SECRETS)).not.toBe(passwordOfRole('app', [SECRETS[1]]));
  });

  it('connect where the migrator does, with nothing of its credentials', () => {
    const url = urlOfRole('postgresql://admin:geheim@db.example:6432/poly?sslmode=require', 'app', SECRETS);
    expect(url).toMatch(/^postgresql:\/\/polygraph_app:[\w-]{43}@db\.example:6432\/poly\?sslmode=require$/);
    expect(url).not.toMatch(/admin|geheim/);
  });

  it('of ENTERPRISE databases have a password each, with which a process connects that knows the one of `app`', () => {
    const places = ['t_1', 't_2'].map((name) => ({ kind: 'database', tenantId: 'one', name }) as const);
    const passwords = places.map((one) => passwordOfTenant(one, SECRETS));
    const app = urlOfRole('postgresql://admin:geheim@db.example/poly', 'app', SECRETS);
    expect(places.map((one) => new URL(urlOfTenant(app, one)).password)).toEqual(passwords);
    expect(new Set([...passwords, passwordOfRole('app', SECRETS)]).size).toBe(3);
  });

  it('are sent as a verifier, as RFC 7677 gives for its example', () => {
    const verifier = scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
    const keys = 'WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=';
    expect(verifier).toBe(`SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$${keys}`);
  });
});

import { expect, test } from 'vitest';
import { ROLES, type Role, scopesOf } from '#tenancy/roles';

test('what reads the installation is granted to the platform’s administrator alone', () => {
  const holders = ROLES.filter((role) => scopesOf([role]).includes('platform:read'));
  expect(holders).toEqual(['PLATFORM_ADMIN']);
});

test.each(['VIEWER', 'AUDITOR'] satisfies Role[])('%s changes nothing', (role) => {
  expect(scopesOf([role]).filter((scope) => !scope.endsWith(':read'))).toEqual([]);
});

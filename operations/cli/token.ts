import { Command } from 'commander';
import { createLocalIssuer } from '#gateway/identity/local-issuer';
import { DEMO_TENANTS, type DemoTenant, PLATFORM_TENANT } from '#operations/demo/cast';
import { demoToken } from '#operations/demo/tokens';
import { isRole, type Role } from '#tenancy/roles';
import { CommandError } from './explain.ts';
import { readInstallation } from './installation.ts';
import { LOCAL_DIR } from './root.ts';

export const command = new Command('token')
  .description(
    'print a fresh token of a demo tenant:  curl -H "authorization: Bearer $(polygraph token --tenant acme)"',
  )
  .requiredOption('--tenant <slug>', `one of ${[...DEMO_TENANTS, PLATFORM_TENANT].map(({ slug }) => slug).join(', ')}`)
  .option('--role <role>', 'a role that the tenant has a person for', 'viewer')
  .option('--hours <hours>', 'how long it is valid', '12')
  .action(async ({ tenant: slug, role, hours }: { tenant: string; role: string; hours: string }) => {
    const { tenant, asked } = whoIs(slug, role);
    const settings = await readInstallation(process.env);
    if (settings.NODE_ENV === 'production' || settings.JWT_JWKS_URL) {
      throw new CommandError('Demo tokens exist in local mode only; ask your identity provider for one.');
    }
    const issuer = await createLocalIssuer({
      dir: LOCAL_DIR,
      issuer: settings.JWT_ISSUER,
      audience: settings.JWT_AUDIENCE,
      tenantClaim: settings.JWT_TENANT_CLAIM,
    });
    process.stdout.write(`${await demoToken(issuer, tenant, asked, secondsOf(hours))}\n`);
  });

/** @throws CommandError that names what there is */
export function whoIs(slug: string, role: string): { tenant: DemoTenant; asked: Role } {
  const tenants = [...DEMO_TENANTS, PLATFORM_TENANT];
  const tenant = tenants.find((one) => one.slug === slug);
  if (!tenant) {
    throw new CommandError(
      `There is no demo tenant ${JSON.stringify(slug)}: ${tenants.map((one) => one.slug).join(', ')}.`,
    );
  }
  const asked = role.toUpperCase().replaceAll('-', '_');
  if (isRole(asked) && tenant.members.some((member) => member.role === asked)) return { tenant, asked };
  const roles = [...new Set(tenant.members.map((member) => member.role.toLowerCase()))].join(', ');
  throw new CommandError(`${slug} has no ${role}; its people are: ${roles}.`);
}

function secondsOf(hours: string): number {
  const seconds = Math.round(Number(hours) * 3_600);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new CommandError(`--hours is a number above 0; got ${hours}.`);
}

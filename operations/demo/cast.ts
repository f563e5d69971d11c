import { uuidV5 } from '#operations/import/ids';
import type { Role } from '#tenancy/roles';
import type { Tier } from '#tenancy/tiers';

/** The tenants and people of the demo: fixed, so that every installation has the same ids. */
export interface DemoTenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly tier: Tier;
  readonly features: readonly string[];
  readonly members: readonly DemoMember[];
}

export interface DemoMember {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
}

/** Writers are owners, admins and editors. */
export function writersOf({ members }: DemoTenant): readonly DemoMember[] {
  return members.filter(({ role }) => role === 'OWNER' || role === 'ADMIN' || role === 'EDITOR');
}

export function memberOf({ slug, members }: DemoTenant, role: Role): DemoMember {
  const member = members.find((one) => one.role === role);
  if (!member) throw new Error(`The demo tenant ${slug} has no ${role}.`);
  return member;
}

/** The id of a document in a tenant: its slug decides it, so the same document of two tenants has two. */
export function contentIdOf(tenantId: string, slug: string): string {
  return uuidV5(tenantId, slug);
}

const NAMESPACE = '5f0c2c1e-7a0b-5a57-9a3e-0d1c6f4b8e21';

function person(name: string, email: string, role: Role): DemoMember {
  return { userId: uuidV5(NAMESPACE, email), email, name, role };
}

function tenant(slug: string, rest: Omit<DemoTenant, 'id' | 'slug'>): DemoTenant {
  return { id: uuidV5(NAMESPACE, `tenant:${slug}`), slug, ...rest };
}

/** Noor Haddad and Robin Vale work for two tenants each, in different roles. */
export const DEMO_TENANTS: readonly DemoTenant[] = [
  tenant('acme', {
    name: 'Acme Publishing',
    tier: 'STANDARD',
    features: ['search'],
    members: [
      person('Ada Lindqvist', 'ada@acme.example', 'OWNER'),
      person('Bruno Okafor', 'bruno@acme.example', 'ADMIN'),
      person('Chiara Weiss', 'chiara@acme.example', 'EDITOR'),
      person('Noor Haddad', 'noor@freelance.example', 'EDITOR'),
      person('Daniel Sato', 'daniel@acme.example', 'VIEWER'),
      person('Elif Kaya', 'elif@acme.example', 'AUDITOR'),
    ],
  }),
  tenant('globex', {
    name: 'Globex Research',
    tier: 'PREMIUM',
    features: ['search', 'insights'],
    members: [
      person('Gabriel Moreau', 'gabriel@globex.example', 'OWNER'),
      person('Hana Novak', 'hana@globex.example', 'ADMIN'),
      person('Ivo Petrov', 'ivo@globex.example', 'EDITOR'),
      person('Julia Mbeki', 'julia@globex.example', 'EDITOR'),
      person('Noor Haddad', 'noor@freelance.example', 'VIEWER'),
      person('Robin Vale', 'robin@audit.example', 'AUDITOR'),
    ],
  }),
  tenant('initech', {
    name: 'Initech Systems',
    tier: 'ENTERPRISE',
    features: ['search', 'insights', 'export'],
    members: [
      person('Kofi Andersson', 'kofi@initech.example', 'OWNER'),
      person('Lena Farouk', 'lena@initech.example', 'ADMIN'),
      person('Mateo Silva', 'mateo@initech.example', 'EDITOR'),
      person('Nadia Berg', 'nadia@initech.example', 'EDITOR'),
      person('Oskar Lim', 'oskar@initech.example', 'VIEWER'),
      person('Robin Vale', 'robin@audit.example', 'AUDITOR'),
    ],
  }),
];

/** Holds no documents: the people who run the installation. */
export const PLATFORM_TENANT: DemoTenant = tenant('platform', {
  name: 'Platform Operations',
  tier: 'STANDARD',
  features: [],
  members: [person('Petra Olsen', 'petra@platform.example', 'PLATFORM_ADMIN')],
});

import { defineConfig } from 'prisma/config';

/** For Prisma's own command line. The product reads DATABASE_URL through platform/settings.ts. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
});

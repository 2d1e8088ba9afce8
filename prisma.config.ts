// Where the Prisma CLI finds things. The schema engine runs from npm's WebAssembly build, so that nothing is
// downloaded at set-up (scripts/schema-engine.mjs); name another with PRISMA_SCHEMA_ENGINE_BINARY.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'prisma/config';

process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= fileURLToPath(new URL('./scripts/schema-engine.mjs', import.meta.url));

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost/unused' },
});

// What the Prisma CLI does for us: the client from the schema, and the migrations into the database. Each is
// skipped when there is nothing to do, because the CLI alone takes seconds.
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { OperatorError } from '../../server/errors.ts';
import { environmentWithout, run } from './process.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const inRoot = (name: string) => path.join(root, name);
const sha256 = (...parts: string[]) => createHash('sha256').update(parts.join('\0')).digest('hex');

async function prisma(args: string[], databaseUrl?: string): Promise<string> {
  const env = environmentWithout(/^(DATABASE_URL|PRISMA_HIDE)/, {
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
  });
  const cli = inRoot('node_modules/prisma/build/index.js');
  const { code, output } = await run(process.execPath, [cli, ...args], { cwd: root, env });
  if (code !== 0) throw new OperatorError(`"prisma ${args.join(' ')}" failed: ${output}`);
  return output;
}

/** Makes prisma/client where the schema or Prisma itself is another than it was made from. */
export async function generateClient(): Promise<string> {
  const stamp = inRoot('prisma/client/.stamp');
  const sources = ['prisma/schema.prisma', 'node_modules/prisma/package.json'].map(inRoot);
  const wanted = sha256(...(await Promise.all(sources.map((file) => fs.readFile(file, 'utf8')))));
  if ((await fs.readFile(stamp, 'utf8').catch(() => '')) === wanted) return 'up to date';
  await prisma(['generate']);
  await fs.writeFile(stamp, wanted);
  return 'generated';
}

/** Brings the database to the newest migration. */
export async function migrate(databaseUrl: string): Promise<string> {
  if (await isMigrated(databaseUrl)) return 'up to date';
  await prisma(['migrate', 'deploy'], databaseUrl);
  return 'migrated';
}

/*
 * Prisma takes the columns that an index carries beside its key (INCLUDE) for key columns, and has no word for them: what
 * it would do about them is no difference.
 */
const INCLUDED = `ALTER TABLE "message" DROP CONSTRAINT "message_pkey",
ADD CONSTRAINT "message_pkey" PRIMARY KEY ("conversation_id", "seq");`;

/** The statements that would make of the migrations what the schema has, or undefined. */
export async function drift(databaseUrl: string): Promise<string | undefined> {
  const folders = ['--from-migrations', 'prisma/migrations', '--to-schema', 'prisma/schema.prisma'];
  const output = await prisma(['migrate', 'diff', ...folders, '--script'], databaseUrl);
  const statements = output.slice(output.search(/^--/m)).replace(INCLUDED, '');
  return /^[A-Z]/m.test(statements) ? statements : undefined;
}

/** Are exactly these migrations, letter by letter, in the database's own record? */
async function isMigrated(databaseUrl: string): Promise<boolean> {
  const client = await connect(databaseUrl);
  try {
    const { rows } = await client.query<{ row: string }>(
      `SELECT migration_name || ' ' || checksum AS row FROM _prisma_migrations
        WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
    );
    const applied = new Set(rows.map(({ row }) => row));
    return (await migrations()).every((row) => applied.has(row));
  } catch (error) {
    const UNDEFINED_TABLE = '42P01';
    if ((error as { code?: string }).code === UNDEFINED_TABLE) return false;
    throw error;
  } finally {
    await client.end();
  }
}

async function connect(databaseUrl: string): Promise<Client> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    return client;
  } catch (error) {
    const { host, pathname } = new URL(databaseUrl);
    throw new OperatorError(
      `The database ${host}${pathname} cannot be used (${reasonOf(error)}): set DATABASE_URL to a PostgreSQL that answers, or leave it empty for an embedded one.`,
    );
  }
}

/** A name with several addresses gives one error an address, and no text of its own. */
const reasonOf = (error: unknown) => {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || 'no reason given';
};

async function migrations(): Promise<string[]> {
  const folder = inRoot('prisma/migrations');
  const entries = await fs.readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.map(async (name) => `${name} ${sha256(await fs.readFile(path.join(folder, name, 'migration.sql'), 'utf8'))}`),
  );
}

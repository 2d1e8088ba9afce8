// Where this machine has RabbitMQ: the folder with RabbitMQ's own `rabbitmq-server` script. Distributions put a
// wrapper in the PATH that insists on the account of the system's service; what we want lies behind it.
import fs from 'node:fs/promises';
import path from 'node:path';

// in this order; a `*` stands for a version
const places = [
  '/usr/lib/rabbitmq/lib/*/sbin',
  '/usr/lib64/rabbitmq/lib/*/sbin',
  '/usr/lib/rabbitmq/sbin',
  '/opt/rabbitmq/sbin',
  '/opt/homebrew/opt/rabbitmq/sbin',
  '/usr/local/opt/rabbitmq/sbin',
  '/home/linuxbrew/.linuxbrew/opt/rabbitmq/sbin',
];

/** `RABBITMQ_HOME` alone counts when it is set; else the PATH, then the usual places. */
export async function findRabbitmq(env: Record<string, string | undefined> = process.env): Promise<string | undefined> {
  const candidates = env.RABBITMQ_HOME
    ? [path.join(env.RABBITMQ_HOME, 'sbin')]
    : [...(await inPath(env.PATH ?? '')), ...(await Promise.all(places.map(expand))).flat()];
  for (const folder of candidates) if (await isOwnScript(folder)) return folder;
  return undefined;
}

/** RabbitMQ's own script reads `rabbitmq-defaults` beside it; a distribution's wrapper has none. */
async function isOwnScript(folder: string): Promise<boolean> {
  const needed = ['rabbitmq-server', 'rabbitmq-env', 'rabbitmq-defaults'].map((name) => path.join(folder, name));
  return (await Promise.all(needed.map(isFile))).every(Boolean);
}

async function inPath(PATH: string): Promise<string[]> {
  const scripts = PATH.split(path.delimiter)
    .filter(Boolean)
    .map((folder) => path.join(folder, 'rabbitmq-server'));
  const real = await Promise.all(scripts.map((script) => fs.realpath(script).catch(() => undefined)));
  return real.filter((script) => script !== undefined).map((script) => path.dirname(script));
}

async function expand(pattern: string): Promise<string[]> {
  const [before, after] = pattern.split('*');
  if (before === undefined || after === undefined) return [pattern];
  const versions = await fs.readdir(before).catch(() => []);
  // the newest first
  const newestFirst = versions.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return newestFirst.map((version) => path.join(before, version, after));
}

const isFile = (file: string) =>
  fs.stat(file).then(
    (entry) => entry.isFile(),
    () => false,
  );

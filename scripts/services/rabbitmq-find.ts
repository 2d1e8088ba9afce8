// Where this machine has RabbitMQ: the folder with RabbitMQ's own `rabbitmq-server` script. Distributions put a
// wrapper in the PATH that insists on the account of the system's service; what we want lies behind it.
import fs from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../../server/errors.ts';
import { install, which } from '../setup/system-packages.ts';
import { hasDocker } from './rabbitmq-docker.ts';

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

/** In the PATH, then in the usual places. */
export async function findRabbitmq(PATH = process.env.PATH ?? '', usual = places): Promise<string | undefined> {
  const candidates = [...(await inPath(PATH)), ...(await Promise.all(usual.map(expand))).flat()];
  for (const folder of candidates) if (await isOwnScript(folder)) return folder;
  return undefined;
}

const ways = {
  home: process.env.RABBITMQ_HOME,
  find: () => findRabbitmq(),
  // a service that was there before is none of our business
  install: async () => install('rabbitmq', (await which('rabbitmq-server')) ? undefined : 'rabbitmq-server'),
  hasDocker,
};

/** The folder of RabbitMQ's scripts, after installing it if need be; undefined: there is only Docker. */
export async function findOrInstall({ home, find, install, hasDocker } = ways): Promise<string | undefined> {
  if (home) {
    const scripts = path.join(home, 'sbin');
    if (await isOwnScript(scripts)) return scripts;
    throw new OperatorError(
      `There is no RabbitMQ in ${home}: set RABBITMQ_HOME to the folder that has sbin/rabbitmq-server.`,
    );
  }
  const found = await find();
  if (found) return found;
  const problem = await install();
  const installed = await find();
  if (installed) return installed;
  if (await hasDocker()) return undefined;
  throw new OperatorError(
    `RabbitMQ is missing, it cannot be installed (${problem ?? 'the package brought none'}) and no Docker engine answers: install it with the system's package manager (Debian and Ubuntu: apt-get install rabbitmq-server; macOS: brew install rabbitmq), or set RABBITMQ_HOME to the folder of an unpacked one, or set AMQP_URL to a RabbitMQ that runs elsewhere, such as amqp://user:password@host:5672.`,
  );
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

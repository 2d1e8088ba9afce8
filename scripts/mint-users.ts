// Users with access tokens, made in bulk: one circle, so that all of them may write to each other.
import fs from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Config, configOfProcess } from '../server/config.ts';
import type { Db } from '../server/db.ts';
import { OperatorError } from '../server/errors.ts';
import { type Keys, openKeys } from '../server/keys.ts';
import { newId } from '../server/lib/id.ts';
import { signAccessToken } from '../server/people/access-token.ts';
import { withDatabase } from './setup/database.ts';
import type { Step } from './setup/step.ts';

const CIRCLE = 'minted';
const CLIENT = 'parley-mint';
const BATCH = 1_000;

export interface MintOptions {
  readonly count: number;
  readonly prefix: string;
  readonly role: string | undefined;
  readonly ttlSeconds: number;
  readonly out: string | undefined;
}

export async function mintUsers(args: string[], step: Step): Promise<void> {
  const config = configOfProcess();
  if (config.NODE_ENV === 'production') {
    throw new OperatorError('Users are not minted where NODE_ENV is "production": their tokens need no password.');
  }
  const options = readOptions(args);
  await withDatabase(config, step, async (db) => {
    const out = options.out === undefined ? process.stdout : (await openOut(options.out)).createWriteStream();
    const keys = await openKeys(config);
    await step('users', async () => {
      const startedAt = Date.now();
      for (let first = 1; first <= options.count; first += BATCH) {
        const last = Math.min(options.count, first + BATCH - 1);
        const usernames = Array.from({ length: last - first + 1 }, (_, i) => `${options.prefix}-${first + i}`);
        const users = await makeUsers(db, usernames, options.role);
        out.write(await linesOf(config, keys, users, options.ttlSeconds));
      }
      return `${options.count}, ${Math.round((options.count * 1000) / (Date.now() - startedAt))} a second`;
    });
    if (out !== process.stdout) await new Promise<void>((resolve) => out.end(resolve));
  });
}

export function readOptions(args: string[]): MintOptions {
  const { values } = parse(args);
  const { prefix } = values;
  if (!/^[a-z0-9][a-z0-9._-]{0,31}$/.test(prefix)) {
    throw new OperatorError(`--prefix "${prefix}" needs lower case letters, digits, ".", "_" or "-", 32 at most.`);
  }
  return {
    count: whole('--count', values.count, 1_000_000),
    prefix,
    role: values.role,
    ttlSeconds: whole('--ttl', values.ttl, 31_536_000),
    out: values.out,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        count: { type: 'string' },
        prefix: { type: 'string', default: 'load' },
        role: { type: 'string' },
        ttl: { type: 'string', default: '3600' },
        out: { type: 'string' },
      },
    });
  } catch (error) {
    const usage = 'mint-users --count N [--prefix load] [--role NAME] [--ttl SECONDS] [--out FILE]';
    throw new OperatorError(`${(error as Error).message}. Usage: ${usage}`);
  }
}

function whole(name: string, given: string | undefined, max: number): number {
  const number = Number(given);
  if (given === undefined || !Number.isInteger(number) || number < 1 || number > max) {
    throw new OperatorError(
      `${name} needs a whole number from 1 to ${max}${given === undefined ? '' : `, not "${given}"`}.`,
    );
  }
  return number;
}

async function openOut(file: string): Promise<fs.FileHandle> {
  try {
    // tokens are secrets
    return await fs.open(file, 'w', 0o600);
  } catch (error) {
    throw new OperatorError(`--out ${file} cannot be written: ${(error as Error).message}`);
  }
}

interface Minted {
  readonly id: string;
  readonly username: string;
}

const deviceOf = (username: string) => `${username}-device`;

/** Makes those that do not exist; takes the others into the circle. Gives all of them in the order asked for. */
async function makeUsers(db: Db, usernames: string[], role: string | undefined): Promise<Minted[]> {
  const roleId = role === undefined ? undefined : await roleNamed(db, role);
  await db.user.createMany({
    data: usernames.map((username) => ({ id: newId(), username, displayName: username, circle: CIRCLE })),
    skipDuplicates: true,
  });
  await db.user.updateMany({
    where: { username: { in: usernames }, OR: [{ circle: null }, { circle: { not: CIRCLE } }] },
    data: { circle: CIRCLE },
  });
  const rows = await db.user.findMany({ where: { username: { in: usernames } }, select: { id: true, username: true } });
  const byName = new Map(rows.map((row) => [row.username, row]));
  const users = usernames.map((username) => byName.get(username)).filter((row) => row !== undefined);
  await db.device.createMany({
    data: users.map(({ id, username }) => ({ userId: id, id: deviceOf(username), name: 'minted' })),
    skipDuplicates: true,
  });
  if (roleId !== undefined) {
    await db.userRole.createMany({ data: users.map(({ id }) => ({ userId: id, roleId })), skipDuplicates: true });
  }
  return users;
}

async function roleNamed(db: Db, name: string): Promise<string> {
  const role = await db.role.findUnique({ where: { name } });
  if (role) return role.id;
  const names = (await db.role.findMany({ select: { name: true } })).map((row) => row.name);
  throw new OperatorError(`There is no role "${name}": --role takes one of ${names.join(', ')}.`);
}

async function linesOf(config: Config, keys: Keys, users: readonly Minted[], ttlSeconds: number): Promise<string> {
  const lines = await Promise.all(
    users.map(async ({ id, username }) => {
      const accessToken = await signAccessToken({ config, keys }, { userId: id, clientId: CLIENT, ttlSeconds });
      return JSON.stringify({ userId: id, username, accessToken, deviceId: deviceOf(username) });
    }),
  );
  return `${lines.join('\n')}\n`;
}

// The secrets this deployment made for itself, under DATA_DIR/keys with mode 600: the keys that sign tokens
// (newest first; the older ones still verify) and those that sign cookies.
import fs from 'node:fs/promises';
import path from 'node:path';
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWK, type JWTVerifyGetKey } from 'jose';
import type { Config } from './config.ts';
import { newId, newSecret } from './lib/id.ts';

export interface Keys {
  /** Private signing keys (RS256), the one in use first. */
  readonly jwks: readonly JWK[];
  /** Verifies what any of them signed: for jose's `jwtVerify`. */
  readonly verifyKey: JWTVerifyGetKey;
  readonly cookieKeys: readonly string[];
}

interface File {
  jwks: JWK[];
  cookieKeys: string[];
}

const fileOf = (config: Pick<Config, 'DATA_DIR'>) => path.join(config.DATA_DIR, 'keys', 'keys.json');

async function newSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: newId() };
}

async function read(file: string): Promise<File | undefined> {
  try {
    return JSON.parse(await fs.readFile(file, 'utf8')) as File;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all: a crash in the middle must not leave half a key. `flag` "wx": never over another's. */
async function write(file: string, content: File, replace: boolean): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${newId()}`;
  await fs.writeFile(temporary, JSON.stringify(content, null, 2), { mode: 0o600, flush: true });
  try {
    if (replace) await fs.rename(temporary, file);
    else await fs.link(temporary, file);
  } catch (error) {
    // two processes started at once: the first one's keys count
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await fs.rm(temporary, { force: true });
  }
}

function publicOf({ kty, n, e, kid, alg, use }: JWK): JWK {
  return { kty, n, e, kid, alg, use };
}

/** Reads the keys, or makes them where there are none. */
export async function openKeys(config: Pick<Config, 'DATA_DIR'>): Promise<Keys> {
  const file = fileOf(config);
  let content = await read(file);
  if (!content) {
    await write(file, { jwks: [await newSigningKey()], cookieKeys: [newSecret()] }, false);
    content = (await read(file)) as File;
  }
  const { jwks, cookieKeys } = content;
  return { jwks, cookieKeys, verifyKey: createLocalJWKSet({ keys: jwks.map(publicOf) }) };
}

/** Puts new keys in front; the last two of the older ones go on verifying. Processes read them at their start. */
export async function rotateKeys(config: Pick<Config, 'DATA_DIR'>): Promise<string> {
  const file = fileOf(config);
  const { jwks, cookieKeys } = (await read(file)) ?? { jwks: [], cookieKeys: [] };
  const fresh = await newSigningKey();
  await write(file, { jwks: [fresh, ...jwks.slice(0, 2)], cookieKeys: [newSecret(), ...cookieKeys.slice(0, 2)] }, true);
  return fresh.kid as string;
}

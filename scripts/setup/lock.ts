// One Parley a data folder: a file that names the process that has it. That of a dead process is taken over.
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../server/config.ts';
import { OperatorError } from '../../server/errors.ts';
import { newId } from '../../server/lib/id.ts';
import { openDataDir } from '../services/data-dir.ts';
import { isOurs } from '../services/process.ts';

// in the command line of every script that takes the lock
const SCRIPT = '.mjs';

/** Takes the lock; gives what gives it back. */
export async function lockDataDir(config: Pick<Config, 'DATA_DIR'>): Promise<() => Promise<void>> {
  await openDataDir(config);
  const file = path.join(config.DATA_DIR, 'lock');
  for (;;) {
    if (await take(file)) return () => fs.rm(file, { force: true });
    const holder = Number(await fs.readFile(file, 'utf8').catch(() => ''));
    if (holder && holder !== process.pid && (await isOurs(holder, SCRIPT))) {
      throw new OperatorError(
        `Another Parley (process ${holder}) uses the folder ${config.DATA_DIR}: stop it, or set DATA_DIR to another folder.`,
      );
    }
    await removeStale(file, holder);
  }
}

/** Whole or not at all: a link to a finished file, so that nobody reads a lock without its holder. */
async function take(file: string): Promise<boolean> {
  const own = `${file}.${newId()}`;
  await fs.writeFile(own, String(process.pid));
  try {
    await fs.link(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await fs.rm(own, { force: true });
  }
}

/** Two may find the same stale lock; the one that comes second must not remove the first one's new lock. */
async function removeStale(file: string, holder: number): Promise<void> {
  const aside = `${file}.${newId()}`;
  try {
    await fs.rename(file, aside);
    if (Number(await fs.readFile(aside, 'utf8')) !== holder) await fs.link(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await fs.rm(aside, { force: true });
  }
}

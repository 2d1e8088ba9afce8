// The folder of all state. Others may pass through it (PostgreSQL of a root-started Parley is another user), not
// list it; what is secret in it has its own mode.
import fs from 'node:fs/promises';
import type { Config } from '../../server/config.ts';
import { OperatorError } from '../../server/errors.ts';

const PASS_THROUGH = 0o001;

export async function openDataDir({ DATA_DIR }: Pick<Config, 'DATA_DIR'>): Promise<void> {
  try {
    await fs.mkdir(DATA_DIR, { recursive: true, mode: 0o711 });
    const { mode } = await fs.stat(DATA_DIR);
    if (process.getuid?.() === 0 && !(mode & PASS_THROUGH)) await fs.chmod(DATA_DIR, mode | PASS_THROUGH);
    await fs.access(DATA_DIR, fs.constants.W_OK);
  } catch (error) {
    throw new OperatorError(`The folder ${DATA_DIR} cannot be written (${(error as Error).message}): set DATA_DIR.`);
  }
}

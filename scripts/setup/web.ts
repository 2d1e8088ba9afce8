// The web client in web/dist, built again only when what it is made from has changed.
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentWithout, run } from '../services/process.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const stamp = path.join(root, 'web/dist/.stamp');

export async function buildWeb(): Promise<string> {
  const wanted = await hashOf(['web', 'server/contract', 'package-lock.json']);
  if ((await fs.readFile(stamp, 'utf8').catch(() => '')) === wanted) return 'up to date';
  // NODE_ENV of a development start would make it build a development client
  const env = environmentWithout(/^NODE_ENV$/);
  const vite = path.join(root, 'node_modules/vite/bin/vite.js');
  const { code, output } = await run(process.execPath, [vite, 'build', 'web', '--logLevel', 'error'], {
    cwd: root,
    env,
  });
  if (code !== 0) throw new Error(`the web client cannot be built: ${output}`);
  await fs.writeFile(stamp, wanted);
  return 'built';
}

/** One hash of the names and contents of these files and folders, what is built left out. */
async function hashOf(names: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await Promise.all(names.map(filesIn))).flat().toSorted()) {
    hash.update(`${path.relative(root, file)}\0`);
    hash.update(await fs.readFile(file));
  }
  return hash.digest('hex');
}

async function filesIn(name: string): Promise<string[]> {
  const place = path.join(root, name);
  if (!(await fs.stat(place)).isDirectory()) return [place];
  const entries = await fs.readdir(place, { recursive: true, withFileTypes: true });
  const built = path.join(root, 'web/dist');
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(built));
}

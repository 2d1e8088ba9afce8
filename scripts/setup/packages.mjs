// The packages of package-lock.json, in node_modules: are they there, and getting them. Plain JavaScript with
// nothing but Node, because this runs before them.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const OLDEST_NODE = [20, 19];

/** What an operator can put right: printed as one sentence. Its name is that of server/errors.ts. */
class OperatorError extends Error {
  name = 'OperatorError';
}

export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  const [needMajor, needMinor] = OLDEST_NODE;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  throw new OperatorError(`Parley needs Node ${OLDEST_NODE.join('.')} or later; this is ${version}.`);
}

/** Compares by content, not by time: git and copies touch files. npm writes its own record at the very end. */
export function isInstalled(lock, record) {
  return Object.entries(lock.packages).every(([path, { version, optional, link }]) => {
    if (path === '' || link) return true;
    const there = record.packages?.[path];
    return there ? there.version === version : optional === true;
  });
}

const json = (name) => JSON.parse(readFileSync(new URL(name, root), 'utf8'));

function isComplete() {
  try {
    return isInstalled(json('package-lock.json'), json('node_modules/.package-lock.json'));
  } catch {
    return false;
  }
}

/** Installs what package-lock.json says where node_modules holds something else. */
export async function installPackages(step) {
  if (isComplete()) return;
  await step('packages (npm ci)', async () => {
    // no install scripts: none is needed, and one of them would download an engine that is never used
    const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const { code, output } = await npm(args);
    if (code !== 0) throw new OperatorError(`"npm ci" failed: ${output.trim() || `exit code ${code}`}`);
  });
}

function npm(args) {
  // npm says where it is to what it runs; started without npm, it is in the PATH
  const script = process.env.npm_execpath;
  const byScript = script?.endsWith('.js') === true;
  const [command, all] = byScript ? [process.execPath, [script, ...args]] : ['npm', args];
  return new Promise((resolve, reject) => {
    const child = spawn(command, all, { cwd: fileURLToPath(root), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', () => reject(new OperatorError('npm is missing: install it, it comes with Node.')));
    child.on('close', (code) => resolve({ code, output }));
  });
}

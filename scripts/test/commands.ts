// What is run to judge the code: one table for `npm run check` and `npm test`.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Command {
  readonly name: string;
  readonly args: readonly string[];
}

const tool = (name: string) => path.join(root, 'node_modules/.bin', name);

/** What needs no test to run. */
export const statics: readonly Command[] = [
  { name: 'types', args: [tool('tsc'), '-p', '.'] },
  { name: 'types of the web client', args: [tool('vue-tsc'), '-p', 'web'] },
  { name: 'lint', args: [tool('oxlint'), '--type-aware'] },
  { name: 'format', args: [tool('biome'), 'format'] },
];

const house = 'server/test/**/*.test.ts';
const beside = ['server', 'scripts', 'web/src', 'prisma'].map((folder) => `${folder}/**/*.test.ts`);

/** Tests that need no services; they lie beside the code. */
export const unitTests = (more: readonly string[] = []): Command => ({
  name: 'unit tests',
  args: mocha(['--timeout', '20000', '--ignore', house, ...present(beside), ...more]),
});

/** Tests of the whole house, with services. */
export const houseTests = (more: readonly string[] = []): Command => ({
  name: 'whole-house tests',
  args: mocha(['--timeout', '60000', house, ...more]),
});

function mocha(args: readonly string[]): string[] {
  const reporter = path.join(root, 'scripts/test/reporter.cjs');
  const leaks = path.join(root, 'server/test/leaks.ts');
  const fixed = ['--no-config', '--forbid-only', '--slow', '2000', '--reporter', reporter, '--require', leaks];
  return [process.execPath, '--import', 'tsx', path.join(root, 'node_modules/mocha/bin/mocha.js'), ...fixed, ...args];
}

/** mocha complains of a pattern that matches nothing. */
function present(patterns: readonly string[]): string[] {
  return patterns.filter((pattern) => {
    const folder = path.join(root, pattern.slice(0, pattern.indexOf('/**')));
    return fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((file) => file.endsWith('.test.ts'));
  });
}

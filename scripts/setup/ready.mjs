// The beginning of every script: a Node that is new enough, the packages, TypeScript. After it TypeScript files
// can be imported. Also the end of one that fails: an operator's mistake is one sentence.
import { installPackages, requireNode } from './packages.mjs';
import { progress } from './progress.mjs';

/** Runs `work`, which gets `step` to show what it does; shows what went wrong. */
export async function ready(work, { out = process.stdout } = {}) {
  const step = progress(out);
  process.env.CHECKPOINT_DISABLE = '1';
  try {
    requireNode();
    await installPackages(step);
    const { register } = await import('tsx/esm/api');
    register();
    await work(step);
  } catch (error) {
    process.stderr.write(`${error.name === 'OperatorError' ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}

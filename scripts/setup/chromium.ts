// The browser of the browser test: found, or installed from the system's packages.
import fs from 'node:fs/promises';
import { OperatorError } from '../../server/errors.ts';
import type { Step } from './step.ts';
import { install, which } from './system-packages.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const macApps = ['Chromium', 'Google Chrome'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);

/** Its path. `CHROMIUM` alone counts when it is set. */
export async function chromium(step: Step): Promise<string> {
  const given = process.env.CHROMIUM;
  if (given) {
    if (await isFile(given)) return given;
    throw new OperatorError(`There is no browser at ${given}: set CHROMIUM to the path of a Chromium or Chrome.`);
  }
  const here = await find();
  if (here) return here;
  const problem = await step('installing Chromium', () => install('chromium'));
  const installed = await find();
  if (installed) return installed;
  throw new OperatorError(
    `The browser test needs Chromium or Chrome, and it cannot be installed (${problem ?? 'the package brought none'}): install one, or set CHROMIUM to its path.`,
  );
}

async function find(): Promise<string | undefined> {
  const inPath = await which(...names);
  if (inPath) return inPath;
  for (const app of macApps) if (await isFile(app)) return app;
  return undefined;
}

const isFile = (file: string) =>
  fs.stat(file).then(
    (entry) => entry.isFile(),
    () => false,
  );

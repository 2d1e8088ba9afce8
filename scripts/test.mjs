// `npm test`: all set-up, on its own ports and in its own data folder, then everything that can fail.
import { ready } from './setup/ready.mjs';

await ready(async (step) => {
  const { test } = await import('./test/all.ts');
  await test(process.argv.slice(2), step);
});

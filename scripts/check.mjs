// `npm run check`: types, lint, format and unit tests, at once and without services.
import { ready } from './setup/ready.mjs';

await ready(async (step) => {
  const { check } = await import('./test/check.ts');
  await check(step);
});

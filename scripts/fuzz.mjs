// `npm run fuzz`: damaged and split frames against the STOMP parser, or with --live against a Parley.
import { ready } from './setup/ready.mjs';

await ready(async (step) => {
  const { fuzz } = await import('./fuzz.ts');
  await fuzz(process.argv.slice(2), step);
});

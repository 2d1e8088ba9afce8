// `npm run ledger`: a group of a hundred whose members and devices come and go under load; a ledger proves that nobody
// missed what was hers, and nobody saw what was not.
import { ready } from './setup/ready.mjs';

await ready(async (step) => {
  const { main } = await import('./ledger.ts');
  await main(process.argv.slice(2), step);
});

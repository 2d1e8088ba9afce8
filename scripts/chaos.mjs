// `npm run chaos`: people chat while processes are killed and frozen, networks break and the broker runs full; from
// its own ledger it proves that nothing receipted was lost.
import { ready } from './setup/ready.mjs';

await ready(async (step) => {
  const { chaos } = await import('./chaos/chaos.ts');
  await chaos(process.argv.slice(2), step);
});

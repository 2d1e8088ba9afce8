// `npm run rotate-keys`: new signing and cookie keys; what the last two signed is still accepted.
import { ready } from './setup/ready.mjs';

await ready(async () => {
  const { configOfProcess } = await import('../server/config.ts');
  const { rotateKeys } = await import('../server/keys.ts');
  const kid = await rotateKeys(configOfProcess());
  console.log(`New keys are in front (signing key ${kid}). A running Parley uses them after its next start.`);
});

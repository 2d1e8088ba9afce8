// `npm run --silent mint-users -- --count N`: users with tokens, for development and load tests. stdout is for
// their JSON lines alone.
import { ready } from './setup/ready.mjs';

await ready(
  async (step) => {
    const { mintUsers } = await import('./mint-users.ts');
    await mintUsers(process.argv.slice(2), step);
  },
  { out: process.stderr },
);

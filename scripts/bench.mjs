// `npm run bench [-- SCENARIO…]`: Parley beside RabbitMQ's own web-stomp plugin, a table on stdout.
import { ready } from './setup/ready.mjs';

await ready(
  async (step) => {
    const { bench } = await import('./bench/bench.ts');
    await bench(process.argv.slice(2), step);
  },
  { out: process.stderr },
);

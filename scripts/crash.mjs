// `npm run crash`: chats while Parley and RabbitMQ are killed, and proves from its own ledger that nothing was lost.
import { ready } from './setup/ready.mjs';

await ready(async (step) => {
  const { crash } = await import('./crash/crash.ts');
  await crash(process.argv.slice(2), step);
});

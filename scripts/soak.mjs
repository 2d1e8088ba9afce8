// `npm run soak`: stompjs clients for an hour, with heart-beats, receipts and cuts: nothing is lost, nothing leaks.
import { ready } from './setup/ready.mjs';

await ready(async (step) => {
  const { main } = await import('./soak.ts');
  await main(process.argv.slice(2), step);
});

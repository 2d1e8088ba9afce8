// `npm start`: all set-up, then Parley, until Ctrl-C.
import { ready } from './setup/ready.mjs';

await ready(async (step) => {
  const { start } = await import('./start.ts');
  await start(step);
});

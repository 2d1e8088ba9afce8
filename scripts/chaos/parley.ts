// In the child process of a fire test: Parley with the roles of its environment. It says when it is ready, and stops
// on SIGTERM or when its parent is gone.
import { configOfProcess } from '../../server/config.ts';
import { main } from '../../server/main.ts';

const running = await main(configOfProcess());
let stopping = false;

function stop(): void {
  if (stopping) return;
  stopping = true;
  void running.stop().finally(() => process.exit(0));
}

process.once('SIGTERM', stop);
process.once('disconnect', stop);
process.send?.('ready');

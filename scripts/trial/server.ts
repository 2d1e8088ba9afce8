// In the child process of a trial: Parley, and what it holds at a moment. It stops when its parent hangs up.
import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { configOfProcess } from '../../server/config.ts';
import { main, type Running } from '../../server/main.ts';
import { serve } from '../bench/child.ts';

export interface Holdings {
  readonly rssBytes: number;
  /** After a garbage collection: what is really held. */
  readonly heapBytes: number;
  /** Connections that clients have to the gateway's port. */
  readonly sockets: number;
  readonly timers: number;
}

const config = configOfProcess();
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
let running: Running | undefined;

function holdings(): Holdings {
  collect();
  const { rss, heapUsed } = process.memoryUsage();
  // undocumented, but only here one sees whose sockets they are; to the database and the broker some come and go
  const handles = (process as unknown as { _getActiveHandles(): Socket[] })._getActiveHandles();
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    sockets: handles.filter(({ localPort }) => localPort === config.PORT).length,
    timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
  };
}

serve(
  {
    async start() {
      running = await main(config);
    },
    holdings,
  },
  () => running?.stop(),
);

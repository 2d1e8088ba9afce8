// A process that runs Parley, all roles, with the settings of its environment, as `npm start` would.
import fs from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { configOfProcess } from '../../server/config.ts';
import { main } from '../../server/main.ts';
import { serve } from './child.ts';
import { INTERVAL_MICROS } from './profile.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const running = await main(configOfProcess());
const inspector = new Session();

serve(
  {
    ready: () => true,
    /** Bytes in use after a garbage collection, whatever the process has of the system. */
    inUse() {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    },
    async beginProfile() {
      inspector.connect();
      await inspector.post('Profiler.enable');
      await inspector.post('Profiler.setSamplingInterval', { interval: INTERVAL_MICROS });
      await inspector.post('Profiler.start');
    },
    async endProfile(file: string) {
      const { profile } = await inspector.post('Profiler.stop');
      inspector.disconnect();
      await fs.writeFile(file, JSON.stringify(profile));
    },
  },
  () => running.stop(),
);

// Parley: config → context → roles → wait → release.
import type { Config } from './config.ts';
import { openContext } from './context.ts';
import { type Clock, systemClock } from './lib/clock.ts';
import { Releasers } from './lib/releasers.ts';
import { serveMetrics } from './metrics.ts';
import { startRoles } from './roles.ts';

export interface Running {
  /** Nothing new is taken, what is under way is finished, everything opened is closed. */
  stop(): Promise<void>;
  /** For whoever started it. */
  readonly lines: string[];
}

/** Starts the roles that `config` names. What fails to start leaves nothing open. */
export async function main(config: Config, clock: Clock = systemClock): Promise<Running> {
  const releasers = new Releasers();
  try {
    const context = await openContext(config, releasers, clock);
    if (config.METRICS_PORT) releasers.push('metrics', await serveMetrics(config.METRICS_PORT));
    const lines = await startRoles(context, releasers);
    return {
      lines,
      stop: () => releasers.release((name, error) => context.log.error({ err: error, name }, 'did not stop')),
    };
  } catch (error) {
    await releasers.release();
    throw error;
  }
}

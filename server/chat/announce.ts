// Tells what REST has changed: people's devices by events, the other processes by changes. The database is the
// truth and is committed already: where the broker does not take them, the answer is still yes; the devices see it
// in their next list, and the processes forget by time.
import type { Change } from '../broker/changes.ts';
import type { Context } from '../context.ts';
import type { Event } from '../contract/events.ts';
import { sleep } from '../lib/backoff.ts';

const PATIENCE_MS = 5000;

interface Announcement {
  readonly events: readonly { readonly to: readonly string[]; readonly event: Event }[];
  readonly changes?: readonly Change[];
}

export function announce(context: Pick<Context, 'broker' | 'log'>, announcement: Announcement): Promise<void> {
  const { broker } = context;
  const { events, changes = [] } = announcement;
  return patiently(context, events.map(({ event }) => event.type).join(', '), async () => {
    await broker.publishEvents(events);
    await Promise.all(changes.map((change) => broker.changes.publish(change)));
  });
}

/** Waits for `tell`, not for ever: who asked for the change gets the answer, and the telling goes on by itself. */
export async function patiently({ log }: Pick<Context, 'log'>, what: string, tell: () => Promise<void>): Promise<void> {
  const done = new AbortController();
  const late = sleep(PATIENCE_MS, done.signal).then(() => {
    if (!done.signal.aborted) throw new Error(`no confirm in ${PATIENCE_MS} ms`);
  });
  try {
    await Promise.race([tell(), late]);
  } catch (error) {
    log.warn({ err: error, what }, 'a committed change is not announced yet');
  } finally {
    done.abort();
  }
}

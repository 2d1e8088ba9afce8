// Tells people's devices what REST has changed. The database is the truth and is committed already: where the
// broker does not take the event, the answer is still yes, and the devices see the change in their next list.
import type { Context } from '../context.ts';
import type { Event } from '../contract/events.ts';
import { sleep } from '../lib/backoff.ts';

const PATIENCE_MS = 5000;

export async function announce(
  { broker, log }: Pick<Context, 'broker' | 'log'>,
  entries: readonly { readonly to: readonly string[]; readonly event: Event }[],
): Promise<void> {
  const done = new AbortController();
  const late = sleep(PATIENCE_MS, done.signal).then(() => {
    if (!done.signal.aborted) throw new Error(`no confirm in ${PATIENCE_MS} ms`);
  });
  try {
    await Promise.race([broker.publishEvents(entries), late]);
  } catch (error) {
    log.warn({ err: error, events: entries.map(({ event }) => event.type) }, 'events of a committed change not sent');
  } finally {
    done.abort();
  }
}

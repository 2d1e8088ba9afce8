// Goes on with accounts that are being erased, those of a process that died too, until nothing of them is left to do.
// Two workers at one account do no harm: every step may be done twice.
import { eraseAccount } from '../chat/erasure.ts';
import type { Context } from '../context.ts';
import { sleep } from '../lib/backoff.ts';

const EVERY_MS = 1000;
const AT_ONCE = 20;

type Rooms = Parameters<typeof eraseAccount>[0];

async function pass(rooms: Rooms, signal: AbortSignal): Promise<void> {
  const due = await rooms.db.erasure.findMany({ orderBy: { askedAt: 'asc' }, take: AT_ONCE });
  for (const { userId } of due) {
    if (signal.aborted) return;
    try {
      if (await eraseAccount(rooms, userId)) rooms.log.info({ userId }, 'an account was erased');
    } catch (error) {
      rooms.log.warn({ error: (error as Error).message, userId }, 'an account is not erased yet, trying again');
    }
  }
}

/** Looks for them every second, until the returned function is called. */
export function startErasures(context: Context): () => Promise<void> {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await pass(context, stopping.signal).catch((error: Error) =>
        context.log.warn({ error: error.message }, 'accounts to erase could not be read, trying again'),
      );
      await sleep(EVERY_MS, stopping.signal);
    }
  })();
  return () => {
    stopping.abort();
    return running;
  };
}

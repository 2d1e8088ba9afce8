// The markers on their way through a worker: those that come within MARKER_GATHER_MS are moved in one statement and
// told together. Ticks may be that late; a statement a batch of messages would cost more than the messages.
import type { MailboxEntry, MarkerEnvelope } from '../broker/wire.ts';
import type { Context } from '../context.ts';
import { directMembers } from '../contract/conversation-id.ts';
import type { MarkerEvent } from '../contract/events.ts';
import { eventJson } from '../broker/wire.ts';
import { backoffMs, sleep } from '../lib/backoff.ts';
import { Batcher } from '../lib/batcher.ts';
import { newId } from '../lib/id.ts';
import { metrics } from '../metrics.ts';
import { isRefused } from './database-errors.ts';
import { moveMarkers, type MovedMarker } from './move-markers.ts';

const RETRY = { firstMs: 50, maxMs: 2000 };

interface Waiting {
  readonly envelopes: readonly MarkerEnvelope[];
  /** they were delivered before; whether what came of them was told nobody knows */
  readonly again: boolean;
  readonly told: () => void;
}

export class MarkerMoves {
  readonly #context: Context;
  readonly #batcher: Batcher<Waiting>;
  readonly #stopping = new AbortController();

  constructor(context: Context) {
    this.#context = context;
    this.#batcher = new Batcher<Waiting>({
      outstanding: 1,
      maxEntries: context.config.BATCH_MESSAGES,
      maxBytes: Number.POSITIVE_INFINITY,
      flush: (batch) => this.#flush(batch),
    });
  }

  /** Resolves when the broker has what came of them. */
  move(envelopes: readonly MarkerEnvelope[], again: boolean): Promise<void> {
    return new Promise((told) => this.#batcher.add({ envelopes, again, told }));
  }

  /** Finishes what is under way; what is not told then comes again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#batcher.idle();
  }

  async #flush(batch: readonly Waiting[]): Promise<void> {
    const { signal } = this.#stopping;
    const moved = await this.#move(
      batch.flatMap(({ envelopes }) => envelopes),
      batch.some(({ again }) => again),
    );
    if (!moved) return;
    void this.#context.broker.mailboxes.publish(moved.flatMap(toEntries)).then(() => {
      for (const { told } of batch) told();
    });
    // what comes meanwhile is the next batch
    await sleep(this.#context.config.MARKER_GATHER_MS, signal);
  }

  /** Until the database does it; undefined: given up. */
  async #move(envelopes: readonly MarkerEnvelope[], again: boolean): Promise<MovedMarker[] | undefined> {
    const { db, log, config } = this.#context;
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      try {
        return await moveMarkers(db, envelopes, again);
      } catch (error) {
        const { message } = error as Error;
        if (isRefused(error) && attempt >= config.WORKER_TRIES) {
          metrics.deadLetters.inc({ from: 'worker' });
          log.error({ error: message }, 'markers cannot be moved and were dead-lettered');
          await this.#context.broker.deadLetter(Buffer.from(JSON.stringify(envelopes)), message);
          return [];
        }
        log.warn({ error: message, attempt }, 'markers were not moved, trying again');
        await sleep(backoffMs(RETRY, attempt), this.#stopping.signal);
      }
    }
    return undefined;
  }
}

/**
 * Who is told: that she has got messages, who wrote them; that she has read, her own other devices too. The other
 * members of a group see no ticks at what they did not write. How far she has read is told when that has changed.
 */
function toEntries(moved: MovedMarker): MailboxEntry[] {
  const { conversation, user, delivered, read, wasRead, readHidden, senders } = moved;
  const others = new Set(directMembers(conversation) ?? senders);
  others.delete(user);
  const about = { type: 'marker', conversation, user, delivered } as const;
  const entry = (to: readonly string[], event: MarkerEvent): MailboxEntry[] =>
    to.length === 0 ? [] : [{ to, key: newId(), event: eventJson(event) }];
  if (read <= wasRead) return entry([...others], about);
  if (!readHidden) return entry([...others, user], { ...about, read });
  return [...entry([...others], about), ...entry([user], { ...about, read })];
}

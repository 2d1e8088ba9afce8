// The work of a worker: takes all that has arrived from its inbound shards, stores it as one batch, hands the broker
// what came of it, and acknowledges when the broker has that. One batch is stored at a time, so a conversation keeps
// its order; what arrives meanwhile is the next, whatever its shard: few large statements beat many small ones.
import type { Delivery } from '../broker/consumer.ts';
import { decodeInbound, type MarkerEnvelope } from '../broker/wire.ts';
import type { Context } from '../context.ts';
import { backoffMs, sleep } from '../lib/backoff.ts';
import { metrics } from '../metrics.ts';
import { isRefused } from './database-errors.ts';
import { type GroupEntry, processGroupChange } from './group-changes.ts';
import { MarkerMoves } from './marker-moves.ts';
import { type ActionEntry, applyActions } from './message-actions.ts';
import { type MessageEntry, newKnown, processBatch } from './process-batch.ts';

const RETRY = { firstMs: 50, maxMs: 2000 };

/** Does what a batch says; resolves when it is stored, with what the broker has when all of it is told. */
type Work<T> = (entries: readonly T[], attempt: number) => Promise<{ readonly told: Promise<void> }>;

export class InboundWork {
  readonly #context: Context;
  readonly #onStored: (conversations: Iterable<string>) => void;
  readonly #known = newKnown();
  readonly #markers: MarkerMoves;
  readonly #stopping = new AbortController();
  readonly #untold = new Set<Promise<unknown>>();
  #waiting: Delivery[] = [];
  #running: Promise<void> | undefined;

  /** `onStored` is told which conversations have new messages. */
  constructor(context: Context, onStored: (conversations: Iterable<string>) => void) {
    this.#context = context;
    this.#onStored = onStored;
    this.#markers = new MarkerMoves(context);
  }

  /** Hands in what the broker delivered. */
  take(delivery: Delivery): void {
    this.#waiting.push(delivery);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** A shard's deliveries are no longer ours: the broker delivers them again. */
  lost(): void {
    this.#waiting = this.#waiting.filter(({ valid }) => valid);
  }

  /** Finishes the batch that is under way, and waits for the broker to take what came of those before. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#waiting = [];
    await this.#running;
    await this.#markers.stop();
    await Promise.all(this.#untold);
  }

  async #run(): Promise<void> {
    // what the same turn of the event loop delivers belongs to the same batch
    await new Promise(setImmediate);
    while (this.#waiting.length > 0 && !this.#stopping.signal.aborted) {
      const deliveries = this.#take();
      const told = await this.#process(deliveries);
      // given up: the broker keeps them
      if (told) this.#settle(deliveries, told);
    }
  }

  /** What has arrived, up to WORKER_BATCH_BYTES. */
  #take(): Delivery[] {
    let bytes = 0;
    let count = 0;
    for (const { body } of this.#waiting) {
      bytes += body.length;
      if (count > 0 && bytes > this.#context.config.WORKER_BATCH_BYTES) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  #settle(deliveries: readonly Delivery[], told: readonly Promise<void>[]): void {
    const settled = Promise.all(told).then(() => {
      this.#untold.delete(settled);
      for (const delivery of deliveries) delivery.ack();
    });
    this.#untold.add(settled);
  }

  /** Gives what must be over before the deliveries are acknowledged; undefined: given up. */
  async #process(deliveries: readonly Delivery[]): Promise<Promise<void>[] | undefined> {
    const messages: MessageEntry[] = [];
    const actions: ActionEntry[] = [];
    const markers: MarkerEnvelope[] = [];
    const told: Promise<void>[] = [];
    const again = deliveries.some(({ redelivered }) => redelivered);
    const store = async <T extends { readonly line: string }>(entries: T[], work: Work<T>): Promise<boolean> => {
      if (entries.length === 0) return true;
      const stored = await this.#store(entries.splice(0), work);
      told.push(...(stored ?? []));
      return stored !== undefined;
    };
    const storeSoFar = async () =>
      (await store(messages, (some) => this.#processMessages(some))) &&
      (await store(actions, (some, attempt) => this.#act(some, again || attempt > 0)));
    for (const { body } of deliveries) {
      for (const entry of decodeInbound(body, (line, reason) => told.push(this.#deadLetter(line, reason)))) {
        if (entry.kind === 'message') messages.push(entry);
        else if (entry.kind === 'action') actions.push(entry);
        else if (entry.kind === 'marker') markers.push(entry.envelope);
        // what came before it goes to who was a member then
        else if (!(await storeSoFar()) || !(await store([entry], (some) => this.#changeGroup(some)))) return undefined;
      }
    }
    if (!(await storeSoFar())) return undefined;
    if (markers.length > 0) told.push(this.#markers.move(markers, again));
    return told;
  }

  async #processMessages(messages: readonly MessageEntry[]): Promise<{ readonly told: Promise<void> }> {
    const stored = await processBatch(this.#context, this.#known, messages);
    this.#onStored(messages.map(({ envelope }) => envelope.conversation));
    return stored;
  }

  async #changeGroup([entry]: readonly GroupEntry[]): Promise<{ readonly told: Promise<void> }> {
    return processGroupChange(this.#context, (entry as GroupEntry).envelope);
  }

  async #act(actions: readonly ActionEntry[], again: boolean): Promise<{ readonly told: Promise<void> }> {
    const { db, broker } = this.#context;
    return { told: broker.mailboxes.publish(await applyActions(db, actions, again)) };
  }

  /** Until the database does it; undefined: given up. */
  async #store<T extends { readonly line: string }>(
    entries: readonly T[],
    work: Work<T>,
  ): Promise<Promise<void>[] | undefined> {
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      try {
        return [(await work(entries, attempt)).told];
      } catch (error) {
        if (isRefused(error) && attempt >= this.#context.config.WORKER_TRIES) return this.#oneByOne(entries, work);
        this.#context.log.warn({ error: (error as Error).message, attempt }, 'a batch was not stored, trying again');
        await sleep(backoffMs(RETRY, attempt), this.#stopping.signal);
      }
    }
    return undefined;
  }

  /** Something in the batch is refused by the database: each entry for itself, and what is refused again put aside. */
  async #oneByOne<T extends { readonly line: string }>(
    entries: readonly T[],
    work: Work<T>,
  ): Promise<Promise<void>[] | undefined> {
    const told: Promise<void>[] = [];
    for (const entry of entries) {
      for (let attempt = this.#context.config.WORKER_TRIES; ; attempt++) {
        if (this.#stopping.signal.aborted) return undefined;
        try {
          told.push((await work([entry], attempt)).told);
          break;
        } catch (error) {
          if (isRefused(error)) {
            told.push(this.#deadLetter(Buffer.from(entry.line), (error as Error).message));
            break;
          }
          await sleep(backoffMs(RETRY, attempt), this.#stopping.signal);
        }
      }
    }
    return told;
  }

  async #deadLetter(body: Buffer, reason: string): Promise<void> {
    metrics.deadLetters.inc({ from: 'worker' });
    this.#context.log.error({ reason }, 'a message cannot be processed and was dead-lettered');
    await this.#context.broker.deadLetter(body, reason);
  }
}

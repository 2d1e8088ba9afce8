// One inbound shard: takes all that has arrived, processes it as one batch, publishes what came of it, and only
// then acknowledges. One batch at a time, so a conversation keeps its order; what arrives meanwhile is the next.
import type { Delivery } from '../broker/consumer.ts';
import { decodeInbound, type InboundEntry } from '../broker/wire.ts';
import type { Context } from '../context.ts';
import { backoffMs, sleep } from '../lib/backoff.ts';
import { metrics } from '../metrics.ts';
import { isRefused } from './database-errors.ts';
import { newKnown, processBatch } from './process-batch.ts';

const RETRY = { firstMs: 50, maxMs: 2000 };

export class InboundShard {
  readonly #context: Context;
  readonly #known = newKnown();
  readonly #stopping = new AbortController();
  #waiting: Delivery[] = [];
  #running: Promise<void> | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Hands in what the broker delivered. */
  take(delivery: Delivery): void {
    this.#waiting.push(delivery);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** What was delivered is no longer ours: the broker delivers it again. */
  lost(): void {
    this.#waiting = [];
  }

  /** Finishes the batch that is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#waiting = [];
    await this.#running;
  }

  async #run(): Promise<void> {
    // what the same turn of the event loop delivers belongs to the same batch
    await new Promise(setImmediate);
    while (this.#waiting.length > 0 && !this.#stopping.signal.aborted) {
      const deliveries = this.#take();
      if (await this.#process(deliveries)) for (const delivery of deliveries) delivery.ack();
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

  /** True when nothing of the deliveries is left to do; false: given up, the broker keeps them. */
  async #process(deliveries: Delivery[]): Promise<boolean> {
    const entries = deliveries.flatMap((delivery) =>
      decodeInbound(delivery.body, (line, reason) => void this.#deadLetter(line, reason)),
    );
    const again = deliveries.some((delivery) => delivery.redelivered);
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      try {
        await processBatch(this.#context, this.#known, entries, again);
        return true;
      } catch (error) {
        if (isRefused(error) && attempt >= this.#context.config.WORKER_TRIES) {
          return this.#oneByOne(entries, again);
        }
        this.#context.log.warn({ error: (error as Error).message, attempt }, 'a batch was not stored, trying again');
        await sleep(backoffMs(RETRY, attempt), this.#stopping.signal);
      }
    }
    return false;
  }

  /** Something in the batch is refused by the database: each entry for itself, and what is refused again put aside. */
  async #oneByOne(entries: InboundEntry[], again: boolean): Promise<boolean> {
    for (const entry of entries) {
      for (let attempt = 0; ; attempt++) {
        if (this.#stopping.signal.aborted) return false;
        try {
          await processBatch(this.#context, this.#known, [entry], again);
          break;
        } catch (error) {
          if (isRefused(error)) {
            await this.#deadLetter(Buffer.from(JSON.stringify(entry.envelope)), (error as Error).message);
            break;
          }
          await sleep(backoffMs(RETRY, attempt), this.#stopping.signal);
        }
      }
    }
    return true;
  }

  async #deadLetter(body: Buffer, reason: string): Promise<void> {
    metrics.deadLetters.inc({ from: 'worker' });
    this.#context.log.error({ reason }, 'a message cannot be processed and was dead-lettered');
    await this.#context.broker.deadLetter(body, reason);
  }
}

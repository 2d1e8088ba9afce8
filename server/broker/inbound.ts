// The inbound shards, seen from who sends: entries of one shard that come while a batch is out leave together in
// the next. Knows no session: who hands in an entry is called back with the broker's confirm.
import type { Config } from '../config.ts';
import { Batcher } from '../lib/batcher.ts';
import type { Publisher } from './publisher.ts';
import { inboundQueue, shardOf } from './topology.ts';

// two: while one is written to disk the next is on its way
const BATCHES_OUT = 2;

interface Entry {
  readonly line: Buffer;
  readonly confirmed: () => void;
}

/** An encoded line of a conversation. */
export interface InboundLine extends Entry {
  readonly conversation: string;
}

/** Lines that room was taken for: exactly one of the two is called, once. */
export interface Held {
  readonly send: () => void;
  readonly drop: () => void;
}

export class Inbound {
  readonly #shards: Batcher<Entry>[];
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(
    publisher: Publisher,
    config: Pick<Config, 'SHARDS_INBOUND' | 'BATCH_MESSAGES' | 'BATCH_BYTES' | 'INBOUND_BUFFER_BYTES'>,
  ) {
    this.#maxBytes = config.INBOUND_BUFFER_BYTES;
    this.#shards = Array.from(
      { length: config.SHARDS_INBOUND },
      (_, shard) =>
        new Batcher<Entry>({
          outstanding: BATCHES_OUT,
          maxEntries: config.BATCH_MESSAGES,
          maxBytes: config.BATCH_BYTES,
          size: (entry) => entry.line.length,
          flush: (batch) => this.#flush(publisher, inboundQueue(shard), batch),
        }),
    );
  }

  /** Takes an encoded line of a conversation; false when the buffer is full: nothing was taken. */
  offer(conversation: string, line: Buffer, confirmed: () => void): boolean {
    if (this.#bytes + line.length > this.#maxBytes) return false;
    this.#bytes += line.length;
    this.#shards[shardOf(conversation, this.#shards.length)]?.add({ line, confirmed });
    return true;
  }

  /** Takes room for all of these lines, or for none of them (undefined). They are sent later, if at all. */
  hold(lines: readonly InboundLine[]): Held | undefined {
    const bytes = lines.reduce((sum, { line }) => sum + line.length, 0);
    if (this.#bytes + bytes > this.#maxBytes) return undefined;
    this.#bytes += bytes;
    const drop = () => {
      this.#bytes -= bytes;
    };
    const send = () => {
      drop();
      for (const { conversation, line, confirmed } of lines) this.offer(conversation, line, confirmed);
    };
    return { send, drop };
  }

  /** Resolves when everything taken is confirmed. */
  async idle(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.idle()));
  }

  async #flush(publisher: Publisher, queue: string, batch: Entry[]): Promise<void> {
    const body = batch.length === 1 ? (batch[0] as Entry).line : Buffer.concat(batch.map((entry) => entry.line));
    await publisher.publish({ exchange: '', routingKey: queue, body, options: {} });
    this.#bytes -= body.length;
    for (const entry of batch) entry.confirmed();
  }
}

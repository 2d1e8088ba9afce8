// The inbound shards, seen from who sends: lines of one shard that come while a batch is out leave together in the
// next, everyone's in turn. While too much waits for the workers none leave; what waits here then is bounded. Knows no
// session: who hands in a line is called back with the broker's confirm.
import type { Config } from '../config.ts';
import { Batcher } from '../lib/batcher.ts';
import type { Connection } from './connection.ts';
import type { Publisher } from './publisher.ts';
import { QueueDepths } from './queue-depths.ts';
import { inboundQueue, shardOf } from './topology.ts';

// two: while one is written to disk the next is on its way
const BATCHES_OUT = 2;

/** An encoded line of a conversation. */
export interface InboundLine {
  readonly conversation: string;
  /** a user: in whose turn it leaves */
  readonly sender: string;
  readonly line: Buffer;
  readonly confirmed: () => void;
}

/** Lines that room was taken for: exactly one of the two is called, once. */
export interface Held {
  readonly send: () => void;
  readonly drop: () => void;
}

type InboundConfig = Pick<
  Config,
  'SHARDS_INBOUND' | 'BATCH_MESSAGES' | 'BATCH_BYTES' | 'INBOUND_BUFFER_BYTES' | 'INBOUND_QUEUE_BATCHES'
>;

export class Inbound {
  readonly #shards: Batcher<InboundLine>[];
  readonly #maxBytes: number;
  readonly #depths: QueueDepths;
  #bytes = 0;

  static async open(connection: Connection, publisher: Publisher, config: InboundConfig): Promise<Inbound> {
    const queues = Array.from({ length: config.SHARDS_INBOUND }, (_, shard) => inboundQueue(shard));
    let inbound: Inbound | undefined;
    const depths = await QueueDepths.open(connection, queues, () => inbound?.resume());
    return (inbound = new Inbound(publisher, queues, depths, config));
  }

  private constructor(publisher: Publisher, queues: readonly string[], depths: QueueDepths, config: InboundConfig) {
    this.#maxBytes = config.INBOUND_BUFFER_BYTES;
    this.#depths = depths;
    this.#shards = queues.map(
      (queue) =>
        new Batcher<InboundLine>({
          outstanding: BATCHES_OUT,
          maxEntries: config.BATCH_MESSAGES,
          maxBytes: config.BATCH_BYTES,
          size: ({ line }) => line.length,
          lane: ({ sender }) => sender,
          ready: () => depths.of(queue) < config.INBOUND_QUEUE_BATCHES,
          flush: (batch) => this.#flush(publisher, queue, batch),
        }),
    );
  }

  /** False when the buffer is full: the line was not taken. */
  offer(line: InboundLine): boolean {
    if (this.#bytes + line.line.length > this.#maxBytes) return false;
    this.#bytes += line.line.length;
    this.#shards[shardOf(line.conversation, this.#shards.length)]?.add(line);
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
      for (const line of lines) this.offer(line);
    };
    return { send, drop };
  }

  /** The workers have caught up, perhaps. */
  resume(): void {
    for (const shard of this.#shards) shard.resume();
  }

  close(): void {
    this.#depths.close();
  }

  /** Resolves when everything taken is confirmed. */
  async idle(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.idle()));
  }

  async #flush(publisher: Publisher, queue: string, batch: InboundLine[]): Promise<void> {
    const body = batch.length === 1 ? (batch[0] as InboundLine).line : Buffer.concat(batch.map((entry) => entry.line));
    await publisher.publish({ exchange: '', routingKey: queue, body, options: {} });
    this.#bytes -= body.length;
    for (const entry of batch) entry.confirmed();
  }
}

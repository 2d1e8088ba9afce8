// The mailbox shards, seen from who has events for people: one entry a shard, however many of its people it is for.
import type { Config } from '../config.ts';
import { Batcher } from '../lib/batcher.ts';
import type { Publisher } from './publisher.ts';
import { mailboxQueue, shardOf } from './topology.ts';
import { encodeMailbox, type MailboxEntry } from './wire.ts';

// while one is written to disk the next are on their way; the broker keeps their order
const BATCHES_OUT = 4;

interface Entry {
  readonly bytes: Buffer;
  readonly confirmed: () => void;
}

export class Mailboxes {
  readonly #shards: Batcher<Entry>[];

  constructor(publisher: Publisher, config: Pick<Config, 'SHARDS_MAILBOX' | 'BATCH_MESSAGES' | 'BATCH_BYTES'>) {
    this.#shards = Array.from(
      { length: config.SHARDS_MAILBOX },
      (_, shard) =>
        new Batcher<Entry>({
          outstanding: BATCHES_OUT,
          maxEntries: config.BATCH_MESSAGES,
          maxBytes: config.BATCH_BYTES,
          size: (entry) => entry.bytes.length,
          flush: async (batch) => {
            const body = Buffer.concat(batch.map((entry) => entry.bytes));
            await publisher.publish({ exchange: '', routingKey: mailboxQueue(shard), body, options: {} });
            for (const entry of batch) entry.confirmed();
          },
        }),
    );
  }

  /** Bytes that wait while the broker is busy, or away. */
  get waitingBytes(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.waitingBytes, 0);
  }

  /** Resolves when the broker has confirmed every entry in every shard. */
  publish(entries: readonly MailboxEntry[]): Promise<void> {
    return new Promise((resolve) => {
      let open = 1;
      const confirmed = () => {
        open -= 1;
        if (open === 0) resolve();
      };
      for (const { to, key, message, expires, event } of entries) {
        for (const [shard, recipients] of this.#byShard(to)) {
          open += 1;
          this.#shards[shard]?.add({
            bytes: encodeMailbox({ to: recipients, key, message, expires }, event),
            confirmed,
          });
        }
      }
      confirmed();
    });
  }

  #byShard(users: readonly string[]): Map<number, string[]> {
    const shards = new Map<number, string[]>();
    for (const user of users) {
      const shard = shardOf(user, this.#shards.length);
      const already = shards.get(shard);
      if (already) already.push(user);
      else shards.set(shard, [user]);
    }
    return shards;
  }
}

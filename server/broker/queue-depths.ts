// How much waits in some queues, asked now and then: by it goes who must not fill a queue faster than it is emptied.
// While the broker does not answer, what it said last stands.
import type { Channel } from 'amqplib';
import { sleep } from '../lib/backoff.ts';
import type { Connection } from './connection.ts';

const EVERY_MS = 250;

export class QueueDepths {
  readonly #queues: readonly string[];
  readonly #depths = new Map<string, number>();
  readonly #closing = new AbortController();
  readonly #changed: () => void;
  #channel: Channel | undefined;

  private constructor(queues: readonly string[], changed: () => void) {
    this.#queues = queues;
    this.#changed = changed;
  }

  /** `changed` is called after each answer. */
  static async open(connection: Connection, queues: readonly string[], changed: () => void): Promise<QueueDepths> {
    const depths = new QueueDepths(queues, changed);
    await connection.keepChannel(
      (channel) => {
        depths.#channel = channel;
      },
      () => {
        depths.#channel = undefined;
      },
    );
    void depths.#keepAsking();
    return depths;
  }

  /** AMQP messages that wait and are out with nobody. */
  of(queue: string): number {
    return this.#depths.get(queue) ?? 0;
  }

  close(): void {
    this.#closing.abort();
  }

  async #keepAsking(): Promise<void> {
    for (; !this.#closing.signal.aborted; await sleep(EVERY_MS, this.#closing.signal)) {
      await this.#ask().catch(() => {});
    }
  }

  async #ask(): Promise<void> {
    const channel = this.#channel;
    if (!channel) return;
    // rejects when the channel closes
    const answers = await Promise.all(this.#queues.map((queue) => channel.checkQueue(queue)));
    for (const { queue, messageCount } of answers) this.#depths.set(queue, messageCount);
    this.#changed();
  }
}

// The broker's durable queues, from the side: made for web-stomp, looked into and emptied for both targets.
import { type Channel, type ChannelModel, connect, type Options } from 'amqplib';
import { sleep } from '../../server/lib/backoff.ts';

const AT_ONCE = 200;

export class Queues {
  readonly #connection: ChannelModel;
  readonly #channel: Channel;

  private constructor(connection: ChannelModel, channel: Channel) {
    this.#connection = connection;
    this.#channel = channel;
  }

  static async open(url: string): Promise<Queues> {
    const connection = await connect(url);
    const channel = await connection.createChannel();
    // whatever is under way rejects
    for (const one of [connection, channel]) one.on('error', () => {});
    return new Queues(connection, channel);
  }

  /** Where `topic` is given, bound to it. */
  make(names: readonly string[], options: Options.AssertQueue, topic?: string): Promise<void> {
    return eachOf(names, async (name) => {
      await this.#channel.assertQueue(name, options);
      if (topic !== undefined) await this.#channel.bindQueue(name, 'amq.topic', topic);
    });
  }

  /** Messages that are ready in them, together. */
  async depth(names: readonly string[]): Promise<number> {
    let sum = 0;
    await eachOf(names, async (name) => {
      const { messageCount } = await this.#channel.checkQueue(name);
      sum += messageCount;
    });
    return sum;
  }

  /** Waits until so many are ready in them; gives how many there are then, or at the end of the patience. */
  filled(names: readonly string[], messages: number, timeoutMs: number): Promise<number> {
    return this.#settled(names, (depth) => depth >= messages, timeoutMs);
  }

  /** Waits until none is; gives how many are left at the end of the patience. */
  emptied(names: readonly string[], timeoutMs: number): Promise<number> {
    return this.#settled(names, (depth) => depth === 0, timeoutMs);
  }

  purge(names: readonly string[]): Promise<void> {
    return eachOf(names, async (name) => void (await this.#channel.purgeQueue(name)));
  }

  async #settled(names: readonly string[], isSettled: (depth: number) => boolean, timeoutMs: number): Promise<number> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const depth = await this.depth(names);
      if (isSettled(depth) || performance.now() > deadline) return depth;
      await sleep(10);
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

async function eachOf(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  for (let at = 0; at < names.length; at += AT_ONCE) await Promise.all(names.slice(at, at + AT_ONCE).map(work));
}

// One AMQP connection that comes back by itself, to the next of the brokers given, and the channels kept open on
// it: one that the broker closes is opened again. It knows nothing of what travels over it.
// amqplib's own recovery keeps to one URL and leaves channels to the caller (DECISIONS.md, "reconnecting").
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { type Backoff, backoffMs, sleep } from '../lib/backoff.ts';
import type { Log } from '../log.ts';

// back within three seconds of the broker's return: the longest wait, the handshake, the channels
const RECONNECT: Backoff = { firstMs: 100, maxMs: 1000 };
const HEARTBEAT_SECONDS = 10;
const CONNECT_TIMEOUT_MS = 5000;
// a channel that is not open by then never will be: the connection is given up
const CHANNEL_TIMEOUT_MS = 10_000;

/** What is done with a channel each time it opens (declare, consume …). If it fails, the channel is opened anew. */
export type OnOpen = (channel: ConfirmChannel) => Promise<void> | void;

interface Kept {
  readonly onOpen: OnOpen;
  readonly onClosed: () => void;
}

export class Connection {
  readonly #name: string;
  readonly #urls: readonly string[];
  readonly #log: Log;
  readonly #kept: Kept[] = [];
  readonly #closing = new AbortController();
  #model: ChannelModel | undefined;
  #gone: Promise<void> = Promise.resolve();
  #loop: Promise<void> | undefined;
  #up = false;

  constructor(name: string, urls: readonly string[], log: Log) {
    this.#name = name;
    this.#urls = urls;
    this.#log = log;
  }

  /** True while the connection stands and every kept channel was opened on it. */
  get up(): boolean {
    return this.#up;
  }

  /** Keeps a (confirm) channel open until the connection is closed for good. */
  async keepChannel(onOpen: OnOpen, onClosed: () => void = () => {}): Promise<void> {
    const kept = { onOpen, onClosed };
    this.#kept.push(kept);
    if (this.#model) await this.#openChannel(this.#model, kept);
  }

  /** Connects for the first time; fails if no broker answers. */
  async open(): Promise<void> {
    await this.#connect(0);
    this.#loop = this.#keep();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#up = false;
    await this.#model?.close().catch(() => {});
    await this.#loop;
  }

  async #connect(attempt: number): Promise<void> {
    const url = this.#urls[attempt % this.#urls.length] as string;
    const model = await connect(`${url}${url.includes('?') ? '&' : '?'}heartbeat=${HEARTBEAT_SECONDS}`, {
      timeout: CONNECT_TIMEOUT_MS,
      noDelay: true,
      clientProperties: { connection_name: `parley ${this.#name}` },
    });
    let standing = true;
    this.#gone = new Promise((resolve) => {
      model.once('close', () => {
        standing = false;
        if (this.#model === model) {
          this.#up = false;
          this.#model = undefined;
        }
        resolve();
      });
    });
    // 'close' follows every 'error'
    model.on('error', (error) => this.#log.warn({ error: error.message }, `broker connection "${this.#name}" failed`));
    model.on('blocked', (reason) => this.#log.warn({ reason }, 'the broker takes no more messages for now'));
    model.on('unblocked', () => this.#log.info('the broker takes messages again'));
    try {
      for (const kept of this.#kept) await this.#openChannel(model, kept);
      if (this.#closing.signal.aborted || !standing) throw new Error('closed meanwhile');
    } catch (error) {
      await model.close().catch(() => {});
      throw error;
    }
    this.#model = model;
    this.#up = true;
  }

  async #keep(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await this.#gone;
      if (this.#closing.signal.aborted) return;
      this.#log.warn(`broker connection "${this.#name}" is gone, connecting again`);
      for (let attempt = 0; !this.#up && !this.#closing.signal.aborted; attempt++) {
        await sleep(backoffMs(RECONNECT, attempt), this.#closing.signal);
        if (this.#closing.signal.aborted) return;
        await this.#connect(attempt).then(
          () => this.#log.info(`broker connection "${this.#name}" is up again`),
          (error: Error) => this.#log.debug({ error: error.message }, 'the broker does not answer'),
        );
      }
    }
  }

  async #openChannel(model: ChannelModel, kept: Kept): Promise<void> {
    const channel: ConfirmChannel = await model.createConfirmChannel();
    // 'close' follows every 'error'
    channel.on('error', (error) => this.#log.warn({ error: error.message }, 'the broker closed a channel'));
    let ready = false;
    channel.once('close', () => {
      // closed alone, on a connection that stands: opened again after a pause
      if (ready && this.#model === model) void this.#reopen(model, kept);
      kept.onClosed();
    });
    await kept.onOpen(channel);
    ready = true;
  }

  async #reopen(model: ChannelModel, kept: Kept): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      await sleep(backoffMs(RECONNECT, attempt), this.#closing.signal);
      if (this.#model !== model || this.#closing.signal.aborted) return;
      const givenUp = new AbortController();
      const late = sleep(CHANNEL_TIMEOUT_MS, givenUp.signal).then(() => 'late' as const);
      try {
        const outcome = await Promise.race([this.#openChannel(model, kept), late]);
        if (outcome !== 'late' || this.#closing.signal.aborted) return;
        this.#log.error('a channel does not open again, giving up its connection');
        return await model.close();
      } catch (error) {
        this.#log.warn({ error: (error as Error).message }, 'a channel could not be opened again');
      } finally {
        givenUp.abort();
      }
    }
  }
}

/** A channel that closes tells its users by throwing; whether it still stands is theirs to know. */
export const isOpen = (channel: Channel): (() => boolean) => {
  let open = true;
  channel.once('close', () => {
    open = false;
  });
  return () => open;
};

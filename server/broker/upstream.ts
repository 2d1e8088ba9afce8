// The STOMP session of one client session to RabbitMQ, for its broker destinations. It outlives a connection: when the
// broker comes back, it subscribes again and sends again what was not confirmed.
//
// What is promised:
// - `request` is settled once RabbitMQ has answered every frame of it: for a SEND that is the publisher confirm. A SEND
//   is repeated over a lost connection until then, so it may arrive twice, but is not dropped.
// - What acknowledges is never repeated: over a lost connection RabbitMQ takes the messages back and delivers them
//   again, under other numbers. Such a request is settled as `lost`.
// - Messages come in RabbitMQ's order; each names the connection it came on (its era), for its acknowledgement is
//   worth nothing on another.
// - An ERROR of RabbitMQ's ends it (`onFailed`), unless it only says that the broker goes down.
//
// It knows nothing of the client: names of subscriptions are the caller's, and so is what may be said.
import type { Code } from '../contract/errors.ts';
import { type Backoff, backoffMs, sleep } from '../lib/backoff.ts';
import type { Log } from '../log.ts';
import { encodeFrame } from '../stomp/encoder.ts';
import type { Frame } from '../stomp/frame.ts';
import type { ParserLimits } from '../stomp/parser.ts';
import type { StompAddress } from './stomp-address.ts';
import { UpstreamLink } from './upstream-link.ts';
import { type Fields, type Outgoing, type RequestLimits, type Settle, UpstreamRequests } from './upstream-requests.ts';

// it stands again within three seconds of the broker's return
const RECONNECT: Backoff = { firstMs: 100, maxMs: 1000 };
/** When a node goes down it first cancels the consumers, then closes: what looks like the one may be the other. */
const CANCEL_GRACE_MS = 1500;
const LINGER_MS = 5000;

/** The `message` of an ERROR that says no more than that the connection is about to be lost. */
const LOSSES: ReadonlySet<string> = new Set(['connection_forced', 'AMQP connection died', 'AMQP channel died']);

export interface UpstreamDelivery {
  /** Of the SUBSCRIBE, or /temp-queue/NAME. */
  readonly subscription: string;
  readonly era: number;
  readonly tag: string;
  readonly frame: Frame;
}

export type UpstreamFailure = Extract<Code, 'broker-refused' | 'broker-away' | 'subscription-cancelled'>;

export interface UpstreamEvents {
  onMessage(delivery: UpstreamDelivery): void;
  /** A lost connection stands again, and every subscription too. */
  onBack(): void;
  /** It does not go on; nothing else is told after that. */
  onFailed(code: UpstreamFailure, reason: string): void;
}

export interface UpstreamRooms extends RequestLimits {
  readonly addresses: readonly StompAddress[];
  readonly limits: ParserLimits;
  readonly log: Log;
  /** Whether the broker answers over AMQP. */
  readonly isBrokerUp: () => boolean;
  /** If so, and not over STOMP for so long, it will not. */
  readonly giveUpMs: number;
}

export class Upstream {
  readonly #rooms: UpstreamRooms;
  readonly #events: UpstreamEvents;
  readonly #onEnded: () => void;
  readonly #requests: UpstreamRequests;
  /** What is subscribed, in order: the prefetch of one counts for those after it. */
  readonly #subscriptions = new Map<string, Fields>();
  readonly #ending = new AbortController();
  #link: UpstreamLink | undefined;
  #session = '';
  #era = 0;
  #paused = false;
  #closed: Promise<void> | undefined;

  constructor(rooms: UpstreamRooms, events: UpstreamEvents, onEnded: () => void) {
    this.#rooms = rooms;
    this.#requests = new UpstreamRequests(rooms);
    this.#events = events;
    this.#onEnded = onEnded;
    void this.#open();
  }

  /** Which connection it is: the acknowledgement of a message of another era is void. */
  get era(): number {
    return this.#era;
  }

  /**
   * Writes the frames together, now or when the broker is there. `repeatable`: again where the connection is lost
   * before RabbitMQ has answered. False: too much waits already, nothing was taken.
   */
  request(frames: readonly Outgoing[], repeatable: boolean, settle: Settle): boolean {
    const request = this.#requests.add(frames, repeatable, settle);
    if (request) this.#link?.write(request.octets);
    return request !== undefined;
  }

  /** The subscription is kept over lost connections, with the prefetch that counts for it. */
  subscribe(id: string, fields: Fields, settle: () => void): boolean {
    return this.request([{ command: 'SUBSCRIBE', fields: { ...fields, id } }], true, () => {
      this.#subscriptions.set(id, fields);
      settle();
    });
  }

  unsubscribe(id: string, fields: Fields, settle: () => void): boolean {
    return this.request([{ command: 'UNSUBSCRIBE', fields: { ...fields, id } }], true, () => {
      this.#subscriptions.delete(id);
      settle();
    });
  }

  /** The frame that acknowledges (or not) a message of this era. */
  acknowledgement(command: 'ACK' | 'NACK', subscription: string, tag: string, fields: Fields): Outgoing {
    return { command, fields: { ...fields, id: `T_${subscription}@@${this.#session}@@${tag}` } };
  }

  /** Writes without waiting for an answer: acknowledgements. False: too much waits already. */
  tell(frame: Outgoing): boolean {
    if (!this.#link) return true; // its era is over
    if (this.#link.bufferedBytes > this.#rooms.maxBytes) return false;
    this.#link.write(encodeFrame(frame.command, frame.fields, frame.body, '1.2'));
    return true;
  }

  /** The client does not keep up: RabbitMQ keeps what it has. */
  pause(): void {
    this.#paused = true;
    this.#link?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#link?.resume();
  }

  /** Ends it; what was sent and is not confirmed has a little time. Resolves when nothing is left. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.resume();
    await Promise.race([this.#requests.idle(), sleep(LINGER_MS, this.#ending.signal)]);
    this.#end();
  }

  #end(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#requests.clear();
    this.#link?.end();
    this.#link = undefined;
    this.#onEnded();
  }

  #fail(code: UpstreamFailure, reason: string): void {
    if (this.#ending.signal.aborted) return;
    this.#end();
    if (!this.#closed) this.#events.onFailed(code, reason);
  }

  async #open(): Promise<void> {
    const { addresses, giveUpMs, isBrokerUp, limits, log } = this.#rooms;
    const { signal } = this.#ending;
    let refusedSince: number | undefined;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const address = addresses[attempt % addresses.length] as StompAddress;
      try {
        const link = await UpstreamLink.open({ address, limits, signal, events: this.#linkEvents() });
        if (signal.aborted) link.destroy();
        else this.#opened(link);
        return;
      } catch (error) {
        const { message } = error as Error;
        log.debug({ error: message, host: address.host, port: address.port }, 'no STOMP session to the broker');
        refusedSince = isBrokerUp() ? (refusedSince ?? Date.now()) : undefined;
        if (refusedSince !== undefined && Date.now() - refusedSince > giveUpMs) {
          log.error({ error: message, host: address.host, port: address.port }, 'RabbitMQ has no STOMP door there');
          return this.#fail('broker-away', "RabbitMQ's STOMP door does not answer.");
        }
        await sleep(backoffMs(RECONNECT, attempt), signal);
      }
    }
  }

  #linkEvents() {
    // of this connection only: an older one may close late
    const era = this.#era;
    const current = () => era === this.#era && !this.#ending.signal.aborted;
    return {
      onFrame: (frame: Frame) => {
        if (current()) this.#onFrame(frame);
      },
      onUnreadable: (reason: string) => {
        if (current()) this.#fail('broker-refused', `The broker sent a frame that cannot be passed on: ${reason}`);
      },
      onClosed: () => {
        if (current()) this.#lost();
      },
    };
  }

  #opened(link: UpstreamLink): void {
    this.#link = link;
    this.#session = link.session;
    if (this.#paused) link.pause();
    const waiting = this.#requests.octets;
    if (this.#era > 0) this.#subscribeAgain(link);
    for (const octets of waiting) link.write(octets);
  }

  #subscribeAgain(link: UpstreamLink): void {
    const frames = [...this.#subscriptions].map(
      ([id, fields]): Outgoing => ({ command: 'SUBSCRIBE', fields: { ...fields, id } }),
    );
    if (frames.length === 0) return this.#events.onBack();
    // where it is lost again, it is made anew
    const settle: Settle = (outcome) => outcome === 'done' && !this.#closed && this.#events.onBack();
    const request = this.#requests.add(frames, false, settle, true);
    if (request) link.write(request.octets);
  }

  #lost(): void {
    this.#link = undefined;
    this.#era += 1;
    this.#requests.lost();
    void this.#open();
  }

  #onFrame(frame: Frame): void {
    switch (frame.command) {
      case 'MESSAGE':
        if (!this.#closed) this.#onMessage(frame);
        break;
      case 'RECEIPT':
        this.#requests.answered(frame.headers.get('receipt-id') ?? '');
        break;
      case 'ERROR':
        this.#onError(frame);
        break;
    }
  }

  #onMessage(frame: Frame): void {
    const subscription = frame.headers.get('subscription') ?? '';
    // T_SUBSCRIPTION@@SESSION@@TAG
    const tag = /@@(\d+)$/.exec(frame.headers.get('message-id') ?? '')?.[1] ?? '';
    this.#events.onMessage({ subscription, era: this.#era, tag, frame });
  }

  #onError({ headers, body }: Frame): void {
    const message = headers.get('message') ?? '';
    if (LOSSES.has(message)) return this.#link?.destroy();
    const reason = `${message}: ${body.toString('utf8', 0, 500).trim()}`;
    if (!headers.has('subscription')) return this.#fail('broker-refused', reason);
    const era = this.#era;
    void sleep(CANCEL_GRACE_MS, this.#ending.signal).then(() => {
      if (era === this.#era) this.#fail('subscription-cancelled', reason);
    });
  }
}

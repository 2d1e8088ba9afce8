// The part of a session that speaks to RabbitMQ: its subscriptions to broker destinations, what it sends there and
// acknowledges. Connected when such a destination is first used, closed with the session.
//
// A message's id is `b-ERA-SUBSCRIPTION-TAG`, which no id of an event (`e-N`) can be, and which says everything that
// its acknowledgement needs: nothing is kept here for messages that a client has not acknowledged. RabbitMQ does that.
import { isUtf8 } from 'node:buffer';
import type { Upstream, UpstreamDelivery } from '../../broker/upstream.ts';
import type { Outgoing } from '../../broker/upstream-requests.ts';
import type { BrokerDestination } from '../../contract/broker-destination.ts';
import { ParleyError } from '../../errors.ts';
import { type Permissions, permissionsOf } from '../../people/permissions.ts';
import type { ClientFrame } from '../../stomp/commands.ts';
import { encodeFrame } from '../../stomp/encoder.ts';
import type { Frame } from '../../stomp/frame.ts';
import { quote, StompError } from '../../stomp/stomp-error.ts';
import type { Session, Subscription } from '../session.ts';
import {
  acknowledgeFields,
  type Asking,
  type Fields,
  maySubscribe,
  sendFields,
  subscribeFields,
  unsubscribeFields,
} from './access.ts';
import { receivedHeaders } from './headers.ts';

const MESSAGE_ID = /^b-(\d{1,9})-(\d{1,9})-(\d{1,19})$/;
const TEMP_QUEUE = '/temp-queue/';
const DAY_MS = 86_400_000;
/** How often it is asked whether what is subscribed is still permitted. */
const RECHECK_MS = 1000;

/** Whether this ACK or NACK is of a message from the broker. */
export const isBrokerMessage = (id: string): boolean => MESSAGE_ID.test(id);

interface BrokerSubscription extends Subscription {
  /** its place among those of the session; the broker knows it as `sN` */
  readonly number: number;
  readonly means: BrokerDestination;
  readonly fields: Fields;
}

export class BrokerLeg {
  readonly #session: Session;
  readonly #byId = new Map<string, BrokerSubscription>();
  readonly #byNumber = new Map<number, BrokerSubscription>();
  /** Reply queues: the client's names and those the broker knows (`tN`). */
  readonly #temporary = new Map<string, string>();
  readonly #temporaryNames = new Map<string, string>();
  #upstream: Upstream | undefined;
  #numbers = 0;
  /** of the last SUBSCRIBE that had one: with RabbitMQ it counts for all after it */
  #prefetch: string | undefined;
  #paused = false;
  #checkedAt: number;
  #closed = false;

  constructor(session: Session) {
    this.#session = session;
    this.#checkedAt = this.#now();
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** `done` when RabbitMQ has confirmed it. Errors are refusals. */
  async send(frame: Frame, done: () => void): Promise<void> {
    const outgoing = this.#sending(frame, await this.#asking());
    if (!this.#connected().request([outgoing], true, done)) throw tooMuch();
  }

  /** The subscription has its receipt when RabbitMQ has it. */
  async subscribe(frame: Frame, subscription: Subscription): Promise<void> {
    if (subscription.id.startsWith(TEMP_QUEUE)) {
      throw new StompError('protocol-error', `the id of a subscription must not begin with ${TEMP_QUEUE}`);
    }
    const session = this.#session;
    const { DEVICE_QUEUE_DAYS } = session.rooms.context.config;
    const asking = await this.#asking();
    const { destination, fields } = subscribeFields(frame.headers, asking, DEVICE_QUEUE_DAYS * DAY_MS);
    if (session.ended) return;
    this.#prefetch = fields['prefetch-count'] ?? this.#prefetch;
    if (this.#prefetch !== undefined) fields['prefetch-count'] = this.#prefetch;
    const number = ++this.#numbers;
    const known = { ...subscription, number, means: destination, fields };
    const receipt = session.oweReceipt(frame);
    if (!this.#connected().subscribe(`s${number}`, fields, () => receipt.pay())) {
      receipt.drop();
      throw tooMuch();
    }
    this.#byId.set(subscription.id, known);
    this.#byNumber.set(number, known);
    session.subscriptions.set(subscription.id, known);
  }

  unsubscribe(frame: Frame, id: string): void {
    const { number, fields } = this.#byId.get(id) as BrokerSubscription;
    const ending = unsubscribeFields(frame.headers, fields);
    const receipt = this.#session.oweReceipt(frame);
    if (!this.#connected().unsubscribe(`s${number}`, ending, () => receipt.pay())) {
      receipt.drop();
      throw tooMuch();
    }
    this.#byId.delete(id);
    this.#byNumber.delete(number);
    this.#session.subscriptions.delete(id);
  }

  /** ACK and NACK. Errors are refusals, but a StompError. */
  acknowledge(frame: Frame): void {
    const upstream = this.#connected();
    const outgoing = this.#acknowledging(frame);
    if (!frame.headers.has('receipt')) {
      if (!upstream.tell(outgoing)) throw tooMuch();
      return;
    }
    const receipt = this.#session.oweReceipt(frame);
    const taken = upstream.request([outgoing], false, (outcome) => {
      if (outcome === 'done') return receipt.pay();
      receipt.drop();
      this.#session.refuse('broker-lost', LOST, frame);
    });
    if (!taken) {
      receipt.drop();
      throw tooMuch();
    }
  }

  /**
   * The frames of a transaction that are RabbitMQ's, as a transaction there: nothing is done unless all may be done.
   * Resolves when RabbitMQ has done them, with every SEND confirmed. Errors are refusals: nothing was done, unless it
   * says `broker-lost`.
   */
  async commit(frames: readonly ClientFrame[]): Promise<void> {
    const asking = await this.#asking();
    const transaction = `x${++this.#numbers}`;
    const inside = frames.map((frame) => {
      const outgoing = frame.command === 'SEND' ? this.#sending(frame, asking) : this.#acknowledging(frame);
      return { ...outgoing, fields: { ...outgoing.fields, transaction } };
    });
    const whole: Outgoing[] = [
      { command: 'BEGIN', fields: { transaction } },
      ...inside,
      { command: 'COMMIT', fields: { transaction } },
    ];
    // what acknowledges cannot be done again: the messages come again under other ids
    const repeatable = frames.every(({ command }) => command === 'SEND');
    const outcome = await new Promise<'done' | 'lost' | 'full'>((resolve) => {
      if (!this.#connected().request(whole, repeatable, resolve)) resolve('full');
    });
    if (outcome === 'full') throw tooMuch();
    if (outcome === 'lost') throw new ParleyError('broker-lost', LOST_COMMIT);
    for (const frame of frames) this.#session.receipt(frame);
  }

  /** Now and then: is what is subscribed still permitted. */
  sweep(now: number): void {
    this.resume();
    if (this.#byId.size === 0 || now - this.#checkedAt < RECHECK_MS) return;
    this.#checkedAt = now;
    // a database that does not answer takes nothing away
    this.#asking().then(
      ({ held }) => this.#check(held),
      () => {},
    );
  }

  /** The client may have read what it was behind with. */
  resume(): void {
    if (!this.#paused || !this.#session.writable) return;
    this.#paused = false;
    this.#upstream?.resume();
  }

  close(): void {
    this.#closed = true;
    void this.#upstream?.close();
    this.#upstream = undefined;
    this.#byId.clear();
    this.#byNumber.clear();
  }

  #now(): number {
    return this.#session.rooms.context.clock.now();
  }

  async #asking(): Promise<Asking> {
    const { userId, rooms } = this.#session;
    try {
      return { userId, held: await permissionsOf(rooms.context, userId) };
    } catch (error) {
      rooms.context.log.warn({ error: (error as Error).message }, 'what a user may do is not known');
      throw new ParleyError('busy', 'What you may do cannot be looked up at the moment. Send again later.');
    }
  }

  #connected(): Upstream {
    // a session that ends has nobody to answer any more
    if (this.#closed) throw new ParleyError('busy');
    this.#upstream ??= this.#session.rooms.context.broker.upstreams.open({
      onMessage: (delivery) => this.#deliver(delivery),
      onBack: () => this.#back(),
      onFailed: (code, reason) => this.#session.fault(code, reason),
    });
    return this.#upstream;
  }

  #sending(frame: Frame, asking: Asking): Outgoing {
    const fields = sendFields(frame.headers, asking, (name) => this.#temporaryName(name));
    return { command: 'SEND', fields, body: frame.body };
  }

  #acknowledging({ command, headers }: Frame): Outgoing {
    const id = headers.get('id') ?? headers.get('message-id') ?? '';
    const [, era, number, tag] = MESSAGE_ID.exec(id) as unknown as [string, string, string, string];
    const subscription = this.#byNumber.get(Number(number));
    const upstream = this.#upstream;
    if (!upstream || !subscription || Number(era) > upstream.era) {
      throw new StompError('protocol-error', `${command} names no message of a subscription here: ${quote(id)}`);
    }
    if (Number(era) < upstream.era) throw new ParleyError('broker-lost', LOST);
    return upstream.acknowledgement(command as 'ACK' | 'NACK', `s${number}`, tag, acknowledgeFields(headers));
  }

  /** Replies to it are private to this session; RabbitMQ is given names of our own. */
  #temporaryName(name: string): string {
    let known = this.#temporary.get(name);
    if (known === undefined) {
      if (this.#temporary.size >= this.#session.rooms.context.config.STOMP_SUBSCRIPTIONS) {
        throw new ParleyError('header-invalid', 'The session has as many reply queues as it may have.');
      }
      known = `t${this.#temporary.size + 1}`;
      this.#temporary.set(name, known);
      this.#temporaryNames.set(TEMP_QUEUE + known, TEMP_QUEUE + name.replaceAll('/', '%2F'));
    }
    return known;
  }

  #deliver({ subscription, era, tag, frame }: UpstreamDelivery): void {
    const known = this.#byNumber.get(Number(subscription.slice(1)));
    // one that was ended meanwhile gets no more
    const id = known?.id ?? this.#temporaryNames.get(subscription);
    if (id === undefined) return;
    const messageId = `b-${era}-${known?.number ?? 0}-${tag}`;
    const acknowledges = known !== undefined && known.ack !== 'auto' && this.#session.version === '1.2';
    const own = { subscription: id, 'message-id': messageId, ack: acknowledges ? messageId : undefined };
    const fields = { ...own, ...receivedHeaders(frame.headers) };
    const octets = encodeFrame('MESSAGE', fields, frame.body, this.#session.version);
    // RFC 6455 §5.6: text is UTF-8
    this.#session.write(octets, !isUtf8(octets));
    // the rest stays with RabbitMQ, so that a slow reader is slowed down and not cut
    if (this.#session.writable) return;
    this.#paused = true;
    this.#upstream?.pause();
  }

  #back(): void {
    if (this.#byId.size === 0 && this.#temporary.size === 0) return;
    this.#session.refuse('broker-back', BACK);
  }

  #check(held: Permissions): void {
    for (const { means, destination } of this.#byId.values()) {
      if (maySubscribe(held, means)) continue;
      return this.#session.fault('subscription-denied', `You may no longer subscribe to ${quote(destination)}.`);
    }
  }
}

const LOST = 'The connection to the broker was lost meanwhile: the message comes again, under another id.';
const LOST_COMMIT =
  'The connection to the broker was lost while it committed, and it is not known whether it did. If it did not, the messages come again.';
const BACK =
  'The connection to the broker was lost and stands again. What was not acknowledged comes again; what was published meanwhile to topics and exchanges, or as a reply to a /temp-queue, is missed.';

const tooMuch = () => new ParleyError('busy', 'Too much waits for the broker already. Send again later.');

// The part of a session that speaks to RabbitMQ: its subscriptions to broker destinations, what it sends there and
// acknowledges. Connected when such a destination is first used, closed with the session.
//
// A message's id is `b-ERA-SUBSCRIPTION-TAG`, which no id of an event (`e-N`) can be, and which says everything that
// its acknowledgement needs: of messages that a client has not acknowledged, nothing is kept here but which they are
// (unacknowledged.ts). RabbitMQ keeps them.
import { isUtf8 } from 'node:buffer';
import type { UpstreamDelivery } from '../../broker/upstream.ts';
import type { Outgoing } from '../../broker/upstream-requests.ts';
import type { BrokerDestination } from '../../contract/broker-destination.ts';
import { ParleyError } from '../../errors.ts';
import { type Permissions, permissionsOf } from '../../people/permissions.ts';
import type { ClientFrame } from '../../stomp/commands.ts';
import { encodeFrame } from '../../stomp/encoder.ts';
import type { Frame } from '../../stomp/frame.ts';
import { quote, StompError } from '../../stomp/stomp-error.ts';
import { checkSubscription, messageIdOf, unknownMessage } from '../acknowledgement.ts';
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
import { BACK, LOST, LOST_COMMIT, tooMuch } from './answers.ts';
import { receivedHeaders } from './headers.ts';
import { BrokerLine } from './line.ts';
import { ReplyQueues } from './reply-queues.ts';
import { Unacknowledged } from './unacknowledged.ts';

const MESSAGE_ID = /^b-(\d{1,9})-(\d{1,9})-(\d{1,19})$/;
const TEMP_QUEUE = '/temp-queue/';
const DAY_MS = 86_400_000;
/** How often it is asked whether what is subscribed is still permitted. */
const RECHECK_MS = 1000;

/** Whether this ACK or NACK is of a message from the broker. */
export const isBrokerMessage = (id: string): boolean => MESSAGE_ID.test(id);

/** An ACK or NACK that may be passed on. */
interface Acknowledgement {
  readonly outgoing: Outgoing;
  /** It was. */
  readonly done: () => void;
}

interface BrokerSubscription extends Subscription {
  /** its place among those of the session; the broker knows it as `sN` */
  readonly number: number;
  readonly means: BrokerDestination;
  readonly fields: Fields;
}

export class BrokerLeg {
  readonly #session: Session;
  readonly #line: BrokerLine;
  readonly #byId = new Map<string, BrokerSubscription>();
  readonly #byNumber = new Map<number, BrokerSubscription>();
  readonly #replyQueues: ReplyQueues;
  /** On the connection of this era. */
  #unacknowledged = new Unacknowledged();
  #era = 0;
  #numbers = 0;
  /** of the last SUBSCRIBE that had one: with RabbitMQ it counts for all after it */
  #prefetch: string | undefined;
  #checkedAt: number;

  constructor(session: Session) {
    this.#session = session;
    this.#line = new BrokerLine(session, {
      onMessage: (delivery) => this.#deliver(delivery),
      onBack: () => this.#back(),
    });
    this.#replyQueues = new ReplyQueues(session.rooms.context.config.STOMP_SUBSCRIPTIONS);
    this.#checkedAt = this.#now();
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** `done` when RabbitMQ has confirmed it. Errors are refusals. */
  async send(frame: Frame, done: () => void): Promise<void> {
    const outgoing = this.#sending(frame, await this.#asking());
    this.#line.ask(frame, done, (upstream, answered) => upstream.request([outgoing], true, answered));
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
    this.#line.askOwing(frame, (upstream, answered) =>
      upstream.subscribe(`s${number}`, fields, () => answered('done')),
    );
    this.#byId.set(subscription.id, known);
    this.#byNumber.set(number, known);
    session.subscriptions.set(subscription.id, known);
  }

  unsubscribe(frame: Frame, id: string): void {
    const { number, fields } = this.#byId.get(id) as BrokerSubscription;
    const ending = unsubscribeFields(frame.headers, fields);
    this.#line.askOwing(frame, (upstream, answered) =>
      upstream.unsubscribe(`s${number}`, ending, () => answered('done')),
    );
    this.#byId.delete(id);
    this.#byNumber.delete(number);
    this.#session.subscriptions.delete(id);
  }

  /** ACK and NACK. Errors are refusals, but a StompError. */
  acknowledge(frame: Frame): void {
    const { outgoing, done } = this.#acknowledging(frame, this.#unacknowledged);
    if (frame.headers.has('receipt')) {
      this.#line.askOwing(frame, (upstream, answered) => upstream.request([outgoing], false, answered));
    } else if (!this.#line.open().tell(outgoing)) {
      throw tooMuch();
    }
    done();
  }

  /**
   * The frames of a transaction that are RabbitMQ's, as a transaction there: nothing is done unless all may be done.
   * Resolves when RabbitMQ has done them, with every SEND confirmed. Errors are refusals: nothing was done, unless it
   * says `broker-lost`.
   */
  async commit(whole: Frame, frames: readonly ClientFrame[]): Promise<void> {
    const asking = await this.#asking();
    const transaction = `x${++this.#numbers}`;
    const unacknowledged = this.#unacknowledged.copy();
    const acknowledged = (frame: Frame): Outgoing => {
      const { outgoing, done } = this.#acknowledging(frame, unacknowledged);
      done();
      return outgoing;
    };
    const inside = frames.map((frame) => {
      const outgoing = frame.command === 'SEND' ? this.#sending(frame, asking) : acknowledged(frame);
      return { ...outgoing, fields: { ...outgoing.fields, transaction } };
    });
    const all: Outgoing[] = [
      { command: 'BEGIN', fields: { transaction } },
      ...inside,
      { command: 'COMMIT', fields: { transaction } },
    ];
    // what acknowledges cannot be done again: the messages come again under other ids
    const repeatable = frames.every(({ command }) => command === 'SEND');
    const answer = new Promise<'done' | 'lost'>((resolve) => {
      this.#line.ask(whole, resolve, (upstream, answered) => upstream.request(all, repeatable, answered));
      this.#unacknowledged = unacknowledged;
    });
    const outcome = await Promise.race([answer, this.#line.ended]);
    if (outcome !== 'done') throw new ParleyError('broker-lost', LOST_COMMIT);
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
    this.#line.resume();
  }

  close(): void {
    this.#line.close();
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

  #sending(frame: Frame, asking: Asking): Outgoing {
    const fields = sendFields(frame.headers, asking, (name) => this.#replyQueue(name));
    return { command: 'SEND', fields, body: frame.body };
  }

  #acknowledging(frame: Frame, unacknowledged: Unacknowledged): Acknowledgement {
    const [, era, number, tag] = MESSAGE_ID.exec(messageIdOf(frame)) as unknown as [string, string, string, string];
    const subscription = this.#byNumber.get(Number(number));
    const { upstream } = this.#line;
    if (!upstream || !subscription || Number(era) > upstream.era) throw unknownMessage(frame);
    checkSubscription(this.#session, frame, subscription);
    if (Number(era) < upstream.era) throw new ParleyError('broker-lost', LOST);
    if (Number(era) !== this.#era || !unacknowledged.has(Number(tag))) throw unknownMessage(frame);
    const fields = acknowledgeFields(frame.headers);
    return {
      outgoing: upstream.acknowledgement(frame.command as 'ACK' | 'NACK', `s${number}`, tag, fields),
      done: () => unacknowledged.take(Number(tag), subscription.ack === 'client'),
    };
  }

  #replyQueue(name: string): string {
    const known = this.#replyQueues.nameFor(name);
    if (known !== undefined) return known;
    throw new ParleyError('header-invalid', 'The session has as many reply queues as it may have.');
  }

  #deliver({ subscription, era, tag, frame }: UpstreamDelivery): void {
    const known = this.#byNumber.get(Number(subscription.slice(1)));
    // one that was ended meanwhile gets no more
    const id = known?.id ?? this.#replyQueues.subscriptionOf(subscription);
    if (id === undefined) return;
    const messageId = `b-${era}-${known?.number ?? 0}-${tag}`;
    const acknowledges = known !== undefined && known.ack !== 'auto';
    if (acknowledges) this.#expect(era, Number(tag));
    const ack = acknowledges && this.#session.version === '1.2' ? messageId : undefined;
    const own = { subscription: id, 'message-id': messageId, ack };
    const fields = { ...own, ...receivedHeaders(frame.headers) };
    const octets = encodeFrame('MESSAGE', fields, frame.body, this.#session.version);
    // RFC 6455 §5.6: text is UTF-8
    this.#session.write(octets, !isUtf8(octets));
    if (!this.#session.writable) this.#line.pause();
  }

  #expect(era: number, tag: number): void {
    if (era !== this.#era) this.#unacknowledged = new Unacknowledged();
    this.#era = era;
    this.#unacknowledged.add(tag);
  }

  #back(): void {
    if (this.#byId.size === 0 && this.#replyQueues.size === 0) return;
    this.#session.refuse('broker-back', BACK);
  }

  #check(held: Permissions): void {
    for (const { means, destination } of this.#byId.values()) {
      if (maySubscribe(held, means)) continue;
      return this.#session.fault('subscription-denied', `You may no longer subscribe to ${quote(destination)}.`);
    }
  }
}

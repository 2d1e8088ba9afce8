// What a client may ask of RabbitMQ: every name that a frame carries is resolved to what it means and checked against
// what the user's roles grant. What RabbitMQ is told is made anew from what was checked; nothing of the client's frame
// goes on unseen. Pure: no session, no broker.
import { createHash } from 'node:crypto';
import {
  type BrokerDestination,
  InvalidDestination,
  isBrokerDestination,
  resolveDestination,
  resolveQueueName,
  resolveRoute,
} from '../../contract/broker-destination.ts';
import {
  acknowledgeHeaders,
  queueArguments,
  subscribeHeaders,
  unsubscribeHeaders,
  USER_HEADER,
} from '../../contract/broker-headers.ts';
import { type BrokerAction, permitsDestination, permitsEveryKey } from '../../contract/permissions.ts';
import { ParleyError } from '../../errors.ts';
import type { Permissions } from '../../people/permissions.ts';
import type { Headers } from '../../stomp/frame.ts';
import { quote } from '../../stomp/stomp-error.ts';
import { messageHeaders, pick } from './headers.ts';

export interface Asking {
  readonly userId: string;
  readonly held: Permissions;
}

export type Fields = Record<string, string>;

/**
 * A SEND as RabbitMQ gets it. `temporary` gives the name of a reply queue under which the broker may know it.
 * Errors: `destination-invalid`, `header-invalid`, `not-allowed`.
 */
export function sendFields(headers: Headers, asking: Asking, temporary: (name: string) => string): Fields {
  const destination = destinationOf(headers, 'SEND');
  require(asking, 'send', destination);
  const declares = destination.wire.startsWith('/queue/');
  return {
    ...messageHeaders(headers),
    ...replyTo(headers, asking, temporary),
    ...(declares ? { ...pick(headers, queueArguments), ...deadLetters(headers, asking) } : {}),
    destination: destination.wire,
    [USER_HEADER]: asking.userId,
  };
}

export interface SubscriptionFields {
  readonly destination: BrokerDestination;
  readonly fields: Fields;
}

/**
 * A SUBSCRIBE as RabbitMQ gets it, but for its id. `keepMs`: a durable subscription that nobody uses for so long ends.
 * Errors: `destination-invalid`, `header-invalid`, `not-allowed`.
 */
export function subscribeFields(headers: Headers, asking: Asking, keepMs: number): SubscriptionFields {
  const destination = destinationOf(headers, 'SUBSCRIBE');
  require(asking, 'subscribe', destination);
  const fields = {
    ...pick(headers, subscribeHeaders),
    ...deadLetters(headers, asking),
    ...queueName(headers, asking),
    ack: headers.get('ack') ?? 'auto',
    destination: destination.wire,
  };
  return { destination, fields: isDurable(headers, destination) ? durable(fields, headers, asking, keepMs) : fields };
}

/** The UNSUBSCRIBE of what was subscribed with these fields. With `durable:true` the plugin ends the subscription. */
export function unsubscribeFields(headers: Headers, subscribed: Fields): Fields {
  const name = subscribed['x-queue-name'];
  return { ...pick(headers, unsubscribeHeaders), ...(name === undefined ? {} : { 'x-queue-name': name }) };
}

export const acknowledgeFields = (headers: Headers): Fields => pick(headers, acknowledgeHeaders);

/** Whether one may (still) subscribe to it. */
export const maySubscribe = (held: Permissions, destination: BrokerDestination): boolean =>
  permitsDestination(held, 'subscribe', destination);

function destinationOf(headers: Headers, command: 'SEND' | 'SUBSCRIBE'): BrokerDestination {
  const text = headers.get('destination') as string;
  const destination = resolved(text, () => resolveDestination(text));
  if (destination.kind === 'temp-queue') throw invalid(text, `${command} takes no /temp-queue, but reply-to does`);
  return destination;
}

function require({ held }: Asking, action: BrokerAction, destination: BrokerDestination): void {
  if (!permitsDestination(held, action, destination)) throw denied(action, destination.path);
}

/** Whoever answers does so with her own rights: so it is a place that the asker may use herself. */
function replyTo(headers: Headers, asking: Asking, temporary: (name: string) => string): Fields {
  const text = headers.get('reply-to');
  if (text === undefined) return {};
  const plain = !text.includes('/');
  const place = resolved(text, () => (plain ? resolveQueueName(text) : resolveReply(text)));
  if (place.kind === 'temp-queue') {
    require(asking, 'subscribe', place);
    return { 'reply-to': `/temp-queue/${temporary(place.key)}` };
  }
  const { held } = asking;
  if (!permitsDestination(held, 'send', place) && !permitsDestination(held, 'subscribe', place)) {
    throw denied('send', place.path);
  }
  return { 'reply-to': plain ? text : place.wire };
}

function resolveReply(text: string): BrokerDestination {
  if (!isBrokerDestination(text)) throw new InvalidDestination('replies go to broker destinations');
  return resolveDestination(text);
}

/** Messages that leave the queue this way are sent, by whoever declared it. */
function deadLetters(headers: Headers, { held }: Asking): Fields {
  const name = headers.get('x-dead-letter-exchange')?.trim();
  const key = headers.get('x-dead-letter-routing-key')?.trim();
  if (name === undefined) {
    if (key === undefined) return {};
    throw new ParleyError('header-invalid', 'x-dead-letter-routing-key needs x-dead-letter-exchange.');
  }
  if (key === undefined) {
    // with the key it came with, whatever that is: to the default exchange that would be any queue
    if (name === '') throw denied('send', 'every queue');
    const exchange = resolved(name, () => resolveRoute(name, ''));
    if (!permitsEveryKey(held, exchange)) throw denied('send', `${exchange.path}/**`);
    return { 'x-dead-letter-exchange': name };
  }
  const place = resolved(name, () => resolveRoute(name, key));
  if (!permitsDestination(held, 'send', place)) throw denied('send', place.path);
  return { 'x-dead-letter-exchange': name, 'x-dead-letter-routing-key': key };
}

/** The subscription binds that queue to its destination: whoever else reads it gets those messages too. */
function queueName(headers: Headers, asking: Asking): Fields {
  const name = headers.get('x-queue-name');
  if (name === undefined) return {};
  const queue = resolved(name, () => resolveQueueName(name));
  require(asking, 'subscribe', queue);
  require(asking, 'send', queue);
  return { 'x-queue-name': name };
}

/** Queues are kept anyway; of a topic or an exchange, durable subscriptions are. */
function isDurable(headers: Headers, { kind }: BrokerDestination): boolean {
  const says = (name: string) => /^true$/i.test(headers.get(name)?.trim() ?? '');
  return kind === 'exchange' && (says('durable') || says('persistent'));
}

/** Named after its user: the plugin would let whoever uses the same id and destination share it. */
function durable(fields: Fields, headers: Headers, { userId }: Asking, keepMs: number): Fields {
  const id = headers.get('id');
  if (id === undefined) throw new ParleyError('header-invalid', 'A durable subscription needs the header id.');
  // the plugin would delete its queue as soon as nobody is there, which nobody means by durable
  const kept = { 'auto-delete': 'false', ...fields };
  if (fields['x-queue-name'] !== undefined) return kept;
  const hash = createHash('sha256').update(`${fields.destination}\n${id}`).digest('hex').slice(0, 32);
  return { 'x-expires': String(keepMs), ...kept, 'x-queue-name': `parley.subscription.${userId}.${hash}` };
}

function resolved(text: string, resolve: () => BrokerDestination): BrokerDestination {
  try {
    return resolve();
  } catch (error) {
    if (!(error instanceof InvalidDestination)) throw error;
    throw invalid(text, error.message);
  }
}

const invalid = (text: string, reason: string) =>
  new ParleyError('destination-invalid', `${quote(text)} is no destination: ${reason}.`);

const denied = (action: BrokerAction, path: string) =>
  new ParleyError('not-allowed', `Your roles do not permit to ${action} to ${path}.`);

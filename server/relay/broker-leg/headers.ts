// Which headers pass between a client and RabbitMQ, in which direction, and what they may hold. Two tables and one
// grammar; everything else is left out. What a header does, and whether it may, is access.ts's.
import { ParleyError } from '../../errors.ts';
import type { Headers } from '../../stomp/frame.ts';
import { quote } from '../../stomp/stomp-error.ts';

/** Says what a header needs, where its value is not that. */
type Check = (value: string) => string | undefined;

/** AMQP 0-9-1 short strings; RabbitMQ's plugin ends the connection at a longer one. */
const shortText: Check = (value) => (Buffer.byteLength(value) > 255 ? 'at most 255 octets' : undefined);
const integer =
  (max: number): Check =>
  (value) =>
    /^\d{1,16}$/.test(value) && Number(value) <= max ? undefined : `a whole number from 0 to ${max}`;
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value) ? undefined : values.join(' or ');
const flag = oneOf('true', 'false', 'True', 'False');
const matching =
  (pattern: RegExp, need: string): Check =>
  (value) =>
    pattern.test(value) ? undefined : need;

type Table = Readonly<Record<string, Check>>;

const LONG = Number.MAX_SAFE_INTEGER;
/** RabbitMQ takes no longer times, in milliseconds. */
const MAX_TIME = 2 ** 32 - 1;

/** What becomes a property of the AMQP message. `reply-to` too, but it is access.ts's. */
const properties: Table = {
  'content-type': shortText,
  'content-encoding': shortText,
  persistent: flag,
  priority: integer(255),
  'correlation-id': shortText,
  expiration: integer(MAX_TIME),
  'amqp-message-id': shortText,
  timestamp: integer(LONG),
  type: shortText,
  'app-id': shortText,
};

/** Of the queue that SUBSCRIBE, or SEND to /queue, declares. Dead-letter arguments too, but they are access.ts's. */
export const queueArguments: Table = {
  'x-expires': integer(MAX_TIME),
  'x-message-ttl': integer(MAX_TIME),
  'x-max-length': integer(LONG),
  'x-max-length-bytes': integer(LONG),
  'x-max-priority': integer(255),
  'x-queue-type': oneOf('classic', 'quorum', 'stream'),
  'x-max-age': matching(/^\d{1,9}[YMDhms]$/, 'a number and one of Y M D h m s'),
  'x-stream-max-segment-size-bytes': integer(LONG),
  'x-stream-filter-size-bytes': integer(255),
};

export const queueFlags: Table = { durable: flag, persistent: flag, 'auto-delete': flag, exclusive: flag };

export const subscribeHeaders: Table = {
  ...queueFlags,
  ...queueArguments,
  'prefetch-count': integer(65_535),
  'x-stream-offset': matching(/^(first|last|next|(offset|timestamp)=\d{1,15})$/, 'first, last, next, offset=N …'),
  'x-stream-filter': shortText,
};

export const unsubscribeHeaders: Table = { durable: flag, persistent: flag };

/** `requeue:false` drops or dead-letters the message: the plugin's own. */
export const acknowledgeHeaders: Table = { requeue: flag };

/** What is set by us on every SEND, whatever the client says. */
export const USER_HEADER = 'x-parley-user';

/** What a MESSAGE may have besides the properties and an application's own. */
const received: ReadonlySet<string> = new Set([
  ...Object.keys(properties),
  'destination',
  'redelivered',
  'reply-to',
  USER_HEADER,
  'x-delivery-count',
  'x-first-death-exchange',
  'x-first-death-queue',
  'x-first-death-reason',
  'x-last-death-exchange',
  'x-last-death-queue',
  'x-last-death-reason',
  'x-stream-offset',
]);

/** An application's own headers: a name like this, without `x-` in front, and none of the reserved words. */
const APPLICATION = /^[A-Za-z_][\w.-]{0,126}$/;
/** What has a meaning in STOMP, here, or in AMQP: never an application's own. In small letters. */
const RESERVED: ReadonlySet<string> = new Set(
  [
    Object.keys({ ...properties, ...subscribeHeaders, ...acknowledgeHeaders }),
    ['accept-version', 'ack', 'content-length', 'destination', 'heart-beat', 'host', 'id', 'login', 'message'],
    ['message-id', 'passcode', 'receipt', 'receipt-id', 'redelivered', 'reply-to', 'server', 'session'],
    ['subscription', 'transaction', 'version'],
    ['authorization', 'device-id', 'device-name', 'user-id', 'user-name', 'user'],
    // routing of RabbitMQ's (sender-selected distribution), and of the cluster
    ['cc', 'bcc', 'cluster-id', 'delivery-mode'],
  ].flat(),
);

const isApplications = (name: string): boolean =>
  APPLICATION.test(name) &&
  !/^x-/i.test(name) &&
  !RESERVED.has(name.toLowerCase()) &&
  // clients keep headers in plain objects, and some die of these
  !(name in Object.prototype);

/** Those of the table that the frame has. Error: `header-invalid`. */
export function pick(headers: Headers, table: Table): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, check] of Object.entries(table)) {
    const value = headers.get(name);
    if (value === undefined) continue;
    // the plugin strips some, and trips over a space in others
    const stripped = check === shortText ? value : value.replace(/^ +| +$/g, '');
    const need = check(stripped);
    if (need) throw new ParleyError('header-invalid', `The header ${name} is ${quote(value)}, but it takes ${need}.`);
    picked[name] = stripped;
  }
  return picked;
}

/** What a SEND says of its message. Error: `header-invalid`. */
export function messageHeaders(headers: Headers): Record<string, string> {
  const fields = pick(headers, properties);
  headers.forEach((name, value) => {
    if (isApplications(name)) fields[name] ??= value;
  });
  return fields;
}

/** What a client is told of a MESSAGE. */
export function receivedHeaders(headers: Headers): Record<string, string> {
  const fields: Record<string, string> = {};
  headers.forEach((name, value) => {
    if (received.has(name) || isApplications(name)) fields[name] ??= value;
  });
  return fields;
}

// Which headers pass between a client and RabbitMQ on broker destinations, in which direction, and what they may hold.
// The relay lets pass what stands here and nothing else; the AsyncAPI document is made from it.

export interface HeaderRule {
  /** What a value must be, for people. */
  readonly needs: string;
  readonly takes: (value: string) => boolean;
  readonly example: string;
  /** Spaces around it belong to it. */
  readonly spaced: boolean;
  /** What the header does, where its name does not say it. */
  readonly text?: string;
  /** In JSON Schema, beside `needs`. */
  readonly enum?: readonly string[];
  readonly pattern?: string;
}

export type HeaderTable = Readonly<Record<string, HeaderRule>>;

const UTF8 = new TextEncoder();
/** AMQP 0-9-1: short strings; RabbitMQ's plugin ends the connection at a longer one. */
const SHORT = 255;
const LONG = Number.MAX_SAFE_INTEGER;
/** RabbitMQ takes no longer times, in milliseconds. */
const MAX_TIME = 2 ** 32 - 1;
const DIGITS = /^\d{1,16}$/;

const shortText = (example: string, text?: string): HeaderRule => ({
  needs: `at most ${SHORT} octets`,
  takes: (value) => UTF8.encode(value).length <= SHORT,
  example,
  spaced: true,
  text,
});

const integer = (max: number, example: string, text?: string): HeaderRule => ({
  needs: `a whole number from 0 to ${max}`,
  takes: (value) => DIGITS.test(value) && Number(value) <= max,
  example,
  spaced: false,
  text,
  pattern: DIGITS.source,
});

const oneOf = (values: readonly [string, ...string[]], text?: string): HeaderRule => ({
  needs: values.join(' or '),
  takes: (value) => values.includes(value),
  example: values[0],
  spaced: false,
  text,
  enum: values,
});

const matching = (pattern: RegExp, needs: string, example: string, text?: string): HeaderRule => ({
  needs,
  takes: (value) => pattern.test(value),
  example,
  spaced: false,
  text,
  pattern: pattern.source,
});

const flag = (text?: string): HeaderRule => oneOf(['true', 'false', 'True', 'False'], text);
/** Resolved and checked against what roles grant (permissions.ts). */
const name = (example: string, text: string): HeaderRule => shortText(example, text);

/** What becomes a property of the AMQP message. `reply-to` too. */
export const messageProperties: HeaderTable = {
  'content-type': shortText('text/plain'),
  'content-encoding': shortText('gzip'),
  persistent: flag('whether the message outlives a restart of the broker; a queue of /queue does'),
  priority: integer(255, '4'),
  'correlation-id': shortText('42'),
  expiration: integer(MAX_TIME, '60000', 'milliseconds until it is dropped, or dead-lettered'),
  'amqp-message-id': shortText('m1'),
  timestamp: integer(LONG, '1700000000', 'seconds since 1970'),
  type: shortText('order'),
  'app-id': shortText('shop'),
};

/** Names in SEND. */
export const sendNames: HeaderTable = {
  'reply-to': name(
    '/temp-queue/answers',
    'where answers go: a broker destination, or the name of a queue, that one may use oneself. /temp-queue/NAME makes a private queue; what comes there is a MESSAGE with this subscription, without a SUBSCRIBE',
  ),
};

/** Names in the declaration of a queue. */
export const queueNames: HeaderTable = {
  'x-dead-letter-exchange': name(
    'amq.topic',
    'where what is dropped goes; needs stomp:send:, without a key for all keys of it',
  ),
  'x-dead-letter-routing-key': name('dead', 'under which key; needs x-dead-letter-exchange'),
};

/** Of the queue that SUBSCRIBE, or SEND to /queue, declares. */
export const queueArguments: HeaderTable = {
  'x-expires': integer(MAX_TIME, '60000', 'milliseconds that the queue lives unused'),
  'x-message-ttl': integer(MAX_TIME, '60000', 'milliseconds that it keeps a message'),
  'x-max-length': integer(LONG, '1000'),
  'x-max-length-bytes': integer(LONG, '100000'),
  'x-max-priority': integer(255, '10'),
  'x-queue-type': oneOf(['classic', 'quorum', 'stream']),
  'x-max-age': matching(/^\d{1,9}[YMDhms]$/, 'a number and one of Y M D h m s', '7D'),
  'x-stream-max-segment-size-bytes': integer(LONG, '1000000'),
  'x-stream-filter-size-bytes': integer(255, '16'),
};

const queueFlags: HeaderTable = {
  durable: flag(
    "of a topic or an exchange: a durable subscription. Its queue is the user's, for this id and destination, and keeps what comes while nobody is there; it goes with UNSUBSCRIBE and durable:true, or unused for long (x-expires)",
  ),
  persistent: flag('the older name of durable'),
  'auto-delete': flag('whether the queue goes with its last reader; of durable subscriptions false by default'),
  exclusive: flag(),
};

export const subscribeHeaders: HeaderTable = {
  ...queueFlags,
  ...queueArguments,
  'prefetch-count': integer(
    65_535,
    '10',
    'how many messages may be unacknowledged; of this SUBSCRIBE and all after it',
  ),
  'x-stream-offset': matching(
    /^(first|last|next|(offset|timestamp)=\d{1,15})$/,
    'first, last, next, offset=N …',
    'offset=7',
  ),
  'x-stream-filter': shortText('eu'),
};

export const subscribeNames: HeaderTable = {
  ...queueNames,
  'x-queue-name': name('my-queue', 'the queue to bind; needs stomp:send: and stomp:subscribe: for it'),
};

export const unsubscribeHeaders: HeaderTable = {
  durable: flag('ends a durable subscription'),
  persistent: flag('the older name of durable'),
};

export const acknowledgeHeaders: HeaderTable = {
  requeue: flag('of NACK: false drops the message, or dead-letters it'),
};

/** What is set by us on every SEND, whatever the client says. */
export const USER_HEADER = 'x-parley-user';

/** What a MESSAGE may have besides STOMP's own, the properties and an application's own. */
export const receivedNames: Readonly<Record<string, string>> = {
  destination: 'what it was sent to',
  redelivered: 'true: it was delivered before, perhaps to somebody else',
  'reply-to': 'where to SEND the answer to',
  [USER_HEADER]: 'the id of the user who sent it, from the access token: nobody can forge it',
  'x-delivery-count': 'of quorum queues',
  'x-first-death-exchange': 'of what was dead-lettered',
  'x-first-death-queue': 'of what was dead-lettered',
  'x-first-death-reason': 'of what was dead-lettered',
  'x-last-death-exchange': 'of what was dead-lettered',
  'x-last-death-queue': 'of what was dead-lettered',
  'x-last-death-reason': 'of what was dead-lettered',
  'x-stream-offset': 'its place in a stream',
};

/** An application's own headers: a name like this, without `x-` in front, and none of the reserved words. */
export const APPLICATION_HEADER = /^(?![Xx]-)[A-Za-z_][\w.-]{0,126}$/;

/** What has a meaning in STOMP, here, or in AMQP: never an application's own. In small letters. */
export const reservedHeaders: ReadonlySet<string> = new Set(
  [
    Object.keys({ ...messageProperties, ...subscribeHeaders, ...acknowledgeHeaders }),
    ['accept-version', 'ack', 'content-length', 'destination', 'heart-beat', 'host', 'id', 'login', 'message'],
    ['message-id', 'passcode', 'receipt', 'receipt-id', 'redelivered', 'reply-to', 'server', 'session'],
    ['subscription', 'transaction', 'version'],
    ['authorization', 'device-id', 'device-name', 'device-kind', 'user-id', 'user-name', 'user'],
    // routing of RabbitMQ's (sender-selected distribution), and of the cluster
    ['cc', 'bcc', 'cluster-id', 'delivery-mode'],
  ].flat(),
);

// What a broker destination means: `/queue/NAME`, `/amq/queue/NAME`, `/reply-queue/NAME`, `/topic/KEY`,
// `/exchange/NAME[/KEY]`, `/temp-queue/NAME`. Read exactly as RabbitMQ's STOMP plugin reads it: parts are divided at
// "/", then "%2F" (so, not "%2f") becomes "/", once. Several spellings name one thing; permissions are checked against
// what is named, so each destination has one `path`, and what is sent to RabbitMQ is made from what was checked.
//
// Narrower than the plugin in two points, so that no other version of it can read more into a name than was checked:
// no "%" but that of "%2F", no control characters.

export interface BrokerDestination {
  readonly kind: 'queue' | 'exchange' | 'temp-queue';
  /** '' is the default exchange, which routes to the queue that the key names. */
  readonly exchange: string;
  /** The routing key, or where one subscribes to an exchange, the binding key. A queue's is its name. */
  readonly key: string;
  /** What permissions are checked against: one for each thing that can be named. */
  readonly path: string;
  /** What RabbitMQ is told. */
  readonly wire: string;
}

export class InvalidDestination extends Error {}

/** AMQP 0-9-1: names and keys are short strings. */
const NAME_BYTES = 255;
export const TOPIC_EXCHANGE = 'amq.topic';
/** What RabbitMQ calls a queue whose name it chose, such as that of a /temp-queue. */
const GENERATED = 'amq.gen-';
const UTF8 = new TextEncoder();

/** Every form, and what may be done with it; the AsyncAPI document is made from this. */
export const brokerDestinations = [
  {
    address: '/queue/{name}',
    summary: 'a queue of this name, durable, made where there is none; each message is for one reader',
    send: true,
    subscribe: true,
    /** SEND declares the queue, too. */
    declares: true,
  },
  {
    address: '/amq/queue/{name}',
    summary: 'a queue that is there already, made by others',
    send: true,
    subscribe: true,
    declares: false,
  },
  {
    address: '/reply-queue/{name}',
    summary: 'a queue whose name RabbitMQ chose, as a reply-to has it',
    send: true,
    subscribe: true,
    declares: false,
  },
  {
    address: '/topic/{key}',
    summary:
      'every subscriber whose binding key matches: words divided at ".", "*" is any one word, "#" any number of them',
    send: true,
    subscribe: true,
    declares: false,
  },
  {
    address: '/exchange/{exchange}',
    summary: 'an exchange that is there already, without a key',
    send: true,
    subscribe: true,
    declares: false,
  },
  {
    address: '/exchange/{exchange}/{key}',
    summary: 'an exchange that is there already: its routing key, or where one subscribes, the binding key',
    send: true,
    subscribe: true,
    declares: false,
  },
  {
    address: '/temp-queue/{name}',
    summary:
      "a private queue for answers: only in the reply-to of a SEND. Answers come without a SUBSCRIBE, as long as the session lasts; '/temp-queue/{name}' is their subscription",
    send: false,
    subscribe: false,
    declares: false,
  },
] as const;

const PREFIXES = [...new Set(brokerDestinations.map(({ address }) => address.slice(0, address.indexOf('/{'))))];

/** Whether the destination is RabbitMQ's to understand, right or wrong; all others are our own. */
export const isBrokerDestination = (destination: string): boolean =>
  PREFIXES.some((prefix) => destination === prefix || destination.startsWith(`${prefix}/`));

/** Throws InvalidDestination. */
export function resolveDestination(destination: string): BrokerDestination {
  const [nothing, type, ...rest] = destination.split('/');
  if (nothing !== '' || type === undefined) throw new InvalidDestination('it does not begin with "/"');
  switch (type) {
    case 'queue':
      return queue('/queue/', oneName(rest));
    case 'amq':
      if (rest[0] !== 'queue') break;
      return queue('/amq/queue/', oneName(rest.slice(1)));
    case 'reply-queue':
      return replyQueue(rest.join('/'));
    case 'temp-queue':
      return tempQueue(oneName(rest));
    case 'topic':
      return exchange(TOPIC_EXCHANGE, oneName(rest));
    case 'exchange':
      return namedExchange(rest);
  }
  throw new InvalidDestination('it is of no known type');
}

/** The queue that a header names as it is, such as `x-queue-name`. */
export const resolveQueueName = (name: string): BrokerDestination => queue('/queue/', checked(name));

/** The exchange and routing key that headers name as they are, such as `x-dead-letter-exchange`. */
export const resolveRoute = (name: string, key: string): BrokerDestination =>
  name === '' ? resolveQueueName(key) : exchange(checked(name), key === '' ? '' : checked(key));

function queue(prefix: '/queue/' | '/amq/queue/', name: string): BrokerDestination {
  const shown = escaped(name);
  const path = name.startsWith(GENERATED) ? `/reply-queue/${shown}` : `/queue/${shown}`;
  return { kind: 'queue', exchange: '', key: name, path, wire: prefix + shown };
}

/** Its name is everything behind the prefix, and nothing in it is decoded. */
function replyQueue(name: string): BrokerDestination {
  if (name.includes('%')) throw new InvalidDestination('the name of a reply queue holds no "%"');
  const { path } = queue('/queue/', checked(name));
  return { kind: 'queue', exchange: '', key: name, path, wire: `/reply-queue/${name}` };
}

function tempQueue(name: string): BrokerDestination {
  const path = `/temp-queue/${escaped(name)}`;
  return { kind: 'temp-queue', exchange: '', key: name, path, wire: path };
}

function namedExchange(rest: readonly string[]): BrokerDestination {
  const [name = '', key = ''] = rest;
  if (rest.length > 2) throw new InvalidDestination('behind /exchange/ stand a name and at most one key');
  return exchange(decoded(name), key === '' ? '' : decoded(key));
}

function exchange(name: string, key: string): BrokerDestination {
  const end = key === '' ? '' : `/${escaped(key)}`;
  const plain = `/exchange/${escaped(name)}${end}`;
  if (name !== TOPIC_EXCHANGE) return { kind: 'exchange', exchange: name, key, path: plain, wire: plain };
  const path = `/topic${end}`;
  // the plugin has no /topic without a key
  return { kind: 'exchange', exchange: name, key, path, wire: key === '' ? plain : path };
}

function oneName(rest: readonly string[]): string {
  if (rest.length !== 1) throw new InvalidDestination('it has more or fewer parts than its type; "/" in a name is %2F');
  return decoded(rest[0] as string);
}

function decoded(part: string): string {
  if (/%(?!2F)/.test(part)) throw new InvalidDestination('the only escape is %2F');
  return checked(part.replaceAll('%2F', '/'));
}

const escaped = (name: string): string => name.replaceAll('/', '%2F');

function checked(name: string): string {
  if (name === '') throw new InvalidDestination('a name is empty');
  // "%/2F" and the like: encoded again it would be read as something else
  if (name.includes('%')) throw new InvalidDestination('the only escape is %2F');
  if (UTF8.encode(name).length > NAME_BYTES) throw new InvalidDestination(`a name is longer than ${NAME_BYTES} octets`);
  if (/\p{Cc}/u.test(name)) throw new InvalidDestination('a name holds control characters');
  return name;
}

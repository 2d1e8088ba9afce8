// What a role may grant, and the language of its patterns. Default deny: what no role of a user grants, the user may
// not do.
//
// A PATTERN stands for broker destinations, by the path each of them has (broker-destination.ts):
//
//   /queue/NAME          a queue, however it is spelled: /queue/NAME, /amq/queue/NAME, /reply-queue/NAME, x-queue-name
//   /reply-queue/NAME    a queue whose name RabbitMQ chose (amq.gen-…)
//   /temp-queue/NAME     a private queue for replies, as in `reply-to:/temp-queue/NAME`: needs `stomp:subscribe:`
//   /topic/KEY           the exchange amq.topic with this key, also spelled /exchange/amq.topic/KEY
//   /exchange/NAME/KEY   any other exchange; /exchange/NAME where the key is empty
//
// Its parts are divided at "/", and the parts into words at ".". Letters count as they are, upper and lower case.
//
//   *    as a part: any one part. As a word: any one word                     /queue/*   /topic/orders.*
//   **   as the last part or word: whatever follows, nothing too             /exchange/logs/**   /topic/orders.**
//
// A "/" within a name is written %2F. To subscribe with a binding key that has wildcards of its own (* one word, # any
// number), a single pattern must cover every key it can match: /topic/orders.** covers /topic/orders.#, and neither
// /topic/orders.* nor /topic/orders.eu does. A fanout or headers exchange does not look at the key: there only
// /exchange/NAME/** says what is granted.
//
// Our own queues and exchanges (parley.…, device.…) nobody may SEND to, whatever the pattern: what goes through them is
// taken for a message of the user it names. Nor may anybody subscribe to those queues, for a consumer takes away what
// is for others; only who holds `/**` may read the dead letters, and listen to the exchanges.
import type { BrokerDestination } from './broker-destination.ts';

export const permissions = [
  { name: '*', text: 'everything, `/**` of the broker destinations included' },
  { name: 'reports:read', text: 'read what people report of one another' },
  { name: 'reports:write', text: 'close a report, with a note' },
  { name: 'stomp:send:PATTERN', text: 'SEND to the broker destinations that match PATTERN' },
  { name: 'stomp:subscribe:PATTERN', text: 'SUBSCRIBE to the broker destinations that match PATTERN' },
] as const;

/** The roles every database has. */
export const builtInRoles = [
  { name: 'administrator', permissions: ['*'] },
  { name: 'user', permissions: [] },
] as const satisfies readonly { name: string; permissions: readonly string[] }[];

export type BrokerAction = 'send' | 'subscribe';

/** What the names of our own queues and exchanges begin with. */
const INTERNAL_PREFIXES = ['parley.', 'device.'];
/** What RabbitMQ tells about everything that happens in it, messages included. */
const TRACING_PREFIX = 'amq.rabbitmq.';
const READABLE_QUEUE = 'parley.dead';

/** Whether some of what is held permits the action on what the destination names. */
export function permitsDestination(
  held: ReadonlySet<string>,
  action: BrokerAction,
  destination: BrokerDestination,
): boolean {
  if (isInternal(destination)) {
    if (action === 'send' || !holdsAll(held, action)) return false;
    return destination.kind === 'exchange' || destination.key === READABLE_QUEUE;
  }
  const bindsKey = action === 'subscribe' && destination.kind === 'exchange';
  return patternsOf(held, action).some((pattern) => covers(pattern, destination.path, bindsKey));
}

/** Whether some of what is held permits to send to the exchange with whatever key. */
export function permitsEveryKey(held: ReadonlySet<string>, exchange: BrokerDestination): boolean {
  if (isInternal(exchange)) return false;
  return patternsOf(held, 'send').some((pattern) => covers(pattern, `${exchange.path}/#`, true));
}

/** A look-alike of an internal name is none, but nobody has a good reason for one. */
function isInternal({ kind, exchange, key }: BrokerDestination): boolean {
  const name = (kind === 'exchange' ? exchange : key)
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .trim()
    .toLowerCase();
  if (kind === 'exchange' && name.startsWith(TRACING_PREFIX)) return true;
  return INTERNAL_PREFIXES.some((prefix) => name.startsWith(prefix));
}

const holdsAll = (held: ReadonlySet<string>, action: BrokerAction): boolean =>
  held.has('*') || held.has(`stomp:${action}:/**`);

function patternsOf(held: ReadonlySet<string>, action: BrokerAction): string[] {
  const prefix = `stomp:${action}:`;
  const granted = [...held].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return held.has('*') ? ['/**', ...granted] : granted;
}

/** Other spellings that an administrator may have used for what has one path. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/^\/amq\/queue(?=\/)/, '/queue'],
  [/^\/queue(?=\/amq\.gen-)/, '/reply-queue'],
  [/^\/exchange\/amq\.topic(?=\/|$)/, '/topic'],
];

/** `bindsKey`: the last part is a binding key, whose wildcards the pattern must cover. */
function covers(pattern: string, path: string, bindsKey: boolean): boolean {
  if (!pattern.startsWith('/')) return false;
  const parts = spellings.reduce((text, [from, to]) => text.replace(from, to), pattern).split('/');
  const named = path.split('/');
  for (const [i, part] of parts.entries()) {
    if (part === '**' && i === parts.length - 1) return true;
    const name = named[i];
    if (name === undefined) return false;
    const isKey = bindsKey && i === named.length - 1 && i >= firstKeyPart(named);
    if (part !== '*' && !wordsCover(part.split('.'), name.split('.'), isKey)) return false;
  }
  return parts.length === named.length;
}

/** Of ['', 'topic', KEY] and ['', 'exchange', NAME, KEY]. */
const firstKeyPart = (named: readonly string[]): number => (named[1] === 'topic' ? 2 : 3);

function wordsCover(pattern: readonly string[], words: readonly string[], binding: boolean): boolean {
  for (const [i, word] of pattern.entries()) {
    if (word === '**' && i === pattern.length - 1) return true;
    const named = words[i];
    if (named === undefined || (binding && named === '#')) return false;
    if (word === '*') continue;
    if (named !== word || (binding && named === '*')) return false;
  }
  return pattern.length === words.length;
}

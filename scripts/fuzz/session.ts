// What one hostile session says: frames that nearly make sense to the relay, damaged and cut into pieces. Made of a
// seed and a number alone, but for the token.
import { encodeFrame } from '../../server/stomp/encoder.ts';
import { type Version, versions } from '../../server/stomp/frame.ts';
import { below, damage, nonsense, pick, type Random, randomFrom } from '../../server/stomp/fuzz.ts';
import type { Person } from '../trial/trial.ts';

export interface HostileSession {
  /** Each is a WebSocket message. */
  readonly pieces: readonly Buffer[];
  readonly frames: number;
  /** Its CONNECT is whole. */
  readonly getsIn: boolean;
  /** How it goes: said good-bye or not, or without a word. */
  readonly end: 'close' | 'terminate';
}

type Made = readonly [command: string, headers: Record<string, string>, body?: string];

const destinations = [
  '/app/messages',
  '/app/markers',
  '/app/session/token',
  '/app/nowhere',
  '/user/queue/events',
  '/user/queue/refusals',
  '/user/queue/live',
  '/topic/a',
  '/queue/a',
  '/exchange/a/b',
  '/temp-queue/a',
  '/queue/%2F',
  '',
];
const values = [
  '1',
  't',
  'e-1',
  'e-2',
  'e-99999',
  'b-1-1-1',
  'auto',
  'client',
  'client-individual',
  '\n',
  ':',
  '🐇',
  '',
];

const makers: readonly ((random: Random, person: Person) => Made)[] = [
  function say(random, { userId }) {
    const id = String(below(random, 1e9));
    const draft = { clientMessageId: id, to: { user: userId }, kind: 'text', text: pick(random, values) };
    return ['SEND', { destination: '/app/messages', receipt: id }, JSON.stringify(draft)];
  },
  function sayNonsense(random) {
    const body = pick(random, [
      '',
      '{',
      'null',
      '[]',
      '{"to":{}}',
      '1e999',
      '"\\ud800"',
      '{"__proto__":1}',
      '[['.repeat(500),
    ]);
    return ['SEND', { destination: pick(random, destinations), receipt: 'x' }, body];
  },
  (random) => [
    'SUBSCRIBE',
    { id: pick(random, values), destination: pick(random, destinations), ack: pick(random, values), receipt: 's' },
  ],
  () => ['SUBSCRIBE', { id: 'e', destination: '/user/queue/events', ack: 'client' }],
  (random) => ['UNSUBSCRIBE', { id: pick(random, ['e', '1', 't']) }],
  (random) => [pick(random, ['ACK', 'NACK']), ids(random)],
  (random) => [pick(random, ['BEGIN', 'BEGIN', 'COMMIT', 'ABORT']), { transaction: pick(random, ['t', 'u']) }],
  (random, { userId }) => [
    'SEND',
    { destination: '/app/messages', transaction: 't' },
    JSON.stringify({ clientMessageId: 'c', to: { user: userId }, kind: 'text', text: pick(random, values) }),
  ],
  () => ['DISCONNECT', { receipt: 'bye' }],
];

function ids(random: Random): Record<string, string> {
  const id = pick(random, values);
  return { id, 'message-id': id, subscription: 'e' };
}

export function hostileSession(seed: number, number: number, person: Person): HostileSession {
  const random = randomFrom(Math.imul(seed, 0x9e3779b1) ^ number);
  const version: Version = pick(random, versions);
  const connect = encodeFrame(
    pick(random, ['CONNECT', 'CONNECT', 'STOMP']),
    { 'accept-version': version, passcode: person.token, 'device-id': pick(random, ['d1', 'd2']), 'heart-beat': '0,0' },
    '',
    version,
  );
  const made = Array.from({ length: 1 + below(random, 12) }, () => pick(random, makers)(random, person));
  const rest = made.map(([command, headers, body]) => encodeFrame(command, headers, body, version));
  const frames = random() < 0.1 ? [nonsense(random)] : rest;
  const how = random();
  let octets: Buffer = Buffer.concat([connect, ...frames]);
  // most get in, and are wrong only then
  if (how < 0.2) octets = damage(random, octets);
  else if (how < 0.8) octets = Buffer.concat([connect, damage(random, Buffer.concat(frames))]);
  return {
    pieces: cut(random, octets),
    frames: frames.length + 1,
    getsIn: how >= 0.2,
    end: random() < 0.5 ? 'close' : 'terminate',
  };
}

function cut(random: Random, octets: Buffer): Buffer[] {
  const cuts = Array.from({ length: below(random, 5) }, () => below(random, octets.length + 1));
  // now and then octet by octet
  if (random() < 0.02) cuts.push(...octets.keys());
  const ascending = [0, ...cuts, octets.length].toSorted((a, b) => a - b);
  return ascending.slice(1).map((to, i) => octets.subarray(ascending[i], to));
}

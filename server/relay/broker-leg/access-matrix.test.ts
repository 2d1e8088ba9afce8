// A generated matrix of attempts to get around the permissions of broker destinations: names one may not use, in every
// spelling, in every place where a name can stand. For each, what would RabbitMQ do with what goes on to it? Nothing
// that the user may not do. A model of RabbitMQ (rabbitmq-model.ts) is the judge, and shows first that the same frames
// without the relay would do it.
import { expect } from 'chai';
import { ParleyError } from '../../errors.ts';
import { Headers } from '../../stomp/frame.ts';
import { sendFields, subscribeFields } from './access.ts';
import { type Deed, deedsOf } from './rabbitmq-model.ts';

interface User {
  readonly held: ReadonlySet<string>;
  readonly mayPublish: (exchange: string, key: string) => boolean;
  readonly mayPublishAny: (exchange: string) => boolean;
  readonly mayConsume: (queue: string) => boolean;
  readonly mayBind: (exchange: string, key: string) => boolean;
  readonly mayReply: (name: string) => boolean;
}

const grants = (...patterns: string[]) => patterns.flatMap((at) => [`stomp:send:${at}`, `stomp:subscribe:${at}`]);
const internal = (name: string) => /^(parley|device)\./.test(name);
const tracing = (name: string) => name.startsWith('amq.rabbitmq.');
/** As a word of a binding key, only those alone have a meaning. */
const word = /^news\.(?!#$)[^.]*$/;

const users: Readonly<Record<string, User>> = {
  'who may use one queue and a part of a topic': {
    held: new Set(grants('/queue/mine', '/topic/news.*')),
    mayPublish: (exchange, key) =>
      (exchange === '' && key === 'mine') || (exchange === 'amq.topic' && /^news\.[^.]*$/.test(key)),
    mayPublishAny: () => false,
    mayConsume: (queue) => queue === 'mine',
    mayBind: (exchange, key) => exchange === 'amq.topic' && word.test(key),
    mayReply: () => false,
  },
  'who may use every queue, topic and exchange': {
    held: new Set(grants('/queue/**', '/topic/**', '/exchange/**', '/temp-queue/*')),
    // but for queues with names that RabbitMQ chose, whose pattern is /reply-queue/
    mayPublish: (exchange, key) =>
      exchange === '' ? !internal(key) && !key.startsWith('amq.gen-') : !internal(exchange) && !tracing(exchange),
    mayPublishAny: (exchange) => exchange !== '' && !internal(exchange) && !tracing(exchange),
    mayConsume: (queue) => !internal(queue) && !queue.startsWith('amq.gen-'),
    mayBind: (exchange) => exchange !== '' && !internal(exchange) && !tracing(exchange),
    mayReply: () => true,
  },
  'who may do everything': {
    held: new Set(['*']),
    mayPublish: (exchange, key) => (exchange === '' ? !internal(key) : !internal(exchange) && !tracing(exchange)),
    mayPublishAny: (exchange) => exchange !== '' && !internal(exchange) && !tracing(exchange),
    mayConsume: (queue) => !internal(queue) || queue === 'parley.dead',
    mayBind: (exchange) => exchange !== '',
    mayReply: () => true,
  },
  'who may send everywhere and read one queue': {
    held: new Set(['stomp:send:/**', 'stomp:subscribe:/queue/mine', 'stomp:subscribe:/topic/news.a']),
    mayPublish: (exchange, key) => (exchange === '' ? !internal(key) : !internal(exchange) && !tracing(exchange)),
    mayPublishAny: (exchange) => exchange !== '' && !internal(exchange) && !tracing(exchange),
    mayConsume: (queue) => queue === 'mine',
    mayBind: (exchange, key) => exchange === 'amq.topic' && key === 'news.a',
    mayReply: () => false,
  },
  'whose roles grant nothing': {
    held: new Set(['stomp:send:', 'stomp:send:queue/**', 'stomp:subscribe:**', 'stomp:/**', 'bots:write', 'stomp:*']),
    mayPublish: () => false,
    mayPublishAny: () => false,
    mayConsume: () => false,
    mayBind: () => false,
    mayReply: () => false,
  },
};

function may(user: User, deed: Deed): boolean {
  switch (deed.does) {
    case 'publish':
      return user.mayPublish(deed.exchange, deed.key);
    case 'publish-any':
      return user.mayPublishAny(deed.exchange);
    case 'consume':
      return user.mayConsume(deed.queue);
    case 'fill':
      return user.mayPublish('', deed.queue);
    case 'bind':
      return user.mayBind(deed.exchange, deed.key);
    // a place she may write to or read from herself
    case 'ask-to-publish':
      return (
        user.mayPublish(deed.exchange, deed.key) ||
        (deed.exchange === '' ? user.mayConsume(deed.key) : user.mayBind(deed.exchange, deed.key))
      );
    case 'own-reply-queue':
      return user.mayReply(deed.name);
    default:
      return false;
  }
}

const victims = [
  ['others', 'Mine', 'parley.inbound.0', 'parley.dead', 'parley.changes', 'news.#', 'news.a.*'],
  ['device.u1.d1', 'amq.rabbitmq.trace', 'amq.gen-JzTY20BRgKO', 'weather.a', '#', '*.a'],
].flat();

/** Ways to write a name, the right one first. */
const spellings: Readonly<Record<string, (name: string) => string>> = {
  'as it is': (name) => name,
  'percent-encoded': (name) => [...Buffer.from(name)].map((octet) => `%${octet.toString(16).toUpperCase()}`).join(''),
  'its dots percent-encoded': (name) => name.replaceAll('.', '%2E').replaceAll('#', '%23'),
  'encoded twice': (name) => name.replaceAll('.', '%252E'),
  'a small escape in front': (name) => `%2f${name}`,
  'an escape in front': (name) => `%2F${name}`,
  'an escape behind': (name) => `${name}%2F`,
  'an escape in an escape': (name) => `%%2F2F${name}`,
  'from one that is permitted, upwards': (name) => `mine%2F..%2F${name}`,
  'from one that is permitted, by path': (name) => `mine/../${name}`,
  'behind one that is permitted': (name) => `mine/${name}`,
  'behind a dot': (name) => `./${name}`,
  'behind a slash': (name) => `/${name}`,
  'with a slash behind': (name) => `${name}/`,
  'with a dot behind': (name) => `${name}.`,
  'with a space in front': (name) => ` ${name}`,
  'with a space behind': (name) => `${name} `,
  'with a NUL behind': (name) => `${name}\0`,
  'with a line end and another header': (name) => `mine\ndestination:/queue/${name}`,
  'with a carriage return': (name) => `${name}\r`,
  'with a backslash': (name) => `mine\\c${name}`,
  'in capitals': (name) => name.toUpperCase(),
  'in wide letters': (name) =>
    name.replace(/[a-z]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)),
  'with a letter of no width': (name) => `${name.slice(0, 1)}\u200b${name.slice(1)}`,
  'with a query': (name) => `mine?${name}`,
  'as a second name': (name) => `mine,${name}`,
};

const prefixes = [
  ['/queue/', '/amq/queue/', '/reply-queue/', '/topic/', '/temp-queue/', '/exchange/', '/exchange/amq.topic/'],
  ['/exchange/amq.direct/', '/exchange//', '/exchange/amq.default/', '/exchange/%2F/', '/exchange/news/'],
  ['', '/', '//queue/', '/queue//', '/Queue/', 'queue/', '/queue/../amq/queue/', ' /queue/', '/app/../queue/'],
].flat();

type Carrier = (text: string, name: string) => ['SEND' | 'SUBSCRIBE', Record<string, string>];

/** Where a destination can stand. */
const carriers: Readonly<Record<string, Carrier>> = {
  'SEND to': (destination) => ['SEND', { destination }],
  'SUBSCRIBE to': (destination) => ['SUBSCRIBE', { destination, id: '1' }],
  'reply-to': (text) => ['SEND', { destination: '/queue/mine', 'reply-to': text }],
};

const expiring = { 'x-message-ttl': '0' };
const dead = (exchange: string, key?: string) => ({
  'x-dead-letter-exchange': exchange,
  ...(key === undefined ? {} : { 'x-dead-letter-routing-key': key }),
});

/** Where a bare name can stand. */
const nameCarriers: Readonly<Record<string, Carrier>> = {
  'x-queue-name': (name) => ['SUBSCRIBE', { destination: '/topic/news.a', id: '1', 'x-queue-name': name }],
  'x-queue-name, durable': (name) => [
    'SUBSCRIBE',
    { destination: '/topic/news.a', id: '1', durable: 'true', 'auto-delete': 'false', 'x-queue-name': name },
  ],
  'dead letters to the queue, subscribing': (name) => [
    'SUBSCRIBE',
    { destination: '/queue/mine', id: '1', ...expiring, ...dead('', name) },
  ],
  'dead letters to the queue, sending': (name) => [
    'SEND',
    { destination: '/queue/mine', ...expiring, ...dead('', name) },
  ],
  'dead letters to the queue, spaces around': (name) => [
    'SUBSCRIBE',
    { destination: '/queue/mine', id: '1', ...expiring, ...dead('  ', `  ${name}  `) },
  ],
  'dead letters to the exchange': (name) => [
    'SUBSCRIBE',
    { destination: '/queue/mine', id: '1', ...expiring, ...dead(name) },
  ],
  'dead letters to the exchange, with a key': (name) => ['SEND', { destination: '/queue/mine', ...dead(name, 'k') }],
  'dead letters with the key they came with': (name) => [
    'SUBSCRIBE',
    { destination: `/topic/${name}`, id: '1', ...expiring, ...dead('') },
  ],
  CC: (name) => ['SEND', { destination: '/queue/mine', CC: name }],
  BCC: (name) => ['SEND', { destination: '/queue/mine', BCC: name }],
  'user-id': (name) => ['SEND', { destination: '/queue/mine', 'user-id': name }],
};

interface Attempt {
  readonly what: string;
  readonly command: 'SEND' | 'SUBSCRIBE';
  readonly headers: Record<string, string>;
}

const attempts: Attempt[] = victims.flatMap((victim) =>
  Object.entries(spellings).flatMap(([spelling, spell]) => {
    const name = spell(victim);
    const whole = Object.entries(carriers).flatMap(([place, carry]) =>
      prefixes.map((prefix) => ({ place: `${place} ${prefix}`, made: carry(prefix + name, name) })),
    );
    const bare = Object.entries(nameCarriers).map(([place, carry]) => ({ place, made: carry(name, name) }));
    return [...whole, ...bare].map(({ place, made: [command, headers] }) => ({
      what: `${place} ${victim}, ${spelling}`,
      command,
      headers,
    }));
  }),
);

/** What goes on to RabbitMQ; undefined: it was refused. */
function passed(user: User, { command, headers }: Attempt): Record<string, string> | undefined {
  const asking = { userId: 'u', held: user.held };
  const given = new Headers(Object.entries(headers).flat());
  try {
    if (command === 'SEND') return sendFields(given, asking, (name) => name);
    return subscribeFields(given, asking, 1000).fields;
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    return undefined;
  }
}

describe('attempts to get around the permissions of broker destinations', () => {
  const { stackTraceLimit } = Error;
  // nearly every attempt ends in an error; nobody reads where it came from
  before(() => (Error.stackTraceLimit = 0));
  after(() => (Error.stackTraceLimit = stackTraceLimit));

  for (const [name, user] of Object.entries(users)) {
    it(`by someone ${name}: none passes`, function () {
      this.timeout(60_000);
      const forbidden = attempts.filter(({ command, headers }) =>
        deedsOf(command, headers).some((deed) => !may(user, deed)),
      );
      // the judge would see it: so many would work without the relay
      expect(forbidden.length).to.be.at.least(500);
      const through = attempts.flatMap((attempt) => {
        const fields = passed(user, attempt);
        const done = fields ? deedsOf(attempt.command, fields).filter((deed) => !may(user, deed)) : [];
        return done.map((deed) => `${attempt.what}: ${JSON.stringify(deed)}`);
      });
      expect(through).to.deep.equal([]);
    });
  }

  it('leave those through who stay with what they may do', () => {
    const user = users['who may use one queue and a part of a topic'] as User;
    const sends = ['/queue/mine', '/amq/queue/mine', '/topic/news.a', '/exchange/amq.topic/news.a'];
    const honest: Attempt[] = [
      ...sends.map((destination) => ({ what: '', command: 'SEND' as const, headers: { destination } })),
      ...[...sends, '/topic/news.*'].map((destination) => ({
        what: '',
        command: 'SUBSCRIBE' as const,
        headers: { destination, id: '1' },
      })),
      { what: '', command: 'SUBSCRIBE', headers: { destination: '/topic/news.a', id: '1', 'x-queue-name': 'mine' } },
      { what: '', command: 'SEND', headers: { destination: '/queue/mine', 'reply-to': '/topic/news.b' } },
      { what: '', command: 'SEND', headers: { destination: '/queue/mine', ...dead('amq.topic', 'news.dead') } },
    ];
    for (const attempt of honest) expect(passed(user, attempt), JSON.stringify(attempt.headers)).to.be.an('object');
  });
});

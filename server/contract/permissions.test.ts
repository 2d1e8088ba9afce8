// The language of the patterns of permissions, and what no pattern grants.
import { expect } from 'chai';
import { CHANGES_EXCHANGE, DEAD_QUEUE, deviceQueue, inboundQueue, mailboxQueue } from '../broker/topology.ts';
import { resolveDestination, resolveRoute } from './broker-destination.ts';
import { type BrokerAction, permitsDestination, permitsEveryKey } from './permissions.ts';

const permits = (pattern: string, action: BrokerAction, destination: string) =>
  permitsDestination(new Set([`stomp:${action}:${pattern}`]), action, resolveDestination(destination));

describe('a pattern of destinations', () => {
  const sends: Record<string, { yes: readonly string[]; no: readonly string[] }> = {
    '/queue/a': {
      yes: ['/queue/a', '/amq/queue/a', '/reply-queue/a'],
      no: ['/queue/A', '/queue/ab', '/queue/a.b', '/queue/a%2Fb', '/topic/a', '/exchange/a', '/queue/*'],
    },
    '/amq/queue/a': { yes: ['/queue/a'], no: ['/queue/b'] },
    '/queue/*': { yes: ['/queue/a', '/queue/a.b', '/queue/a%2Fb'], no: ['/topic/a', '/queue/amq.gen-1'] },
    '/queue/a.*': { yes: ['/queue/a.b', '/queue/a.'], no: ['/queue/a', '/queue/a.b.c', '/queue/b.a'] },
    '/queue/a.**': { yes: ['/queue/a', '/queue/a.b', '/queue/a.b.c'], no: ['/queue/ab', '/queue/b.a'] },
    '/queue/a%2Fb': { yes: ['/queue/a%2Fb'], no: ['/queue/a'] },
    '/reply-queue/*': { yes: ['/reply-queue/amq.gen-1', '/queue/amq.gen-1'], no: ['/reply-queue/a', '/queue/a'] },
    '/topic/*': { yes: ['/topic/a', '/topic/a.b', '/exchange/amq.topic/a'], no: ['/exchange/amq.topic', '/queue/a'] },
    '/topic/**': { yes: ['/topic/a', '/exchange/amq.topic'], no: ['/exchange/amq.topics/a'] },
    '/exchange/amq.topic/a': { yes: ['/topic/a'], no: ['/topic/b'] },
    '/topic/*.b': { yes: ['/topic/a.b', '/topic/.b'], no: ['/topic/b', '/topic/a.a.b'] },
    '/exchange/x': { yes: ['/exchange/x', '/exchange/x/'], no: ['/exchange/x/k', '/exchange/y'] },
    '/exchange/x/k': { yes: ['/exchange/x/k'], no: ['/exchange/x', '/exchange/x/l'] },
    '/exchange/x/**': { yes: ['/exchange/x', '/exchange/x/k'], no: ['/exchange/xx', '/exchange/y/k'] },
    '/exchange/**': { yes: ['/exchange/x', '/exchange/x/k'], no: ['/topic/a', '/queue/a'] },
    '/**': { yes: ['/queue/a', '/topic/a', '/exchange/x', '/reply-queue/amq.gen-1', '/temp-queue/a'], no: [] },
    '**': { yes: [], no: ['/queue/a'] },
    '': { yes: [], no: ['/queue/a'] },
    'queue/a': { yes: [], no: ['/queue/a'] },
    '/queue': { yes: [], no: ['/queue/a'] },
    '/queue/': { yes: [], no: ['/queue/a'] },
    '/**/a': { yes: [], no: ['/queue/b'] },
    '/QUEUE/*': { yes: [], no: ['/queue/a'] },
  };
  for (const [pattern, { yes, no }] of Object.entries(sends)) {
    it(`${pattern || '(empty)'} lets send to ${yes.join(' ') || 'nothing'}, not to ${no.join(' ') || 'nothing'}`, () => {
      for (const destination of yes) expect(permits(pattern, 'send', destination), destination).to.equal(true);
      for (const destination of no) expect(permits(pattern, 'send', destination), destination).to.equal(false);
    });
  }

  const subscribes: Record<string, { yes: readonly string[]; no: readonly string[] }> = {
    '/topic/a.b': { yes: ['/topic/a.b'], no: ['/topic/a.*', '/topic/a.#', '/topic/#', '/topic/*.b', '/topic/a.b.#'] },
    '/topic/a.*': {
      yes: ['/topic/a.b', '/topic/a.*'],
      no: ['/topic/a.#', '/topic/#', '/topic/*.b', '/topic/a', '/topic/*.*'],
    },
    '/topic/a.**': {
      yes: ['/topic/a.#', '/topic/a.*', '/topic/a.#.b', '/topic/a'],
      no: ['/topic/#', '/topic/*', '/topic/#.a'],
    },
    '/topic/*.b': { yes: ['/topic/*.b', '/topic/a.b'], no: ['/topic/#.b', '/topic/*.*'] },
    '/topic/*': { yes: ['/topic/#', '/topic/a.#', '/topic/*'], no: ['/exchange/amq.topic'] },
    '/topic/#': { yes: [], no: ['/topic/#', '/topic/a'] },
    '/exchange/x/a.*': { yes: ['/exchange/x/a.b'], no: ['/exchange/x/#', '/exchange/x'] },
    // in a queue's name they are letters
    '/queue/a.*': { yes: ['/queue/a.#', '/queue/a.*'], no: ['/queue/#'] },
  };
  for (const [pattern, { yes, no }] of Object.entries(subscribes)) {
    it(`${pattern} lets subscribe to ${yes.join(' ') || 'nothing'}, not to ${no.join(' ') || 'nothing'}`, () => {
      for (const destination of yes) expect(permits(pattern, 'subscribe', destination), destination).to.equal(true);
      for (const destination of no) expect(permits(pattern, 'subscribe', destination), destination).to.equal(false);
    });
  }

  it('grants the one action it names', () => {
    const held = new Set(['stomp:send:/queue/a', 'stomp:subscribe:/queue/b', 'bots:write']);
    expect(permitsDestination(held, 'subscribe', resolveDestination('/queue/a'))).to.equal(false);
    expect(permitsDestination(held, 'send', resolveDestination('/queue/b'))).to.equal(false);
    expect(permitsDestination(new Set(), 'send', resolveDestination('/queue/a'))).to.equal(false);
  });

  it('grants an exchange with every key only where it says so', () => {
    const every = (pattern: string, exchange: string) =>
      permitsEveryKey(new Set([`stomp:send:${pattern}`]), resolveRoute(exchange, ''));
    for (const pattern of ['/exchange/x/**', '/exchange/x/*', '/exchange/**', '/**'])
      expect(every(pattern, 'x'), pattern).to.equal(true);
    for (const pattern of ['/exchange/x', '/exchange/x/k', '/exchange/x/*.k', '/exchange/y/**', '/topic/**'])
      expect(every(pattern, 'x'), pattern).to.equal(false);
    expect(every('/topic/**', 'amq.topic')).to.equal(true);
    expect(every('/**', 'parley.changes')).to.equal(false);
  });
});

describe('our own queues and exchanges', () => {
  const own = [DEAD_QUEUE, CHANGES_EXCHANGE, inboundQueue(0), mailboxQueue(1), deviceQueue('u', 'd')];
  const everything = new Set(['*', 'stomp:send:/**', 'stomp:subscribe:/**']);
  const wide = new Set(
    ['/queue/**', '/exchange/**', '/topic/**', '/reply-queue/**', '/queue/*'].flatMap((pattern) => [
      `stomp:send:${pattern}`,
      `stomp:subscribe:${pattern}`,
    ]),
  );

  for (const name of own) {
    const spellings = [
      `/queue/${name}`,
      `/amq/queue/${name}`,
      `/reply-queue/${name}`,
      `/exchange/${name}`,
      `/exchange/${name}/k`,
    ];
    it(`${name}: nobody sends to it`, () => {
      for (const spelling of spellings)
        for (const held of [everything, wide])
          expect(permitsDestination(held, 'send', resolveDestination(spelling)), spelling).to.equal(false);
    });
    it(`${name}: nobody takes from its queue, but the administrator the dead letters`, () => {
      for (const spelling of spellings) {
        const destination = resolveDestination(spelling);
        expect(permitsDestination(wide, 'subscribe', destination), spelling).to.equal(false);
        const admin = destination.kind === 'exchange' || name === DEAD_QUEUE;
        expect(permitsDestination(everything, 'subscribe', destination), spelling).to.equal(admin);
      }
    });
  }

  it('have no look-alikes', () => {
    for (const name of ['PARLEY.inbound.0', ' parley.x', 'ｐarley.x', 'par\u200bley.x', 'Device.u.d'])
      expect(permitsDestination(everything, 'send', resolveDestination(`/queue/${name}`)), name).to.equal(false);
    for (const name of ['parleys.x', 'x.parley.y', 'devices'])
      expect(permitsDestination(everything, 'send', resolveDestination(`/queue/${name}`)), name).to.equal(true);
  });

  it("nor does anyone but the administrator listen to RabbitMQ's own tracing", () => {
    const trace = resolveDestination('/exchange/amq.rabbitmq.trace/#');
    expect(permitsDestination(wide, 'subscribe', trace)).to.equal(false);
    expect(permitsDestination(everything, 'subscribe', trace)).to.equal(true);
  });
});

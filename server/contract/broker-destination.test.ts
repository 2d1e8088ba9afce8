// Every spelling of a broker destination, read as RabbitMQ reads it.
import { expect } from 'chai';
import { InvalidDestination, isBrokerDestination, resolveDestination, resolveRoute } from './broker-destination.ts';

const read = (text: string) => {
  const { kind, exchange, key, path } = resolveDestination(text);
  return [kind, exchange, key, path];
};

describe('a broker destination', () => {
  const spellings: Record<string, readonly string[]> = {
    '/queue/a': ['queue', '', 'a', '/queue/a'],
    '/amq/queue/a': ['queue', '', 'a', '/queue/a'],
    '/reply-queue/a': ['queue', '', 'a', '/queue/a'],
    '/reply-queue/a/b': ['queue', '', 'a/b', '/queue/a%2Fb'],
    '/queue/a%2Fb': ['queue', '', 'a/b', '/queue/a%2Fb'],
    '/queue/%2F': ['queue', '', '/', '/queue/%2F'],
    '/queue/amq.gen-Xy': ['queue', '', 'amq.gen-Xy', '/reply-queue/amq.gen-Xy'],
    '/topic/a.b.#': ['exchange', 'amq.topic', 'a.b.#', '/topic/a.b.#'],
    '/exchange/amq.topic/a.b': ['exchange', 'amq.topic', 'a.b', '/topic/a.b'],
    '/exchange/amq.topic': ['exchange', 'amq.topic', '', '/topic'],
    '/exchange/logs/a': ['exchange', 'logs', 'a', '/exchange/logs/a'],
    '/exchange/logs': ['exchange', 'logs', '', '/exchange/logs'],
    '/exchange/logs/': ['exchange', 'logs', '', '/exchange/logs'],
    '/exchange/a%2Fb/c%2Fd': ['exchange', 'a/b', 'c/d', '/exchange/a%2Fb/c%2Fd'],
    '/temp-queue/a': ['temp-queue', '', 'a', '/temp-queue/a'],
    '/queue/ä.Ö': ['queue', '', 'ä.Ö', '/queue/ä.Ö'],
  };
  for (const [text, means] of Object.entries(spellings)) {
    it(`${text} means ${means.slice(0, 3).join(' ')}`, () => expect(read(text)).to.deep.equal(means));
  }

  it('is told to RabbitMQ so that it reads what was read here', () => {
    for (const text of Object.keys(spellings)) expect(read(resolveDestination(text).wire)).to.deep.equal(read(text));
  });

  const invalid = [
    ['', 'a', 'queue/a', '//queue/a', '/queue', '/queue/', '/queue//a', '/queue/a/', '/queue/a/b', '/Queue/a'],
    ['/topic', '/topic/', '/topic/a/b', '/amq', '/amq/queue', '/amq/queue/', '/amq/topic/a', '/amq/queue/a/b'],
    ['/exchange', '/exchange/', '/exchange//a', '/exchange/a/b/c', '/temp-queue', '/temp-queue/', '/reply-queue/'],
    ['/queue/%2f', '/queue/a%20b', '/queue/%252F', '/queue/%', '/queue/%%2F2F', '/reply-queue/%2F', '/queue/a%00'],
    ['/queue/a\n', '/queue/\0', '/queue/a\u0085', `/queue/${'x'.repeat(256)}`, `/queue/${'ä'.repeat(128)}`],
  ].flat();
  for (const text of invalid) {
    it(`is not ${JSON.stringify(text.slice(0, 40))}`, () =>
      expect(() => resolveDestination(text)).to.throw(InvalidDestination));
  }

  it('is told from our own by its first part', () => {
    for (const text of [
      '/queue',
      '/queue/a',
      '/topic/',
      '/exchange',
      '/amq/queue/a',
      '/temp-queue/a',
      '/reply-queue/a',
    ])
      expect(isBrokerDestination(text), text).to.equal(true);
    for (const text of ['/app/messages', '/user/queue/events', '/queued/a', 'queue/a', '/amq', '/amq/queues/a'])
      expect(isBrokerDestination(text), text).to.equal(false);
  });

  it('of a route is a queue where the exchange is the default one', () => {
    expect(resolveRoute('', 'q').path).to.equal('/queue/q');
    expect(resolveRoute('amq.topic', 'k').path).to.equal('/topic/k');
    expect(resolveRoute('x', '').path).to.equal('/exchange/x');
    expect(() => resolveRoute('', '')).to.throw(InvalidDestination);
  });
});

// What of a client's frame goes on to RabbitMQ, and what is said of the rest.
import { expect } from 'chai';
import { Headers } from '../../stomp/frame.ts';
import { sendFields, subscribeFields, unsubscribeFields } from './access.ts';
import { receivedHeaders } from './headers.ts';

const asking = { userId: 'alice', held: new Set(['*']) };
const send = (fields: Record<string, string>) => sendFields(Headers.from(fields), asking, (name) => `for-${name}`);
const subscribe = (fields: Record<string, string>) => subscribeFields(Headers.from(fields), asking, 1000).fields;
const codeOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
};

describe('a frame on its way to RabbitMQ', () => {
  it('names who sent it, whatever the client says', () => {
    const fields = send({ destination: '/queue/a', 'x-parley-user': 'bob', 'X-Parley-User': 'bob', 'user-id': 'bob' });
    expect(fields).to.deep.equal({ destination: '/queue/a', 'x-parley-user': 'alice' });
  });

  it("keeps the message's properties and the application's own headers, and nothing else", () => {
    const kept = {
      'content-type': 'text/plain',
      persistent: 'true',
      priority: '3',
      type: 't',
      kind: 'k',
      __TypeId__: 'T',
    };
    const names = [
      ['login', 'passcode', 'host', 'session', 'message-id', 'subscription', 'ack', 'id', 'CC', 'bcc', 'x-death'],
      ['X-Match', 'Authorization', 'receipt', 'transaction', 'content-length', 'constructor', 'hasOwnProperty'],
      ['a b', 'é', '', 'x-queue-name'],
    ].flat();
    const dropped = Object.fromEntries(names.map((name) => [name, 'x']));
    const { destination, 'x-parley-user': user, ...rest } = send({ destination: '/topic/a', ...kept, ...dropped });
    expect([destination, user]).to.deep.equal(['/topic/a', 'alice']);
    expect(rest).to.deep.equal(kept);
  });

  it('has queue arguments only where it declares a queue', () => {
    const own = { 'x-message-ttl': ' 5 ', 'x-dead-letter-exchange': ' amq.fanout ' };
    expect(send({ destination: '/queue/a', ...own })).to.include({
      'x-message-ttl': '5',
      'x-dead-letter-exchange': 'amq.fanout',
    });
    for (const destination of ['/amq/queue/a', '/topic/a', '/exchange/x/k'])
      expect(send({ destination, ...own })).to.not.have.any.keys('x-message-ttl', 'x-dead-letter-exchange');
  });

  it('has names of our own for reply queues', () => {
    expect(send({ destination: '/queue/a', 'reply-to': '/temp-queue/b' })).to.include({
      'reply-to': '/temp-queue/for-b',
    });
  });

  it('is refused where a header does not hold what RabbitMQ takes', () => {
    const wrong: Record<string, string> = {
      persistent: 'yes',
      priority: '256',
      expiration: '-1',
      timestamp: '1e3',
      type: 'x'.repeat(256),
      'x-message-ttl': '5\n',
      'x-queue-type': 'x',
      'x-expires': '',
    };
    for (const [name, value] of Object.entries(wrong))
      expect(
        codeOf(() => send({ destination: '/queue/a', [name]: value })),
        name,
      ).to.equal('header-invalid');
    for (const [name, value] of Object.entries({ 'prefetch-count': '65536', durable: 'TRUE', 'x-stream-offset': 'x' }))
      expect(
        codeOf(() => subscribe({ id: '1', destination: '/queue/a', [name]: value })),
        name,
      ).to.equal('header-invalid');
    const lonely = { destination: '/queue/a', 'x-dead-letter-routing-key': 'k' };
    expect(codeOf(() => send(lonely))).to.equal('header-invalid');
  });

  it('is refused where its destination or reply-to is none', () => {
    for (const destination of ['/queue/', '/temp-queue/a', '/topic/a/b'])
      expect(
        codeOf(() => send({ destination })),
        destination,
      ).to.equal('destination-invalid');
    for (const place of ['/app/messages', '/queue/', '//', 'a/b', '/user/queue/events'])
      expect(
        codeOf(() => send({ destination: '/queue/a', 'reply-to': place })),
        place,
      ).to.equal('destination-invalid');
  });

  it('that makes a subscription durable has a queue of its user for it, which lasts', () => {
    const durable = { destination: '/topic/a', id: '1', durable: 'true' };
    const fields = subscribe(durable);
    expect(fields).to.include({ durable: 'true', 'auto-delete': 'false', 'x-expires': '1000' });
    const name = fields['x-queue-name'];
    expect(name).to.match(/^parley\.subscription\.alice\.[0-9a-f]{32}$/);
    expect(subscribe({ ...durable, destination: '/exchange/amq.topic/a' })['x-queue-name']).to.equal(name);
    expect(subscribe({ ...durable, id: '2' })['x-queue-name']).to.not.equal(name);
    expect(subscribe({ ...durable, destination: '/topic/b' })['x-queue-name']).to.not.equal(name);
    expect(unsubscribeFields(Headers.from({ id: '1', durable: 'true' }), fields)).to.deep.equal({
      durable: 'true',
      'x-queue-name': name,
    });
    expect(subscribe({ ...durable, 'auto-delete': 'true', 'x-expires': '7' })).to.include({
      'auto-delete': 'true',
      'x-expires': '7',
    });
    expect(subscribe({ ...durable, destination: '/queue/a' })).to.not.have.any.keys('x-queue-name', 'x-expires');
    expect(codeOf(() => subscribe({ destination: '/topic/a', durable: 'true' }))).to.equal('header-invalid');
  });
});

describe('a MESSAGE on its way to a client', () => {
  it('has no header that is not for it', () => {
    const kept = {
      destination: '/queue/a',
      redelivered: 'false',
      'x-parley-user': 'bob',
      'x-first-death-reason': 'expired',
      kind: 'k',
    };
    const dropped = {
      subscription: 's1',
      'message-id': 'T_1',
      ack: 'T_1',
      'user-id': 'parley',
      receipt: 'r1',
      transaction: 'x',
      'x-death': '',
      hasOwnProperty: '1',
    };
    expect(receivedHeaders(Headers.from({ ...kept, ...dropped }))).to.deep.equal(kept);
  });
});

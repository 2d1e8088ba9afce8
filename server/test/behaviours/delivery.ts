// Behaviours: who gets which messages, and what they look like.
import { until } from '../../lib/backoff.ts';
import type { Behaviour } from './world.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => `${i + 1}`);

export const delivery: Readonly<Record<string, Behaviour>> = {
  async 'topic: fan-out and wildcards'(world) {
    const key = world.name('t');
    const [exact, one, any, sender] = await Promise.all([world.peer(), world.peer(), world.peer(), world.peer()]);
    const subscribed = [
      await exact.subscribe(`/topic/${key}.a`),
      await one.subscribe(`/topic/${key}.*`),
      await any.subscribe(`/topic/${key}.#`),
    ];
    const sent = [];
    for (const end of ['', '.a', '.b', '.a.b']) sent.push(await sender.send(`/topic/${key}${end}`, `to${end}`));
    await any.awaitMessages(4);
    await one.awaitMessages(2);
    await exact.awaitMessages(1);
    return {
      answers: [...subscribed, ...sent],
      exact: exact.bodies,
      one: one.bodies,
      any: any.bodies,
      destinations: any.messages.map(({ headers }) => world.plain(headers.get('destination'))),
    };
  },

  async 'queue: round robin'(world) {
    const queue = `/queue/${world.name()}`;
    const [a, b, sender] = await Promise.all([world.peer(), world.peer(), world.peer()]);
    await a.subscribe(queue);
    await b.subscribe(queue);
    for (const n of numbers(10)) await sender.send(queue, n);
    await until('all', () => a.messages.length + b.messages.length === 10);
    return {
      a: a.messages.length,
      b: b.messages.length,
      all: [...a.bodies, ...b.bodies].map(Number).toSorted((x, y) => x - y),
    };
  },

  async 'queue: keeps what comes while nobody is there, in order'(world) {
    const queue = `/queue/${world.name()}`;
    const sender = await world.peer();
    const answers = [];
    for (const n of numbers(20)) answers.push(await sender.send(queue, n, { persistent: 'true' }));
    const late = await world.peer();
    await late.subscribe(queue);
    const [first] = await late.awaitMessages(20);
    return { answers: new Set(answers), bodies: late.bodies, persistent: first?.headers.get('persistent') };
  },

  async 'message: its headers'(world) {
    const queue = `/queue/${world.name()}`;
    const peer = await world.peer();
    await peer.subscribe(queue, { id: 'mine', ack: 'client-individual' });
    const said = {
      'content-type': 'text/plain',
      'content-encoding': 'none',
      persistent: 'true',
      priority: '3',
      'correlation-id': 'c:1\\',
      expiration: '60000',
      'amqp-message-id': 'm1',
      timestamp: '1700000000',
      type: 'greeting',
      'app-id': 'app',
      custom: 'a:b\\c\nd',
      __TypeId__: 'T',
    };
    peer.say('SEND', { destination: queue, ...said }, 'hé');
    const [message] = await peer.awaitMessages(1);
    const got = new Map(message?.headers.entries());
    return {
      body: message?.body.toString('utf8'),
      length: got.get('content-length'),
      subscription: got.get('subscription'),
      destination: world.plain(got.get('destination')),
      redelivered: got.get('redelivered'),
      'ack is message-id': got.get('ack') === got.get('message-id'),
      ...Object.fromEntries(Object.keys(said).map((name) => [name, got.get(name)])),
      others: [...got.keys()]
        .filter((name) => !(name in said))
        .filter(
          (name) =>
            !['content-length', 'subscription', 'destination', 'redelivered', 'ack', 'message-id'].includes(name),
        ),
    };
  },

  async 'message: headers that are not for passing on'(world) {
    const queue = `/queue/${world.name()}`;
    const peer = await world.peer();
    await peer.subscribe(queue);
    const said = {
      receipt: 'r',
      selector: 'x',
      'x-parley-user': 'somebody else',
      'x-custom': '1',
      login: 'me',
      id: '5',
      host: 'h',
    };
    peer.say('SEND', { destination: queue, ...said }, 'x');
    const [message] = await peer.awaitMessages(1);
    const passed = Object.keys(said).filter((name) => message?.headers.has(name));
    return { passed, 'x-parley-user is what was said': message?.headers.get('x-parley-user') === 'somebody else' };
  },

  async 'message: octets of every value'(world) {
    const queue = `/queue/${world.name()}`;
    const peer = await world.peer();
    await peer.subscribe(queue);
    const body = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 256));
    await peer.send(queue, body);
    const [message] = await peer.awaitMessages(1);
    return { same: message?.body.equals(body) };
  },

  async 'queue: a name with "/" in it'(world) {
    const queue = `/queue/${world.name('a%2Fb')}`;
    const peer = await world.peer();
    await peer.subscribe(queue);
    await peer.send(queue, 'x');
    const [message] = await peer.awaitMessages(1);
    return { destination: world.plain(message?.headers.get('destination')) };
  },

  async 'exchange: direct, fanout, topic, with and without a key'(world) {
    const key = world.name('k');
    const opening = [world.peer(), world.peer(), world.peer(), world.peer()] as const;
    const [direct, fanout, topic, sender] = await Promise.all(opening);
    await direct.subscribe(`/exchange/amq.direct/${key}`);
    await fanout.subscribe('/exchange/amq.fanout');
    await topic.subscribe(`/exchange/amq.topic/${key}.*`);
    await sender.send(`/exchange/amq.direct/${key}`, 'direct');
    await sender.send('/exchange/amq.fanout', `fanout ${world.unique}`);
    await sender.send(`/topic/${key}.x`, 'topic');
    await direct.awaitMessages(1);
    await topic.awaitMessages(1);
    const ours = await until('the fanout', () =>
      fanout.messages.find(({ body }) => body.toString('utf8') === `fanout ${world.unique}`),
    );
    return {
      direct: [direct.bodies, world.plain(direct.messages[0]?.headers.get('destination'))],
      fanout: ours.headers.get('destination'),
      topic: [topic.bodies, world.plain(topic.messages[0]?.headers.get('destination'))],
    };
  },

  async 'amq/queue: a queue that is there already'(world) {
    const name = world.name();
    const peer = await world.peer();
    await peer.send(`/queue/${name}`, 'one');
    const answers = [await peer.send(`/amq/queue/${name}`, 'two'), await peer.subscribe(`/amq/queue/${name}`)];
    const messages = await peer.awaitMessages(2);
    return {
      answers,
      bodies: peer.bodies,
      destinations: messages.map(({ headers }) => world.plain(headers.get('destination'))),
    };
  },

  async 'temp-queue: question and answer'(world) {
    const queue = `/queue/${world.name()}`;
    const [asker, responder] = await Promise.all([world.peer(), world.peer()]);
    await responder.subscribe(queue);
    const answers = [await asker.send(queue, 'question', { 'reply-to': '/temp-queue/foo', 'correlation-id': '7' })];
    const [question] = await responder.awaitMessages(1);
    const replyTo = question?.headers.get('reply-to') ?? '';
    answers.push(await responder.send(replyTo, 'answer', { 'correlation-id': '7' }));
    const [answer] = await asker.awaitMessages(1);
    // the same name is the same queue
    await asker.send(queue, 'another', { 'reply-to': '/temp-queue/foo' });
    const again = (await responder.awaitMessages(2))[1];
    return {
      answers,
      'reply-to': replyTo.replace(/gen-.*/, 'gen-'),
      same: again?.headers.get('reply-to') === replyTo,
      subscription: answer?.headers.get('subscription'),
      body: answer?.body.toString('utf8'),
      ack: answer?.headers.has('ack'),
    };
  },

  async 'reply-to: another destination'(world) {
    const queue = `/queue/${world.name()}`;
    const peer = await world.peer();
    await peer.subscribe(queue);
    for (const place of ['/queue/replies', '/topic/replies', 'plain'])
      await peer.send(queue, 'x', { 'reply-to': place });
    const messages = await peer.awaitMessages(3);
    return { places: messages.map(({ headers }) => headers.get('reply-to')) };
  },

  async 'expiration: what expired goes where the queue says'(world) {
    const [queue, dead] = [`/queue/${world.name()}`, world.name('dead')];
    const peer = await world.peer();
    await peer.subscribe(`/queue/${dead}`);
    const letters = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead };
    await peer.send(queue, 'late', { expiration: '30', ...letters });
    const [message] = await peer.awaitMessages(1);
    await peer.subscribe(queue, letters);
    await peer.send(queue, 'in time', letters);
    await peer.awaitMessages(2);
    const { headers } = message as NonNullable<typeof message>;
    return {
      bodies: peer.bodies,
      reason: headers.get('x-first-death-reason'),
      queue: world.plain(headers.get('x-first-death-queue')),
      expiration: headers.get('expiration'),
    };
  },

  async 'stream: read twice, and from an offset'(world) {
    const queue = `/queue/${world.name()}`;
    const stream = { 'x-queue-type': 'stream', durable: 'true', 'auto-delete': 'false' };
    const reading = { ...stream, ack: 'client-individual', 'prefetch-count': '10' };
    const peer = await world.peer();
    const answers = [];
    for (const n of numbers(3)) answers.push(await peer.send(queue, n, { ...stream, persistent: 'true' }));
    const [all, late] = [await world.peer(), await world.peer()];
    answers.push(await all.subscribe(queue, { ...reading, 'x-stream-offset': 'first' }));
    answers.push(await late.subscribe(queue, { ...reading, 'x-stream-offset': 'offset=2' }));
    const [first] = await all.awaitMessages(3);
    await late.awaitMessages(1);
    return { answers, all: all.bodies, late: late.bodies, offset: first?.headers.get('x-stream-offset') };
  },

  async 'queue: a length limit and a time to live of its own'(world) {
    const queue = `/queue/${world.name()}`;
    const own = { 'x-max-length': '2', 'x-message-ttl': '60000', 'x-expires': '60000' };
    const peer = await world.peer();
    for (const n of numbers(4)) await peer.send(queue, n, own);
    await peer.subscribe(queue, own);
    await peer.awaitMessages(2);
    return { bodies: peer.bodies };
  },
};

// Behaviours: subscriptions that last, receipts, and what is answered to mistakes.
import { until } from '../../lib/backoff.ts';
import { newId } from '../../lib/id.ts';
import type { Behaviour, Peer, World } from './world.ts';

/** Subscribes with these headers, goes, and comes back: what was published meanwhile and reaches it. */
async function lasting(world: World, headers: Record<string, string>): Promise<unknown> {
  const topic = `/topic/${world.name(newId())}`;
  const first = await world.peer();
  const answer = await first.subscribe(topic, headers);
  await gone(first);
  const again = await world.peer();
  await again.send(topic, 'meanwhile', { persistent: 'true' });
  await again.subscribe(topic, headers);
  await again.send(topic, 'now');
  await until('now', () => again.bodies.includes('now'));
  const ended = await again.ask('UNSUBSCRIBE', { id: headers.id ?? '', durable: 'true' });
  await again.send(topic, 'after');
  await again.subscribe(topic, headers);
  await again.send(topic, 'end');
  await until('the end', () => again.bodies.includes('end'));
  await again.ask('UNSUBSCRIBE', { id: headers.id ?? '', durable: 'true' });
  return [answer, ended, ...again.bodies];
}

async function gone(peer: Peer): Promise<void> {
  await peer.ask('DISCONNECT');
  await until('the close', () => peer.talker.closed);
}

/** What comes of a frame that is wrong. RabbitMQ may keep the connection or not; a moment shows. */
async function mistake(world: World, make: (peer: Peer) => unknown): Promise<string> {
  const peer = await world.peer();
  await make(peer);
  const answer = await until('an answer', () => {
    if (peer.find('ERROR')) return 'ERROR';
    return peer.refusal('mistake')?.code ?? peer.find('RECEIPT', { 'receipt-id': 'mistake' })?.command;
  });
  if (answer !== 'ERROR') return answer;
  // another frame behind it: is anybody there?
  peer.say('BEGIN', { transaction: 'there', receipt: 'there' });
  return until('the close or the receipt', () => {
    if (peer.talker.closed) return 'ERROR, closed';
    return peer.find('RECEIPT', { 'receipt-id': 'there' }) && 'ERROR, still open';
  });
}

export const subscribing: Readonly<Record<string, Behaviour>> = {
  async 'durable subscription: durable:true and auto-delete:false'(world) {
    return { seen: await lasting(world, { id: 'd1', durable: 'true', 'auto-delete': 'false' }) };
  },

  async 'durable subscription: durable:true alone'(world) {
    return { seen: await lasting(world, { id: 'd1', durable: 'true' }) };
  },

  async 'durable subscription: two sessions with one id share it'(world) {
    const topic = `/topic/${world.name()}`;
    const headers = { id: 'shared', durable: 'true', 'auto-delete': 'false' };
    const [a, b] = await Promise.all([world.peer(), world.peer()]);
    await a.subscribe(topic, headers);
    await b.subscribe(topic, headers);
    for (const n of ['1', '2', '3', '4']) await a.send(topic, n);
    await until('all', () => a.messages.length + b.messages.length === 4);
    await gone(b);
    await a.ask('UNSUBSCRIBE', { id: 'shared', durable: 'true' });
    return { a: a.messages.length, b: b.messages.length };
  },

  async 'x-queue-name: the queue of a subscription has that name'(world) {
    const [topic, name] = [`/topic/${world.name()}`, world.name('named')];
    const headers = { id: 'n', durable: 'true', 'auto-delete': 'false', 'x-queue-name': name };
    const peer = await world.peer();
    await peer.subscribe(topic, headers);
    await peer.send(`/amq/queue/${name}`, 'by name');
    await peer.awaitMessages(1);
    await peer.ask('UNSUBSCRIBE', { id: 'n' });
    await peer.send(topic, 'while away');
    await peer.subscribe(`/amq/queue/${name}`);
    await peer.awaitMessages(2);
    return { bodies: peer.bodies };
  },

  async 'receipts: of every command'(world) {
    const queue = `/queue/${world.name()}`;
    const peer = await world.peer();
    const answers = [
      await peer.ask('SUBSCRIBE', { id: '1', destination: queue, ack: 'client-individual' }),
      await peer.ask('SEND', { destination: queue }, 'one'),
      await peer.ask('SEND', { destination: queue }, 'two'),
    ];
    const messages = await peer.awaitMessages(2);
    for (const [i, command] of ['ACK', 'NACK'].entries()) {
      answers.push(await peer.acknowledge(messages[i] as (typeof messages)[0], command, { requeue: 'false' }));
    }
    for (const command of ['BEGIN', 'ABORT', 'BEGIN', 'COMMIT'])
      answers.push(await peer.ask(command, { transaction: 't' }));
    answers.push(await peer.ask('UNSUBSCRIBE', { id: '1' }), await peer.ask('DISCONNECT'));
    return { answers };
  },

  async 'UNSUBSCRIBE: nothing comes after it'(world) {
    const topic = `/topic/${world.name()}`;
    const peer = await world.peer();
    await peer.subscribe(topic, { id: 'a' });
    await peer.subscribe(topic, { id: 'b' });
    await peer.send(topic, 'one');
    await peer.awaitMessages(2);
    await peer.ask('UNSUBSCRIBE', { id: 'a' });
    await peer.send(topic, 'two');
    await peer.awaitMessages(3);
    return {
      got: peer.messages
        .map(({ headers, body }) => `${headers.get('subscription')} ${body.toString('utf8')}`)
        .toSorted(),
    };
  },

  async 'selector: has no meaning'(world) {
    const topic = `/topic/${world.name()}`;
    const peer = await world.peer();
    await peer.subscribe(topic, { selector: "kind = 'a'" });
    await peer.send(topic, 'b', { kind: 'b' });
    await peer.awaitMessages(1);
    return { bodies: peer.bodies };
  },

  async mistakes(world) {
    // one each: what is left of one must not be seen by the next
    const newQueue = () => `/queue/${world.name(newId())}`;
    const send =
      (destination: string, headers: Record<string, string> = {}) =>
      (peer: Peer) =>
        peer.say('SEND', { destination, receipt: 'mistake', ...headers }, 'x');
    const subscribe =
      (destination: string, headers: Record<string, string> = {}) =>
      (peer: Peer) =>
        peer.say('SUBSCRIBE', { id: 'm', destination, receipt: 'mistake', ...headers });
    const acknowledged = async (peer: Peer) => {
      const queue = newQueue();
      await peer.send(queue, 'x');
      await peer.subscribe(queue, { ack: 'client-individual' });
      const [message] = await peer.awaitMessages(1);
      return message?.headers.get('ack') ?? '';
    };
    const made: Record<string, (peer: Peer) => unknown> = {
      'SEND to an exchange that is not there': send(`/exchange/${world.name('none')}/k`),
      'SEND to a destination with too many parts': send('/queue/a/b'),
      'SEND to a destination without a name': send('/queue/'),
      'SEND to a /temp-queue': send('/temp-queue/x'),
      'SEND with message-id': send(newQueue(), { 'message-id': '1' }),
      'SEND with an expiration that is no number': send(newQueue(), { expiration: 'soon' }),
      'SEND with a priority that is no number': send(newQueue(), { priority: 'high' }),
      'SEND with the user-id of another': send(newQueue(), { 'user-id': 'somebody' }),
      'SEND with a reply-to that is no destination': send(newQueue(), { 'reply-to': '/nowhere' }),
      'SUBSCRIBE to an exchange that is not there': subscribe(`/exchange/${world.name('none')}/k`),
      'SUBSCRIBE to an /amq/queue that is not there': subscribe(`/amq/queue/${world.name('none')}`),
      'SUBSCRIBE to a /temp-queue': subscribe('/temp-queue/x'),
      'SUBSCRIBE with a prefetch-count that is no number': subscribe(newQueue(), { 'prefetch-count': 'few' }),
      'SUBSCRIBE with other arguments than the queue has': async (peer) => {
        const queue = newQueue();
        await (await world.peer()).send(queue, 'x');
        subscribe(queue, { 'x-message-ttl': '1234' })(peer);
      },
      'SUBSCRIBE with an id that is there': async (peer) => {
        const queue = newQueue();
        await peer.subscribe(queue, { id: 'twice' });
        subscribe(queue, { id: 'twice' })(peer);
      },
      'SUBSCRIBE with an id like a /temp-queue': subscribe(newQueue(), { id: '/temp-queue/x' }),
      'UNSUBSCRIBE of what is not there': (peer) => peer.say('UNSUBSCRIBE', { id: 'none', receipt: 'mistake' }),
      'ACK of what is not there': (peer) => peer.say('ACK', { id: 'none', receipt: 'mistake' }),
      'ACK a second time': async (peer) => {
        const id = await acknowledged(peer);
        await peer.ask('ACK', { id });
        peer.say('ACK', { id, receipt: 'mistake' });
      },
      'COMMIT of what is not there': (peer) => peer.say('COMMIT', { transaction: 'none', receipt: 'mistake' }),
      'SEND in a transaction that is not there': send(newQueue(), { transaction: 'none' }),
    };
    const seen: Record<string, string> = {};
    for (const [what, make] of Object.entries(made)) {
      seen[what] = await mistake(world, make).catch((error: Error) => {
        throw new Error(`${what}: ${error.message}`);
      });
    }
    return seen;
  },
};

// Behaviours: acknowledging, prefetching, transactions.
import { until } from '../../lib/backoff.ts';
import type { Frame } from '../../stomp/frame.ts';
import type { Behaviour, Peer, World } from './world.ts';

const at = (frames: readonly Frame[], i: number): Frame => frames[i] as Frame;

/** Three messages for one who acknowledges in this mode. */
async function three(
  world: World,
  ack: string,
  more: Record<string, string> = {},
): Promise<{ queue: string; peer: Peer }> {
  const queue = `/queue/${world.name()}`;
  const peer = await world.peer();
  for (const body of ['1', '2', '3']) await peer.send(queue, body);
  await peer.subscribe(queue, { ack, ...more });
  await peer.awaitMessages(3);
  return { queue, peer };
}

/** What is left in the queue, as the next one gets it. */
async function left(world: World, queue: string): Promise<unknown> {
  const next = await world.peer();
  await next.subscribe(queue);
  await next.send(queue, 'end');
  await until('the end', () => next.bodies.includes('end'));
  return next.messages
    .map(({ body, headers }) => [body.toString('utf8'), headers.get('redelivered')])
    .filter(([body]) => body !== 'end')
    .toSorted(([a = ''], [b = '']) => a.localeCompare(b));
}

async function gone(peer: Peer): Promise<void> {
  await peer.ask('DISCONNECT');
  await until('the close', () => peer.talker.closed);
}

export const acknowledging: Readonly<Record<string, Behaviour>> = {
  async 'ack auto: what was sent is gone'(world) {
    const { queue, peer } = await three(world, 'auto');
    const ack = at(peer.messages, 0).headers.has('ack');
    await gone(peer);
    return { ack, left: await left(world, queue) };
  },

  async 'ack client: all up to it'(world) {
    const { queue, peer } = await three(world, 'client');
    const answer = await peer.acknowledge(at(peer.messages, 1));
    await gone(peer);
    return { answer, left: await left(world, queue) };
  },

  async 'ack client-individual: only this one'(world) {
    const { queue, peer } = await three(world, 'client-individual');
    const answer = await peer.acknowledge(at(peer.messages, 1));
    await gone(peer);
    return { answer, left: await left(world, queue) };
  },

  async 'nack: it comes again'(world) {
    const { peer } = await three(world, 'client-individual');
    const answer = await peer.acknowledge(at(peer.messages, 1), 'NACK');
    await peer.awaitMessages(4);
    const again = at(peer.messages, 3);
    return { answer, again: [again.body.toString('utf8'), again.headers.get('redelivered')] };
  },

  async 'nack client: all up to it come again'(world) {
    const { peer } = await three(world, 'client');
    await peer.acknowledge(at(peer.messages, 1), 'NACK');
    await peer.awaitMessages(5);
    return { again: peer.bodies.slice(3).toSorted() };
  },

  async 'nack requeue:false: it does not'(world) {
    const { queue, peer } = await three(world, 'client-individual');
    const answer = await peer.acknowledge(at(peer.messages, 1), 'NACK', { requeue: 'false' });
    await gone(peer);
    return { answer, left: await left(world, queue) };
  },

  async 'prefetch-count: so many at a time'(world) {
    const queue = `/queue/${world.name()}`;
    const peer = await world.peer();
    for (const body of ['1', '2', '3', '4', '5']) await peer.send(queue, body);
    await peer.subscribe(queue, { ack: 'client-individual', 'prefetch-count': '2' });
    await peer.awaitMessages(2);
    await peer.settle();
    const before = peer.messages.length;
    await peer.acknowledge(at(peer.messages, 0));
    await peer.awaitMessages(3);
    await peer.settle();
    return { before, after: peer.messages.length };
  },

  async 'prefetch-count: counts for the subscriptions after it too'(world) {
    const [first, second] = [`/queue/${world.name('1')}`, `/queue/${world.name('2')}`];
    const peer = await world.peer();
    for (const body of ['1', '2', '3']) await peer.send(second, body);
    await peer.subscribe(first, { ack: 'client-individual', 'prefetch-count': '1' });
    await peer.subscribe(second, { ack: 'client-individual' });
    await peer.awaitMessages(1);
    await peer.settle();
    return { messages: peer.messages.length };
  },

  async 'transaction: nothing before COMMIT, everything with it'(world) {
    const queue = `/queue/${world.name()}`;
    const peer = await world.peer();
    await peer.subscribe(queue);
    const answers = [await peer.ask('BEGIN', { transaction: 't' })];
    peer.say('SEND', { destination: queue, transaction: 't' }, 'one');
    peer.say('SEND', { destination: queue, transaction: 't' }, 'two');
    await peer.send(queue, 'outside');
    await peer.awaitMessages(1);
    answers.push(await peer.ask('COMMIT', { transaction: 't' }));
    await peer.awaitMessages(3);
    return { answers, bodies: peer.bodies };
  },

  async 'transaction: ABORT'(world) {
    const queue = `/queue/${world.name()}`;
    const peer = await world.peer();
    await peer.subscribe(queue);
    await peer.ask('BEGIN', { transaction: 't' });
    peer.say('SEND', { destination: queue, transaction: 't' }, 'one');
    const answer = await peer.ask('ABORT', { transaction: 't' });
    await peer.send(queue, 'after');
    await peer.awaitMessages(1);
    return { answer, bodies: peer.bodies };
  },

  async 'transaction: ACK counts with COMMIT'(world) {
    const { queue, peer } = await three(world, 'client-individual');
    await peer.ask('BEGIN', { transaction: 'a' });
    await peer.ask('BEGIN', { transaction: 'b' });
    peer.say('ACK', { id: at(peer.messages, 0).headers.get('ack') ?? '', transaction: 'a' });
    peer.say('ACK', { id: at(peer.messages, 1).headers.get('ack') ?? '', transaction: 'b' });
    const answers = [await peer.ask('COMMIT', { transaction: 'a' }), await peer.ask('ABORT', { transaction: 'b' })];
    await gone(peer);
    return { answers, left: await left(world, queue) };
  },

  async 'transaction: receipts of what is in it'(world) {
    const queue = `/queue/${world.name()}`;
    const peer = await world.peer();
    await peer.send(queue, 'one');
    await peer.subscribe(queue, { ack: 'client-individual' });
    const [message] = await peer.awaitMessages(1);
    await peer.ask('BEGIN', { transaction: 't' });
    peer.say('SEND', { destination: queue, transaction: 't', receipt: 'send' }, 'two');
    peer.say('ACK', { id: message?.headers.get('ack') ?? '', transaction: 't', receipt: 'ack' });
    await peer.settle();
    const seen = () => ['send', 'ack'].filter((id) => peer.find('RECEIPT', { 'receipt-id': id }));
    const before = seen();
    peer.say('COMMIT', { transaction: 't', receipt: 'commit' });
    await until('all', () => seen().length === 2 && peer.find('RECEIPT', { 'receipt-id': 'commit' }));
    return { before, after: seen() };
  },
};

import { expect } from 'chai';
import type { Delivery } from '../broker/consumer.ts';
import { encodeMailbox } from '../broker/wire.ts';
import type { Context } from '../context.ts';
import { until } from '../lib/backoff.ts';
import type { Backing } from './device.ts';
import type { EventItem } from './event-item.ts';
import { MailboxShard } from './mailbox-shard.ts';
import type { Residents } from './residents.ts';

describe('a mailbox shard', () => {
  const delivered: string[] = [];
  const backings: Backing[] = [];
  const dead: string[] = [];
  const known = new Set<string>();
  let acknowledged: string[] = [];

  const device = (name: string) => ({
    deliver(item: EventItem, backing: Backing) {
      delivered.push(`${name} ${item.key}`);
      backings.push(backing);
    },
  });
  const residents = {
    devices: (user: string) => (known.has(user) ? [device(`${user}1`), device(`${user}2`)] : undefined),
    async load(users: Iterable<string>) {
      await new Promise(setImmediate);
      for (const user of users) known.add(user);
    },
  } as unknown as Residents;
  const context = {
    log: { error() {}, warn() {} },
    broker: { deadLetter: async (_: Buffer, reason: string) => void dead.push(reason) },
  } as unknown as Context;
  const delivery = (name: string, body: Buffer): Delivery => ({
    body,
    headers: {},
    redelivered: false,
    valid: true,
    ack: () => void acknowledged.push(name),
    requeue() {},
  });
  const entry = (key: string, ...to: string[]) => encodeMailbox({ to, key }, `{"key":"${key}"}`);

  beforeEach(() => {
    for (const list of [delivered, backings, dead]) list.length = 0;
    known.clear();
    acknowledged = [];
  });

  it('hands every event to every device of its people, in the order of arrival, whether they are known or not', async () => {
    const shard = new MailboxShard(context, residents);
    shard.take(delivery('one', Buffer.concat([entry('a', 'u', 'v'), entry('b', 'u')])));
    shard.take(delivery('two', entry('c', 'u')));
    await until('all', () => delivered.length === 8);
    expect(delivered.filter((name) => name.startsWith('u1'))).to.deep.equal(['u1 a', 'u1 b', 'u1 c']);
    expect(delivered.filter((name) => name.startsWith('v'))).to.deep.equal(['v1 a', 'v2 a']);
  });

  it('leaves nothing waiting of what comes in one turn of the event loop', async () => {
    known.add('u');
    const shard = new MailboxShard(context, residents);
    for (const key of ['a', 'b', 'c']) shard.take(delivery(key, entry(key, 'u')));
    await until('all', () => delivered.length === 6);
    await until('the end of that', () => true);
    for (const key of ['d', 'e']) shard.take(delivery(key, entry(key, 'u')));
    await until('all of the next turn', () => delivered.length === 10);
  });

  it('acknowledges a mailbox message when every device has settled every event of it', async () => {
    const shard = new MailboxShard(context, residents);
    shard.take(delivery('one', Buffer.concat([entry('a', 'u'), entry('b', 'u')])));
    shard.take(delivery('nobody', entry('c')));
    await until('all', () => backings.length === 4);
    expect(acknowledged).to.deep.equal(['nobody']);
    for (const backing of backings.slice(1)) backing.settle();
    expect(acknowledged).to.deep.equal(['nobody']);
    backings[0]?.settle();
    expect(acknowledged).to.deep.equal(['nobody', 'one']);
  });

  it('puts aside what cannot be read, and goes on', async () => {
    const shard = new MailboxShard(context, residents);
    shard.take(delivery('broken', Buffer.from('{"to":[\n{}\n')));
    shard.take(delivery('good', entry('a', 'u')));
    await until('the good one', () => delivered.length === 2);
    await until('the broken one', () => acknowledged.includes('broken'));
    expect(dead.length).to.equal(1);
  });

  it('drops what is no longer its own', async () => {
    known.add('u');
    const shard = new MailboxShard(context, residents);
    shard.take(delivery('one', entry('a', 'u')));
    shard.lost();
    shard.take(delivery('one again', entry('a', 'u')));
    await until('the second time', () => delivered.length > 0);
    expect(delivered).to.deep.equal(['u1 a', 'u2 a']);
  });
});

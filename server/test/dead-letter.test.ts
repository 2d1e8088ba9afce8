// What nobody can process: put aside with a reason, and what comes behind it goes on.
import { connect } from 'amqplib';
import { expect } from 'chai';
import { inboundQueue, mailboxQueue } from '../broker/topology.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { metrics } from '../metrics.ts';
import { House, type Person } from './house.ts';

const deadLetters = async (): Promise<number> =>
  (await metrics.deadLetters.get()).values.reduce((sum, { value }) => sum + value, 0);

describe('what cannot be processed', () => {
  let house: House;
  before(async () => {
    house = await House.open({ WORKER_TRIES: '2' });
  });
  after(() => house.close());

  it('is dead-lettered with the reason and counted, and holds up nothing', async () => {
    const [alice, bob] = (await house.people(2)) as [Person, Person];
    const [a, b] = [await house.stomp(alice), await house.stomp(bob)];
    const connection = await connect(house.config.AMQP_URL[0] as string);
    const channel = await connection.createConfirmChannel();
    await channel.purgeQueue('parley.dead');
    const before = await deadLetters();
    const nowhere = { id: newId(), conversation: 'nowhere', sender: alice.userId, device: 'd', kind: 'text' };
    const poison: Record<string, string> = {
      'no entry of ours': 'x{}\n',
      'no JSON': 'm{"id":\n',
      'no envelope': 'mnull\n',
      'no such conversation': `m${JSON.stringify({ ...nowhere, clientMessageId: newId(), sentAt: new Date() })}\n`,
      'no time': `m${JSON.stringify({ ...nowhere, clientMessageId: newId(), sentAt: 'soon' })}\n`,
      'no action': 'anull\n',
      'no such action': 'a{"action":"undo","id":"i","conversation":"c","seq":1,"by":"u"}\n',
      'no time of an action': 'a{"action":"recall","id":"i","conversation":"c","seq":1,"by":"u","at":"soon"}\n',
    };
    for (const line of Object.values(poison))
      channel.sendToQueue(inboundQueue(0), Buffer.from(line), { persistent: true });
    channel.sendToQueue(mailboxQueue(0), Buffer.from('{"to":\n{}\n'), { persistent: true });
    await channel.waitForConfirms();
    const expected = Object.keys(poison).length + 1;
    await until('all of them put aside', async () => (await deadLetters()) - before === expected);
    await until(
      'all of them in the queue',
      async () => (await channel.checkQueue('parley.dead')).messageCount === expected,
    );
    const reasons: unknown[] = [];
    for (let i = 0; i < expected; i++) {
      const message = await channel.get('parley.dead', { noAck: true });
      if (message) reasons.push(message.properties.headers?.['x-parley-reason']);
    }
    await connection.close();
    expect(reasons.filter((reason) => typeof reason === 'string' && reason !== '')).to.have.length(expected);
    for (const person of [alice, bob]) {
      const peer = person === alice ? b : a;
      expect(await peer.say({ user: person.userId }, 'goes on')).to.equal('receipt');
    }
    await until('what came behind it', () => a.messages.length === 2 && b.messages.length === 2);
  });
});

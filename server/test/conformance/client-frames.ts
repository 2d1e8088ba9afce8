// Of what a client says once it is connected.
import { expect } from 'chai';
import { until } from '../../lib/backoff.ts';
import { newId } from '../../lib/id.ts';
import { all, clause, type Clause, newer } from './clause.ts';
import { carrying, lasting, type Stage, subscribe, texts } from './stage.ts';

type Fields = Record<string, string>;

/** Without one of its headers a frame meets ERROR, with its receipt, and the close. */
const requires =
  (command: string, fields: Fields, ...required: string[]): Clause['shows'] =>
  async (stage, version) => {
    for (const name of required) {
      const { [name]: _, ...others } = fields;
      const speaker = await stage.connect(version);
      speaker.say(command, { ...others, receipt: 'x' });
      expect((await speaker.ends('x')).headers.get('message')).to.contain(name);
    }
  };

/** What was sent in a transaction that nobody committed never arrives, what is sent later does. */
async function aborted(
  stage: Stage,
  version: Parameters<Clause['shows']>[1],
  end: 'DISCONNECT' | 'cut',
): Promise<void> {
  const legs = stage.legs();
  const sender = await stage.connect(version);
  const reader = await stage.connect(version, { 'device-id': 'reader' }, sender.person);
  for (const [id, leg] of Object.entries(legs)) await subscribe(reader, leg, { id });
  await sender.ask('BEGIN', { transaction: 't' });
  const draft = { clientMessageId: newId(), to: { user: sender.person.userId }, kind: 'text', text: 'never' };
  sender.say('SEND', { destination: '/app/messages', transaction: 't' }, JSON.stringify(draft));
  sender.say('SEND', { destination: legs.queue.destination, ...lasting, transaction: 't' }, 'never');
  await sender.lives();
  if (end === 'cut') sender.peer.close();
  else await sender.ask('DISCONNECT');
  await sender.peer.awaitClose();
  for (const leg of Object.values(legs)) {
    await leg.send(reader, 'later');
    await carrying(reader, leg, 'later');
  }
  expect(reader.text).to.not.contain('never');
}

export const clientFrames: readonly Clause[] = [
  clause('SEND', all, 'destination is REQUIRED', requires('SEND', {}, 'destination')),
  clause('SEND', newer, 'user defined headers MUST be passed through', async (stage, version) => {
    const { queue } = stage.legs();
    const speaker = await stage.connect(version);
    await subscribe(speaker, queue);
    const own = { colour: 'blue: \\ and\nred', 'Some-Name_2.x': '', place: 'é🐇' };
    await queue.send(speaker, 'hello', { 'content-type': 'text/plain', ...own });
    const { headers } = await carrying(speaker, queue, 'hello');
    for (const [name, value] of Object.entries(own)) expect(headers.get(name), name).to.equal(value);
    expect(headers.get('content-type')).to.equal('text/plain');
  }),
  clause('SEND', newer, 'a SEND that cannot be processed MUST meet ERROR and the close', async (stage, version) => {
    const speaker = await stage.connect(version);
    speaker.say('SEND', { destination: '/app/messages', transaction: 'unknown', receipt: 'x' }, '{}');
    await speaker.ends('x');
  }),
  clause('SUBSCRIBE', all, 'destination is REQUIRED', requires('SUBSCRIBE', { id: '1' }, 'destination')),
  clause('SUBSCRIBE', newer, 'one that cannot be created MUST meet ERROR and the close', async (stage, version) => {
    for (const destination of ['/user/queue/others', '/app/messages', '/queue', '/exchange/conformance-none']) {
      const speaker = await stage.connect(version);
      speaker.say('SUBSCRIBE', { id: '1', destination, receipt: 'x' });
      await speaker.ends('x');
    }
  }),
  clause(
    'SUBSCRIBE id Header',
    newer,
    'id MUST be included',
    requires('SUBSCRIBE', { id: '1', destination: '/user/queue/events' }, 'id'),
  ),
  clause('SUBSCRIBE id Header', newer, 'different subscriptions MUST use different ids', async (stage, version) => {
    for (const destination of ['/user/queue/refusals', '/topic/conformance']) {
      const speaker = await stage.connect(version);
      await speaker.ask('SUBSCRIBE', { id: '1', destination: '/user/queue/events' });
      speaker.say('SUBSCRIBE', { id: '1', destination, receipt: 'x' });
      await speaker.ends('x');
    }
  }),
  clause(
    'SUBSCRIBE ack Header',
    newer,
    'auto, client and client-individual are valid, others not',
    async (stage, version) => {
      const speaker = await stage.connect(version);
      for (const ack of ['auto', 'client', 'client-individual']) {
        await speaker.ask('SUBSCRIBE', { id: ack, destination: `/topic/conformance-${newId()}`, ack });
      }
      speaker.say('SUBSCRIBE', { id: 'x', destination: '/topic/conformance', ack: 'Auto', receipt: 'x' });
      await speaker.ends('x');
    },
  ),
  clause('SUBSCRIBE', ['1.0'], 'ack is auto or client', async (stage, version) => {
    const speaker = await stage.connect(version);
    for (const ack of ['auto', 'client']) {
      await speaker.ask('SUBSCRIBE', { id: ack, destination: `/topic/conformance-${newId()}`, ack });
    }
  }),
  clause('SUBSCRIBE', ['1.0'], 'its body is ignored', async (stage, version) => {
    const speaker = await stage.connect(version);
    await speaker.ask('SUBSCRIBE', { destination: '/user/queue/events' }, 'body');
  }),
  ...(['events', 'queue'] as const).flatMap((leg) => [
    clause(
      'SUBSCRIBE ack Header',
      newer,
      `auto, the default: sent is acknowledged (${leg})`,
      async (stage, version) => {
        const { [leg]: way } = stage.legs();
        const first = await stage.connect(version);
        await subscribe(first, way);
        await way.send(first, 'one');
        await carrying(first, way, 'one');
        await first.ask('DISCONNECT');
        const second = await stage.connect(version, {}, first.person);
        await subscribe(second, way);
        await way.send(second, 'two');
        await carrying(second, way, 'two');
        expect(texts(second, way)).to.deep.equal(['two']);
      },
    ),
    clause(
      'SUBSCRIBE ack Header',
      newer,
      `client: an ACK is for all before it too (${leg})`,
      async (stage, version) => {
        expect(await unconsumed(stage, version, leg, 'client')).to.deep.equal(['three']);
      },
    ),
    clause(
      'SUBSCRIBE ack Header',
      newer,
      `client-individual: an ACK MUST NOT be for those before it (${leg})`,
      async (stage, version) => {
        expect(await unconsumed(stage, version, leg, 'client-individual')).to.deep.equal(['one', 'three']);
      },
    ),
  ]),
  clause('SUBSCRIBE', ['1.0'], 'client: delivered is only what was acknowledged', async (stage, version) => {
    expect(await unconsumed(stage, version, 'queue', 'client')).to.deep.equal(['three']);
  }),
  clause('UNSUBSCRIBE', newer, 'id MUST be included', requires('UNSUBSCRIBE', { id: '1' }, 'id')),
  clause('UNSUBSCRIBE', newer, 'id MUST be that of a subscription', async (stage, version) => {
    const speaker = await stage.connect(version);
    await speaker.ask('SUBSCRIBE', { id: '1', destination: '/user/queue/events' });
    speaker.say('UNSUBSCRIBE', { id: '2', receipt: 'x' });
    await speaker.ends('x');
  }),
  clause('UNSUBSCRIBE', ['1.0'], 'either destination or id is needed, and enough', async (stage, version) => {
    const speaker = await stage.connect(version);
    await speaker.ask('SUBSCRIBE', { destination: '/user/queue/events' });
    await speaker.ask('UNSUBSCRIBE', { destination: '/user/queue/events' });
    await speaker.ask('SUBSCRIBE', { destination: '/user/queue/events', id: '7' });
    await speaker.ask('UNSUBSCRIBE', { id: '7' });
    speaker.say('UNSUBSCRIBE', { receipt: 'x' });
    await speaker.ends('x');
  }),
  clause('UNSUBSCRIBE', all, 'no messages of the subscription come any more', async (stage, version) => {
    for (const leg of Object.values(stage.legs())) {
      const speaker = await stage.connect(version);
      const reader = await stage.connect(version, { 'device-id': 'reader' }, speaker.person);
      await subscribe(speaker, leg);
      await leg.send(speaker, 'before');
      await carrying(speaker, leg, 'before');
      await speaker.ask('UNSUBSCRIBE', { id: 's' });
      await subscribe(reader, leg);
      await leg.send(speaker, 'after');
      await carrying(reader, leg, 'after');
      await speaker.lives();
      expect(texts(speaker, leg)).to.deep.equal(['before']);
    }
  }),
  ...['ACK', 'NACK'].flatMap((command) => {
    const known = command === 'ACK' ? all : newer;
    return [
      clause(command, known, 'its headers are REQUIRED', async (stage, version) => {
        const fields: Fields = { id: '1', 'message-id': '1', subscription: '1' };
        const required = { '1.0': ['message-id'], '1.1': ['message-id', 'subscription'], '1.2': ['id'] }[version];
        await requires(command, fields, ...required)(stage, version);
      }),
      clause(command, known, 'it MUST name a message that was received', async (stage, version) => {
        for (const leg of Object.values(stage.legs())) {
          const speaker = await stage.connect(version);
          await subscribe(speaker, leg, { ack: 'client-individual' });
          await leg.send(speaker, 'one');
          const fields = speaker.ackFields(await carrying(speaker, leg, 'one'));
          const name = version === '1.2' ? 'id' : 'message-id';
          speaker.say(command, { ...fields, [name]: `${fields[name]}9`, receipt: 'x' });
          await speaker.ends('x');
        }
      }),
    ];
  }),
  ...['ACK', 'NACK'].map((command) =>
    clause(command, ['1.1'], "subscription MUST match the subscription's id", async (stage, version) => {
      for (const leg of Object.values(stage.legs())) {
        const speaker = await stage.connect(version);
        await subscribe(speaker, leg, { ack: 'client-individual' });
        const queue = `/queue/conformance-${newId()}`;
        await speaker.ask('SUBSCRIBE', { id: 'other', destination: queue, ack: 'client', ...lasting });
        await leg.send(speaker, 'one');
        const fields = speaker.ackFields(await carrying(speaker, leg, 'one'));
        speaker.say(command, { ...fields, subscription: 'other', receipt: 'x' });
        expect((await speaker.ends('x')).headers.get('message')).to.contain('other');
        const again = await stage.connect(version, {}, speaker.person);
        await subscribe(again, leg, { ack: 'client-individual' });
        await again.ask(command, again.ackFields(await carrying(again, leg, 'one')));
      }
    }),
  ),
  clause('ACK', all, 'not consumed until it is acknowledged', async (stage, version) => {
    for (const leg of Object.values(stage.legs())) {
      const first = await stage.connect(version);
      await subscribe(first, leg, { ack: 'client' });
      await leg.send(first, 'one');
      await carrying(first, leg, 'one');
      first.peer.close();
      const second = await stage.connect(version, {}, first.person);
      await subscribe(second, leg, { ack: 'client' });
      await second.ask('ACK', second.ackFields(await carrying(second, leg, 'one')));
    }
  }),
  clause('NACK', newer, 'in client-individual it is for one message', async (stage, version) => {
    const { queue } = stage.legs();
    const speaker = await stage.connect(version);
    await subscribe(speaker, queue, { ack: 'client-individual' });
    for (const text of ['one', 'two']) await queue.send(speaker, text);
    const message = await carrying(speaker, queue, 'two');
    await speaker.ask('NACK', speaker.ackFields(message));
    await until('the second again', () => texts(speaker, queue).length === 3);
    expect(texts(speaker, queue)).to.deep.equal(['one', 'two', 'two']);
  }),
  ...['BEGIN', 'COMMIT', 'ABORT'].map((command) =>
    clause(command, all, 'transaction is REQUIRED', requires(command, {}, 'transaction')),
  ),
  clause('BEGIN', newer, 'different transactions MUST have different identifiers', async (stage, version) => {
    const speaker = await stage.connect(version);
    await speaker.ask('BEGIN', { transaction: 't' });
    await speaker.ask('BEGIN', { transaction: 'u' });
    speaker.say('BEGIN', { transaction: 't', receipt: 'x' });
    await speaker.ends('x');
  }),
  clause(
    'BEGIN',
    all,
    'what is sent and acknowledged in it happens at COMMIT, and not before',
    async (stage, version) => {
      for (const leg of Object.values(stage.legs())) {
        const speaker = await stage.connect(version);
        const reader = await stage.connect(version, { 'device-id': 'reader' }, speaker.person);
        await subscribe(reader, leg);
        await speaker.ask('BEGIN', { transaction: 't' });
        const draft = { clientMessageId: newId(), to: { user: speaker.person.userId }, kind: 'text', text: 'inside' };
        const events = leg.destination === '/user/queue/events';
        const [destination, body] = events ? ['/app/messages', JSON.stringify(draft)] : [leg.destination, 'inside'];
        speaker.say('SEND', { destination, transaction: 't', ...(events ? {} : lasting) }, body);
        await leg.send(speaker, 'outside');
        await carrying(reader, leg, 'outside');
        expect(texts(reader, leg)).to.deep.equal(['outside']);
        await speaker.ask('COMMIT', { transaction: 't' });
        await carrying(reader, leg, 'inside');
      }
    },
  ),
  clause('BEGIN', newer, 'DISCONNECT aborts what was not committed', (stage, version) =>
    aborted(stage, version, 'DISCONNECT'),
  ),
  clause('BEGIN', newer, 'the end of the connection aborts what was not committed', (stage, version) =>
    aborted(stage, version, 'cut'),
  ),
  ...['COMMIT', 'ABORT'].map((command) =>
    clause(command, all, 'transaction MUST be that of one', async (stage, version) => {
      const speaker = await stage.connect(version);
      await speaker.ask('BEGIN', { transaction: 't' });
      await speaker.ask(command, { transaction: 't' });
      speaker.say(command, { transaction: 't', receipt: 'x' });
      await speaker.ends('x');
    }),
  ),
  clause('ABORT', all, 'nothing of the transaction happens', async (stage, version) => {
    const { queue } = stage.legs();
    const speaker = await stage.connect(version);
    await subscribe(speaker, queue);
    await speaker.ask('BEGIN', { transaction: 't' });
    speaker.say('SEND', { destination: queue.destination, ...lasting, transaction: 't' }, 'never');
    await speaker.ask('ABORT', { transaction: 't' });
    await queue.send(speaker, 'later');
    await carrying(speaker, queue, 'later');
    expect(texts(speaker, queue)).to.deep.equal(['later']);
  }),
  clause('DISCONNECT', newer, 'its receipt says that all before was received', async (stage, version) => {
    const { queue } = stage.legs();
    const reader = await stage.connect(version);
    await subscribe(reader, queue);
    const speaker = await stage.connect(version);
    for (let i = 0; i < 50; i++) speaker.say('SEND', { destination: queue.destination, ...lasting }, `${i}`);
    speaker.say('DISCONNECT', { receipt: 'bye' });
    expect((await speaker.peer.awaitClose()).code).to.equal(1000);
    expect(speaker.receipts).to.deep.equal(['bye']);
    await until('all fifty', () => texts(reader, queue).length === 50);
  }),
];

/** Three come, the second is acknowledged: what comes again in the next session. */
async function unconsumed(
  stage: Stage,
  version: Parameters<Clause['shows']>[1],
  name: 'events' | 'queue',
  ack: string,
): Promise<string[]> {
  const { [name]: leg } = stage.legs();
  const first = await stage.connect(version);
  await subscribe(first, leg, { ack });
  for (const text of ['one', 'two', 'three']) await leg.send(first, text);
  await carrying(first, leg, 'three');
  await first.ask('ACK', first.ackFields(await carrying(first, leg, 'two')));
  await first.ask('DISCONNECT');
  const second = await stage.connect(version, {}, first.person);
  await subscribe(second, leg, { ack });
  await leg.send(second, 'four');
  await carrying(second, leg, 'four');
  await carrying(second, leg, 'three');
  return texts(second, leg)
    .filter((text) => text !== 'four')
    .toSorted();
}

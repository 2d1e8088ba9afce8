// Of what the server says: MESSAGE, RECEIPT, ERROR.
import { expect } from 'chai';
import { until } from '../../lib/backoff.ts';
import { all, clause, type Clause, newer } from './clause.ts';
import { carrying, subscribe, texts } from './stage.ts';

export const serverFrames: readonly Clause[] = [
  clause('MESSAGE', all, 'MUST include destination, message-id and subscription', async (stage, version) => {
    for (const leg of Object.values(stage.legs())) {
      const speaker = await stage.connect(version);
      await subscribe(speaker, leg);
      for (const text of ['one', 'two', 'three']) await leg.send(speaker, text);
      await carrying(speaker, leg, 'three');
      for (const { headers } of speaker.messages) {
        expect(headers.get('destination')).to.equal(leg.destination);
        expect(headers.get('subscription')).to.equal('s');
        // auto asks for no acknowledgment
        expect(headers.has('ack')).to.equal(false);
      }
      const ids = speaker.messages.map(({ headers }) => headers.get('message-id'));
      expect(ids).to.not.include(undefined);
      expect(new Set(ids).size).to.equal(ids.length);
    }
  }),
  clause('MESSAGE', ['1.2'], 'MUST contain ack where it is to be acknowledged', async (stage, version) => {
    for (const ack of ['client', 'client-individual']) {
      for (const leg of Object.values(stage.legs())) {
        const speaker = await stage.connect(version);
        await subscribe(speaker, leg, { ack });
        for (const text of ['one', 'two']) await leg.send(speaker, text);
        const marks = [await carrying(speaker, leg, 'one'), await carrying(speaker, leg, 'two')];
        const [one, two] = marks.map(({ headers }) => headers.get('ack'));
        expect(one).to.match(/^\S+$/);
        expect(two).to.not.equal(one);
        for (const id of [one, two] as string[]) {
          if (ack === 'client-individual' || id === two) await speaker.ask('ACK', { id });
        }
      }
    }
  }),
  clause('MESSAGE', all, 'its body is the contents of the message', async (stage, version) => {
    const { queue } = stage.legs();
    const speaker = await stage.connect(version);
    await subscribe(speaker, queue);
    const octets = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await speaker.ask('SEND', { destination: queue.destination, 'x-expires': '60000' }, octets);
    const { body } = await until('the message', () => speaker.messages[0]);
    expect(body.equals(octets)).to.equal(true);
  }),
  clause(
    'RECEIPT',
    all,
    'MUST include receipt-id with the value of receipt; its body is empty',
    async (stage, version) => {
      const speaker = await stage.connect(version);
      speaker.say('BEGIN', { transaction: 't', receipt: 'message-12345' });
      const { headers, body } = await speaker.peer.awaitFrame('RECEIPT');
      expect(headers.get('receipt-id')).to.equal('message-12345');
      expect(body.length).to.equal(0);
    },
  ),
  clause('RECEIPT', newer, 'comes once the frame was processed', async (stage, version) => {
    const { queue } = stage.legs();
    const speaker = await stage.connect(version);
    await queue.send(speaker, 'one');
    // it is in the queue: whoever comes later has it
    speaker.peer.close();
    const reader = await stage.connect(version);
    await subscribe(reader, queue);
    await carrying(reader, queue, 'one');
    expect(texts(reader, queue)).to.deep.equal(['one']);
  }),
  clause('RECEIPT', ['1.2'], 'is for all frames received before it too', async (stage, version) => {
    const speaker = await stage.connect(version);
    const names = Array.from({ length: 9 }, (_, i) => `${i}`);
    for (const transaction of names) speaker.say('BEGIN', { transaction, receipt: `begun ${transaction}` });
    await speaker.ask('ABORT', { transaction: '8' });
    expect(speaker.receipts).to.deep.equal([...names.map((name) => `begun ${name}`), 'ask-1']);
  }),
  clause('ERROR', newer, 'the connection MUST be closed just after it', async (stage, version) => {
    const speaker = await stage.connect(version);
    speaker.say('JUMP', { receipt: 'x' });
    for (let i = 0; i < 20; i++) speaker.say('BEGIN', { transaction: `${i}`, receipt: `${i}` });
    const { headers, body } = await speaker.ends('x');
    expect(headers.get('content-length')).to.equal(String(body.length));
    expect(headers.get('content-type')).to.equal('text/plain');
    expect(speaker.receipts).to.deep.equal([]);
  }),
  clause('ERROR', ['1.0'], 'has a message', async (stage, version) => {
    const speaker = await stage.connect(version);
    speaker.say('NACK', { 'message-id': '1' });
    expect((await speaker.ends()).headers.get('message')).to.contain('NACK');
  }),
];

// Of frames: what they are made of, and the headers that any of them may have.
import { expect } from 'chai';
import { until } from '../../lib/backoff.ts';
import { newId } from '../../lib/id.ts';
import { all, clause, type Clause, newer } from './clause.ts';
import { carrying, subscribe } from './stage.ts';

export const frames: readonly Clause[] = [
  clause('Value Encoding', newer, '\\n, \\c and \\\\ (in 1.2 \\r too) MUST be decoded', async (stage, version) => {
    const speaker = await stage.connect(version);
    await speaker.ask('SUBSCRIBE', { id: 'r', destination: '/user/queue/refusals' });
    const [written, meant] =
      version === '1.1' ? ['a\\nb\\cc\\\\n', 'a\nb:c\\n'] : ['a\\nb\\cc\\\\n\\rd', 'a\nb:c\\n\rd'];
    // the body of a refusal tells what was understood
    speaker.peer.write(`SEND\ndestination:/app/nowhere\nreceipt:${written}\n\n{}\0`);
    const { body } = await speaker.peer.awaitFrame('MESSAGE');
    expect(JSON.parse(body.toString())).to.include({ receipt: meant });
  }),
  clause('Value Encoding', newer, 'names are decoded as values are', async (stage, version) => {
    const speaker = await stage.connect(version);
    speaker.peer.write('BEGIN\ntransaction:t\n\\\\receipt:x\nreceipt:y\n\n\0');
    await speaker.peer.awaitFrame('RECEIPT');
    expect(speaker.receipts).to.deep.equal(['y']);
  }),
  clause(
    'Value Encoding',
    newer,
    'undefined escape sequences MUST be a fatal protocol error',
    async (stage, version) => {
      for (const sequence of version === '1.1' ? ['\\r', '\\t', '\\'] : ['\\t', '\\N', '\\']) {
        const speaker = await stage.connect(version);
        speaker.peer.write(`BEGIN\nreceipt:r\ntransaction:a${sequence}\n\n\0`);
        expect((await speaker.ends('r')).headers.get('code')).to.equal('protocol-error');
      }
    },
  ),
  clause(
    'Value Encoding',
    newer,
    'the reverse transformation MUST be applied when encoding',
    async (stage, version) => {
      const speaker = await stage.connect(version);
      const written = version === '1.1' ? 'a\\nb\\cc\\\\n' : 'a\\nb\\cc\\\\n\\rd';
      speaker.peer.write(`BEGIN\ntransaction:t\nreceipt:${written}\n\n\0`);
      await speaker.peer.awaitFrame('RECEIPT');
      expect(speaker.text).to.contain(`\nreceipt-id:${written}\n`);
    },
  ),
  clause('Value Encoding', newer, 'CONNECT and CONNECTED are not escaped', async (stage, version) => {
    const speaker = await stage.open(version);
    const { passcode } = await stage.credentials(speaker.person);
    const bound = `accept-version:${version}\npasscode:${passcode}\ndevice-id:a:b\ndevice-name:\\t\\c`;
    speaker.peer.write(`CONNECT\n${bound}\n\n\0`);
    await speaker.peer.awaitFrame('CONNECTED');
    expect(speaker.text).to.contain('\ndevice-id:a:b\n');
  }),
  clause('Value Encoding', newer, 'headers MUST never be trimmed or padded', async (stage, version) => {
    const speaker = await stage.connect(version);
    speaker.peer.write('BEGIN\ntransaction: t \nreceipt:  r \n\n\0');
    await speaker.peer.awaitFrame('RECEIPT');
    expect(speaker.text).to.contain('\nreceipt-id:  r \n');
    speaker.say('COMMIT', { transaction: 't', receipt: 'x' });
    await speaker.ends('x');
  }),
  clause('Value Encoding', newer, 'commands and headers are UTF-8, and nothing else', async (stage, version) => {
    const speaker = await stage.connect(version);
    speaker.say('BEGIN', { transaction: 'ж', receipt: 'é🐇' });
    await speaker.peer.awaitFrame('RECEIPT', { 'receipt-id': 'é🐇' });
    speaker.peer.socket.send(Buffer.from('BEGIN\ntransaction:\xff\n\n\0', 'latin1'));
    await speaker.ends();
  }),
  clause('STOMP Frames', newer, 'commands and header names are case sensitive', async (stage, version) => {
    const speaker = await stage.connect(version);
    speaker.say('BEGIN', { transaction: 't', Transaction: 'u', Receipt: 'no', receipt: 'yes' });
    await speaker.peer.awaitFrame('RECEIPT');
    expect(speaker.receipts).to.deep.equal(['yes']);
    await speaker.ask('COMMIT', { transaction: 't' });
    speaker.say('begin', { transaction: 't', receipt: 'x' });
    await speaker.ends('x');
  }),
  clause('Body', ['1.2'], 'frames other than SEND MUST NOT have a body', bodiesOfOthers),
  clause('Value Encoding', ['1.1'], 'frames other than SEND MUST NOT have a body', bodiesOfOthers),
  clause('Header content-length', all, 'so many octets MUST be read, NULs or not', async (stage, version) => {
    const { queue } = stage.legs();
    const speaker = await stage.connect(version);
    await subscribe(speaker, queue);
    await queue.send(speaker, 'a\0b\0\n\0');
    const message = await carrying(speaker, queue, 'a\0b\0\n\0');
    // "If the frame body contains NULL octets, the frame MUST include a content-length header"
    expect(message.headers.get('content-length')).to.equal('6');
  }),
  clause('Header content-length', all, 'the frame still needs its NUL', async (stage, version) => {
    const speaker = await stage.connect(version);
    speaker.peer.write('SEND\ndestination:/app/messages\nreceipt:x\ncontent-length:2\n\n{} \0');
    await speaker.ends('x');
  }),
  clause('Header content-length', all, 'without it the first NUL ends the frame', async (stage, version) => {
    const { queue } = stage.legs();
    const speaker = await stage.connect(version);
    await subscribe(speaker, queue);
    const destination = `SEND\ndestination:${queue.destination}\nx-expires:60000\n\n`;
    speaker.peer.write(`${destination}one\0${destination}two\0`);
    await carrying(speaker, queue, 'one');
    await carrying(speaker, queue, 'two');
  }),
  clause('Header content-length', ['1.2'], 'all frames may include it', async (stage, version) => {
    const speaker = await stage.connect(version, { 'content-length': '0' });
    await speaker.ask('BEGIN', { transaction: 't' });
    speaker.peer.write('COMMIT\ntransaction:t\ncontent-length:0\nreceipt:x\n\n\0');
    await speaker.peer.awaitFrame('RECEIPT', { 'receipt-id': 'x' });
  }),
  clause('Header content-type', ['1.2'], 'its value MUST be a MIME type', async (stage, version) => {
    const { events } = stage.legs();
    const speaker = await stage.connect(version);
    await subscribe(speaker, events);
    await speaker.ask('SUBSCRIBE', { id: 'r', destination: '/user/queue/refusals' });
    speaker.say('SEND', { destination: '/app/nowhere' }, '{}');
    await events.send(speaker, 'hello');
    await carrying(speaker, events, 'hello');
    speaker.say('JUMP');
    await speaker.ends();
    const withBody = speaker.peer.frames.filter(({ body }) => body.length > 0);
    expect(withBody.length).to.be.greaterThan(2);
    for (const { headers } of withBody) {
      expect(headers.get('content-type')).to.match(/^(application\/json;charset=utf-8|text\/plain)$/);
    }
  }),
  clause('Header content-type', newer, 'servers MUST support UTF-8', async (stage, version) => {
    const legs = stage.legs();
    const speaker = await stage.connect(version);
    for (const [id, leg] of Object.entries(legs)) {
      await subscribe(speaker, leg, { id });
      await leg.send(speaker, 'wörld 👋 \u2028');
      await carrying(speaker, leg, 'wörld 👋 \u2028');
    }
  }),
  clause('Header receipt', newer, 'any client frame but CONNECT may ask for one', async (stage, version) => {
    await everyFrameAsks(await stage.connect(version));
  }),
  clause('Receipt', ['1.0'], 'any client frame but CONNECT may ask for one', async (stage, version) => {
    await everyFrameAsks(await stage.connect(version));
  }),
  clause('Header receipt', newer, 'CONNECT may not: it gets none', async (stage, version) => {
    const speaker = await stage.connect(version, { receipt: 'x' });
    await speaker.lives();
    expect(speaker.receipts).to.not.include('x');
  }),
  clause('Repeated Header Entries', newer, 'only the first SHOULD be used', async (stage, version) => {
    const speaker = await stage.connect(version);
    speaker.peer.write('BEGIN\ntransaction:one\ntransaction:two\nreceipt:one\nreceipt:two\n\n\0');
    await speaker.peer.awaitFrame('RECEIPT');
    await speaker.ask('COMMIT', { transaction: 'one' });
    expect(speaker.receipts).to.not.include('two');
  }),
  clause('Size Limits', newer, 'beyond them the server SHOULD send ERROR and close', async (stage, version) => {
    const speaker = await stage.connect(version);
    speaker.say('BEGIN', { transaction: 'x'.repeat(20_000) });
    expect((await speaker.ends()).headers.get('code')).to.equal('frame-too-large');
  }),
  clause('Augmented BNF', all, 'any number of line ends may follow a frame', async (stage, version) => {
    const speaker = await stage.connect(version);
    speaker.peer.write('\n\nBEGIN\ntransaction:t\n\n\0\n\n\n\nCOMMIT\ntransaction:t\nreceipt:x\n\n\0\n');
    await speaker.peer.awaitFrame('RECEIPT', { 'receipt-id': 'x' });
  }),
  clause('Augmented BNF', ['1.2'], 'EOL is [CR] LF', async (stage, version) => {
    const speaker = await stage.connect(version);
    speaker.peer.write('\r\nBEGIN\r\ntransaction:t\nreceipt:x\r\n\r\n\0\r\n\n');
    await speaker.peer.awaitFrame('RECEIPT', { 'receipt-id': 'x' });
    await speaker.ask('COMMIT', { transaction: 't' });
    speaker.peer.write('BEGIN\nreceipt:y\ntransaction:a\rb\n\n\0');
    await speaker.ends('y');
  }),
  clause('Augmented BNF', ['1.0'], 'a backslash is a character like others', async (stage, version) => {
    const speaker = await stage.connect(version);
    speaker.peer.write('BEGIN\ntransaction:t\nreceipt:a\\\\b\n\n\0');
    await until('the receipt', () => speaker.text.includes('\nreceipt-id:a\\\\b\n'));
  }),
];

async function bodiesOfOthers(...[stage, version]: Parameters<Clause['shows']>): Promise<void> {
  for (const [command, headers] of [
    ['BEGIN', { transaction: 't' }],
    ['SUBSCRIBE', { id: 's', destination: '/user/queue/events' }],
    ['DISCONNECT', {}],
  ] as const) {
    const speaker = await stage.connect(version);
    speaker.say(command, { ...headers, receipt: 'x' }, 'body');
    await speaker.ends('x');
  }
}

async function everyFrameAsks(speaker: Awaited<ReturnType<Parameters<Clause['shows']>[0]['connect']>>): Promise<void> {
  const destination = `/queue/conformance-${newId()}`;
  const queue = { destination, 'x-expires': '60000' };
  await speaker.ask('SUBSCRIBE', { id: 's', ack: 'client-individual', ...queue });
  await speaker.ask('SEND', queue, 'x');
  // what was NACKed comes again
  for (const [i, acknowledge] of (speaker.version === '1.0' ? ['ACK'] : ['NACK', 'ACK']).entries()) {
    const message = await until('a message', () => speaker.messages[i]);
    await speaker.ask(acknowledge, speaker.ackFields(message));
  }
  await speaker.ask('BEGIN', { transaction: 't' });
  await speaker.ask('COMMIT', { transaction: 't' });
  await speaker.ask('BEGIN', { transaction: 't' });
  await speaker.ask('ABORT', { transaction: 't' });
  await speaker.ask('UNSUBSCRIBE', { id: 's' });
  await speaker.ask('DISCONNECT');
}

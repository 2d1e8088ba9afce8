// Of how a session begins: CONNECT, CONNECTED, the version, heart-beats.
import { expect } from 'chai';
import { until } from '../../lib/backoff.ts';
import { all, clause, type Clause, newer } from './clause.ts';
import type { Stage } from './stage.ts';

async function rapidly(stage: Stage, version: Parameters<Clause['shows']>[1]): Promise<void> {
  const person = await stage.person();
  const steady = await stage.connect(version, { 'device-id': 'steady' }, person);
  for (let i = 0; i < 30; i++) {
    const speaker = await stage.open(version, person);
    if (i % 3 > 0) speaker.say('CONNECT', { 'accept-version': version, ...(await stage.credentials(person)) });
    if (i % 3 > 1) speaker.say('DISCONNECT', { receipt: 'x' });
    speaker.peer.close();
  }
  await steady.lives();
  await (await stage.connect(version, {}, person)).lives();
}

const beats = (received: readonly { readonly data: Buffer }[]) => received.filter(({ data }) => data.equals(LF)).length;
const LF = Buffer.from('\n');

export const connecting: readonly Clause[] = [
  clause('Connecting', ['1.1'], 'clients which rapidly connect and disconnect MUST be supported', rapidly),
  clause('Connection Lingering', ['1.2'], 'clients which rapidly connect and disconnect MUST be supported', rapidly),
  clause('Connecting', newer, 'a refused connection gets ERROR, then the close', async (stage, version) => {
    const speaker = await stage.open(version);
    speaker.say('CONNECT', { 'accept-version': version, passcode: 'wrong' });
    expect((await speaker.ends()).headers.get('code')).to.equal('token-invalid');
  }),
  clause('Connecting', ['1.0'], 'CONNECT is always answered with CONNECTED and a session', async (stage, version) => {
    const speaker = await stage.connect(version);
    expect((await speaker.peer.awaitFrame('CONNECTED')).headers.get('session')).to.match(/^\S+$/);
  }),
  clause('CONNECT or STOMP Frame', newer, 'STOMP MUST be handled as CONNECT is', async (stage, version) => {
    const person = await stage.person();
    const answers: object[] = [];
    for (const command of ['CONNECT', 'STOMP']) {
      const speaker = await stage.open(version, person);
      speaker.say(command, { 'accept-version': version, ...(await stage.credentials(person)) });
      const { headers } = await speaker.peer.awaitFrame('CONNECTED');
      answers.push(Object.fromEntries(headers.entries().filter(([name]) => name !== 'session')));
      await speaker.lives();
    }
    expect(answers[1]).to.deep.equal(answers[0]);
  }),
  clause('CONNECTED Frame', newer, 'MUST set version', async (stage, version) => {
    const speaker = await stage.connect(version);
    const { headers, body } = await speaker.peer.awaitFrame('CONNECTED');
    expect(headers.get('version')).to.equal(version);
    expect(body.length).to.equal(0);
  }),
  clause('CONNECTED Frame', newer, 'server MUST contain a server-name', async (stage, version) => {
    const speaker = await stage.connect(version);
    const { headers } = await speaker.peer.awaitFrame('CONNECTED');
    expect(headers.get('server')).to.match(/^[\w-]+(\/[\w.-]+)?( .+)?$/);
  }),
  clause('Protocol Negotiation', newer, 'the highest version in common is used', async (stage, version) => {
    const lists: Record<string, string[]> = {
      '1.1': ['1.1', '1.0,1.1', '1.1,1.0', '1.0,1.1,2.0'],
      '1.2': ['1.2', '1.0,1.1,1.2', '1.2,1.0', '1.1,1.2,1.3,2.1'],
    };
    for (const list of lists[version] ?? []) {
      const speaker = await stage.open(version);
      speaker.say('CONNECT', { 'accept-version': list, ...(await stage.credentials(speaker.person)) });
      expect((await speaker.peer.awaitFrame('CONNECTED')).headers.get('version'), list).to.equal(version);
      // and it is the one that is spoken: 1.1 knows no \r
      speaker.peer.write('BEGIN\ntransaction:\\r\nreceipt:x\n\n\0');
      const answer = await until('the answer', () => speaker.peer.frames[1]);
      expect(answer.command, list).to.equal(version === '1.1' ? 'ERROR' : 'RECEIPT');
    }
  }),
  clause('Protocol Negotiation', newer, 'without accept-version it is 1.0', async (stage, version) => {
    const speaker = await stage.open(version);
    speaker.say('CONNECT', await stage.credentials(speaker.person));
    expect((await speaker.peer.awaitFrame('CONNECTED')).headers.get('version')).to.equal('1.0');
  }),
  clause(
    'Protocol Negotiation',
    newer,
    'without one in common it MUST send ERROR and close',
    async (stage, version) => {
      const speaker = await stage.open(version);
      speaker.say('CONNECT', { 'accept-version': '0.9,2.1', ...(await stage.credentials(speaker.person)) });
      const error = await speaker.ends();
      expect(error.headers.get('version')).to.equal('1.0,1.1,1.2');
      expect(error.headers.get('content-type')).to.equal('text/plain');
      expect(error.body.toString()).to.equal('Supported protocol versions are 1.0 1.1 1.2');
    },
  ),
  clause('Heart-beating', newer, 'the header MUST contain two integers and a comma', async (stage, version) => {
    const speaker = await stage.connect(version, { 'heart-beat': '0,0' });
    expect((await speaker.peer.awaitFrame('CONNECTED')).headers.get('heart-beat')).to.match(/^\d+,\d+$/);
    for (const wrong of ['1000', '1000,', '1,2,3', '-1,0', 'a,b', '']) {
      const other = await stage.open(version, speaker.person);
      const credentials = await stage.credentials(speaker.person);
      other.say('CONNECT', { 'accept-version': version, ...credentials, 'heart-beat': wrong });
      await other.ends();
    }
  }),
  clause('Heart-beating', all, 'a missing header MUST be taken for 0,0; so is a 0', async (stage, version) => {
    const headers: Record<string, string>[] = [{}, { 'heart-beat': '0,0' }];
    const speakers = await Promise.all(headers.map((fields) => stage.connect(version, fields)));
    // somebody else's third beat: by then they would have had theirs, or been closed
    const other = await stage.connect('1.2', { 'heart-beat': '0,300' });
    await until('three beats', () => beats(other.peer.received) >= 3);
    for (const speaker of speakers) {
      expect(beats(speaker.peer.received)).to.equal(0);
      await speaker.lives();
    }
  }),
  clause('Heart-beating', newer, 'new data MUST come at least every MAX(sx, cy) ms', async (stage, version) => {
    const speaker = await stage.connect(version, { 'heart-beat': '0,500' });
    const arrivals = [Date.now()];
    speaker.peer.socket.on('message', () => arrivals.push(Date.now()));
    await until('three beats', () => arrivals.length > 3);
    const gaps = arrivals.slice(1).map((at, i) => at - (arrivals[i] as number));
    // MAX(300, 500); the reader's own lateness is not the server's
    expect(Math.max(...gaps)).to.be.below(500 + 150);
    expect(Math.min(...gaps.slice(1))).to.be.above(300);
  }),
  clause('Heart-beating', newer, 'without a frame to send it MUST send a single line end', async (stage, version) => {
    const speaker = await stage.connect(version, { 'heart-beat': '0,300' });
    await until('two beats', () => beats(speaker.peer.received) >= 2);
    expect(speaker.peer.received.slice(1).map(({ data }) => data.toString())).to.deep.equal(['\n', '\n']);
  }),
  clause('Heart-beating', newer, 'any data shows that the client lives; silence may end it', async (stage, version) => {
    const talking = await stage.connect(version, { 'heart-beat': '300,0' });
    const silent = await stage.connect(version, { 'heart-beat': '300,0' });
    // a part of a frame is data too
    const parts = 'BEGIN\ntransaction:t\nreceipt:x\n\n\0'.split('');
    const timer = setInterval(() => talking.peer.write(parts.shift() ?? '\n'), 60);
    try {
      expect((await silent.ends()).headers.get('code')).to.equal('heart-beat-missed');
      await talking.peer.awaitFrame('RECEIPT', { 'receipt-id': 'x' });
    } finally {
      clearInterval(timer);
    }
  }),
];

// The session to RabbitMQ's STOMP plugin, beside a server of a few lines that says what RabbitMQ may say.
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { until } from '../lib/backoff.ts';
import { openLog } from '../log.ts';
import { encodeFrame } from '../stomp/encoder.ts';
import type { Frame } from '../stomp/frame.ts';
import { FrameParser } from '../stomp/parser.ts';
import { Upstream, type UpstreamDelivery } from './upstream.ts';

const LIMITS = { headers: 64, headerBytes: 16_384, bodyBytes: 100_000 };

/** A STOMP server that lets everybody in and answers what asks for a receipt, unless told not to. */
class Server {
  readonly frames: Frame[] = [];
  sessions = 0;
  answers = true;
  readonly #server: net.Server;
  #socket: net.Socket | undefined;

  constructor() {
    this.#server = net.createServer((socket) => {
      this.#socket = socket;
      const parser = new FrameParser({ ...LIMITS, bodyBytes: 1_000_000 });
      parser.version = '1.2';
      socket.on('error', () => {});
      socket.on('data', (chunk) => parser.push(chunk, (frame) => this.#take(frame)));
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  say(command: string, headers: Record<string, string>, body = ''): void {
    this.#socket?.write(encodeFrame(command, headers, body, '1.2'));
  }

  raw(octets: Buffer): void {
    this.#socket?.write(octets);
  }

  cut(): void {
    this.#socket?.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  commands(): string[] {
    return this.frames.map(({ command, headers }) =>
      `${command} ${headers.get('id') ?? headers.get('destination') ?? ''}`.trim(),
    );
  }

  #take(frame: Frame): void {
    if (frame.command === 'CONNECT') {
      this.sessions += 1;
      return this.say('CONNECTED', { version: '1.2', session: `session-${this.sessions}`, 'heart-beat': '0,0' });
    }
    this.frames.push(frame);
    const receipt = frame.headers.get('receipt');
    if (receipt !== undefined && this.answers) this.say('RECEIPT', { 'receipt-id': receipt });
  }
}

describe("the session to RabbitMQ's STOMP plugin", () => {
  let server: Server;
  let upstream: Upstream;
  let messages: UpstreamDelivery[];
  let failures: string[];
  let backs: number;
  let held: number;

  beforeEach(async () => {
    server = new Server();
    [messages, failures, backs, held] = [[], [], 0, 0];
    const address = {
      host: '127.0.0.1',
      port: await server.listen(),
      tls: false,
      login: 'a',
      passcode: 'b',
      vhost: '/',
    };
    upstream = new Upstream(
      {
        addresses: [address],
        limits: LIMITS,
        log: openLog('silent', false),
        reserve: (bytes) => {
          held += bytes;
          return true;
        },
        maxBytes: 2000,
        isBrokerUp: () => false,
        giveUpMs: 1000,
      },
      {
        onMessage: (delivery) => messages.push(delivery),
        onBack: () => (backs += 1),
        onFailed: (code, reason) => failures.push(`${code} ${reason}`),
      },
      () => {},
    );
  });
  afterEach(async () => {
    server.answers = true;
    server.cut();
    await upstream.close();
    server.close();
  });

  const send = (body: string, settle: (outcome: string) => void = () => {}) =>
    upstream.request([{ command: 'SEND', fields: { destination: '/queue/a' }, body: Buffer.from(body) }], true, settle);
  const message = (tag: string, headers: Record<string, string> = {}) =>
    server.say('MESSAGE', { subscription: 's1', 'message-id': `T_s1@@session-1@@${tag}`, ...headers }, tag);

  it('connects by itself, and settles what is answered', async () => {
    const outcomes: string[] = [];
    expect(send('one', (outcome) => outcomes.push(outcome))).to.equal(true);
    expect(held).to.be.above(0);
    await until('the receipt', () => outcomes.length === 1);
    expect(outcomes).to.deep.equal(['done']);
    expect(held).to.equal(0);
  });

  it('reads what other libraries die of', async () => {
    upstream.subscribe('s1', { destination: '/topic/a' }, () => {});
    await until('it', () => server.commands().includes('SUBSCRIBE s1'));
    message('1', { hasOwnProperty: 'x', __proto__: 'y', long: 'x'.repeat(3000) });
    const whole = encodeFrame('MESSAGE', { subscription: 's1', 'message-id': 'T_s1@@s@@2', name: 'ä' }, 'ö', '1.2');
    const half = whole.indexOf(Buffer.from('ä')) + 1;
    server.raw(whole.subarray(0, half));
    await until('the first', () => messages.length === 1);
    server.raw(whole.subarray(half));
    await until('the second', () => messages.length === 2);
    expect(messages.map(({ tag, era, subscription }) => [tag, era, subscription])).to.deep.equal([
      ['1', 0, 's1'],
      ['2', 0, 's1'],
    ]);
    expect(messages[0]?.frame.headers.get('hasOwnProperty')).to.equal('x');
    expect(messages[1]?.frame.headers.get('name')).to.equal('ä');
  });

  it('subscribes again and repeats what had no answer, in order; what acknowledges is lost', async () => {
    const outcomes: string[] = [];
    upstream.subscribe('s1', { destination: '/queue/a' }, () => outcomes.push('subscribed'));
    await until('it', () => outcomes.length === 1);
    server.answers = false;
    send('one', (outcome) => outcomes.push(`one ${outcome}`));
    upstream.request([upstream.acknowledgement('ACK', 's1', '7', {})], false, (outcome) =>
      outcomes.push(`ack ${outcome}`),
    );
    send('two', (outcome) => outcomes.push(`two ${outcome}`));
    await until('them', () => server.frames.length === 4);
    expect(server.frames[2]?.headers.get('id')).to.equal('T_s1@@session-1@@7');
    server.frames.length = 0;
    server.answers = true;
    server.cut();
    await until('the loss', () => outcomes.includes('ack lost'));
    expect(upstream.era).to.equal(1);
    await until('all', () => outcomes.includes('two done') && backs === 1);
    expect(server.commands()).to.deep.equal(['SUBSCRIBE s1', 'SEND /queue/a', 'SEND /queue/a']);
    expect(outcomes).to.deep.equal(['subscribed', 'ack lost', 'one done', 'two done']);
    expect(upstream.acknowledgement('ACK', 's1', '1', {}).fields.id).to.equal('T_s1@@session-2@@1');
  });

  it('takes no more than may wait', () => {
    expect(send('x'.repeat(1500))).to.equal(true);
    expect(send('x'.repeat(1500))).to.equal(false);
    expect(send('x')).to.equal(true);
  });

  it('takes an ERROR of a broker that goes down for a loss', async () => {
    await until('it', () => server.sessions === 1);
    send('one');
    await until('it', () => server.frames.length === 1);
    server.say('ERROR', { message: 'connection_forced' }, "broker forced connection closure with reason 'shutdown'");
    await until('the next connection', () => server.sessions === 2);
    expect(failures).to.deep.equal([]);
  });

  it('ends with any other ERROR, and says its reason', async () => {
    send('one');
    await until('it', () => server.frames.length === 1);
    server.say('ERROR', { message: 'not_found' }, "NOT_FOUND - no exchange 'x'");
    await until('the end', () => failures.length === 1);
    expect(failures).to.deep.equal(["broker-refused not_found: NOT_FOUND - no exchange 'x'"]);
  });

  it('ends when a subscription was cancelled, unless that was the beginning of a loss', async function () {
    this.timeout(10_000);
    const cancelled = () =>
      server.say('ERROR', { message: 'Server cancelled subscription', subscription: 's1' }, 'gone');
    send('one');
    await until('it', () => server.frames.length === 1);
    cancelled();
    server.cut();
    await until('the next connection', () => server.sessions === 2 && send('two'));
    await until('it', () => server.frames.length >= 2);
    cancelled();
    await until('the end', () => failures.length === 1);
    expect(failures[0]).to.match(/^subscription-cancelled /);
  });

  it('ends with what cannot be read, instead of asking for it again and again', async () => {
    send('one');
    await until('it', () => server.frames.length > 0);
    server.raw(Buffer.from(`MESSAGE\ncontent-length:${LIMITS.bodyBytes + 1}\n\n`));
    await until('the end', () => failures.length === 1);
    expect(failures[0]).to.match(/^broker-refused The broker sent a frame that cannot be passed on/);
    expect(server.sessions).to.equal(1);
  });

  it('brings what was sent to the broker before it closes', async () => {
    const outcomes: string[] = [];
    send('one', (outcome) => outcomes.push(outcome));
    await upstream.close();
    expect(outcomes).to.deep.equal(['done']);
    await until('the good-bye', () => server.commands().includes('DISCONNECT'));
  });
});

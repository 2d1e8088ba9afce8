// The hostile peers, in a process of their own: what they cost themselves must not be taken for what they cost the
// server. It is told an attack by its name and answers with what became of it.
import { once } from 'node:events';
import net from 'node:net';
import { WebSocket } from 'ws';
import { sleep } from '../../lib/backoff.ts';

export interface Target {
  readonly port: number;
  /** who she says she is, behind the proxy that the house trusts */
  readonly address: string;
  readonly token?: string;
  readonly device?: string;
}

/** How many connections ended how: a WebSocket close code, an HTTP status, or `cut`. */
export type Ends = Record<string, number>;

type Raw = WebSocket & { readonly _socket: net.Socket };

/** A WebSocket frame made by hand (RFC 6455 §5.2), masked with zeros. */
export function wsFrame(
  opcode: number,
  payload: Uint8Array | string,
  { fin = true, rsv1 = false, length = -1 } = {},
): Buffer {
  const body = Buffer.from(payload);
  const bytes = length < 0 ? body.length : length;
  const head = Buffer.alloc(bytes < 126 ? 6 : bytes < 65_536 ? 8 : 14);
  head[0] = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode;
  if (bytes < 126) head[1] = 0x80 | bytes;
  else if (bytes < 65_536) {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(bytes, 2);
  } else {
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(bytes), 2);
  }
  return Buffer.concat([head, body]);
}

const [CONTINUATION, TEXT, PING] = [0, 1, 9];
const HANDSHAKE = 'GET /stomp HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';

async function tcp({ port }: Target): Promise<net.Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  await once(socket, 'connect').catch(() => {});
  return socket;
}

async function open({ port, address }: Target): Promise<Raw> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/stomp`, ['v12.stomp'], {
    headers: { 'x-forwarded-for': address },
  });
  socket.on('error', () => {});
  await once(socket, 'open');
  return socket as Raw;
}

async function connected(target: Target, headers = ''): Promise<Raw> {
  const socket = await open(target);
  const { token, device = 'd1' } = target;
  socket.send(`CONNECT\naccept-version:1.2\npasscode:${token}\ndevice-id:${device}\n${headers}\n\0`);
  const [answer] = (await once(socket, 'message')) as [Buffer];
  if (!answer.toString().startsWith('CONNECTED')) throw new Error(answer.toString());
  return socket;
}

/** Until the socket is closed, or the time is over. */
async function endOf(socket: WebSocket, ms = 15_000): Promise<string> {
  if (socket.readyState === socket.CLOSED) return 'closed before';
  const end = once(socket, 'close') as Promise<[number]>;
  return Promise.race([
    end.then(([code]) => (code === 1006 ? 'cut' : String(code))),
    sleep(ms).then(() => 'open still'),
  ]);
}

/** Waits for the receipt; `lost` where the connection ended. */
async function receipt(socket: WebSocket, id: string): Promise<'receipt' | 'lost'> {
  return new Promise((resolve) => {
    socket.on('message', (data: Buffer) => {
      if (data.toString().startsWith('RECEIPT') && data.toString().includes(`receipt-id:${id}\n`)) resolve('receipt');
    });
    socket.once('close', () => resolve('lost'));
  });
}

/** Writes as fast as the other end takes it; gives the bytes that were taken. */
async function pour(socket: net.Socket, chunk: Buffer, until: () => boolean): Promise<number> {
  const before = socket.bytesWritten;
  while (!until() && !socket.destroyed) {
    if (!socket.write(chunk)) await Promise.race([once(socket, 'drain').catch(() => {}), sleep(50)]);
    else await new Promise(setImmediate);
    // what the kernel does not take is not poured
    while (socket.writableLength > 1_000_000 && !socket.destroyed && !until()) await sleep(10);
  }
  return socket.bytesWritten - before;
}

const count = (ends: readonly string[]): Ends => {
  const counted: Ends = {};
  for (const end of ends) counted[end] = (counted[end] ?? 0) + 1;
  return counted;
};

const times = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

async function manySockets(
  target: Target,
  sockets: number,
  begin: (socket: net.Socket) => void,
): Promise<net.Socket[]> {
  const opened: net.Socket[] = [];
  // a listen queue has its bounds
  for (let from = 0; from < sockets; from += 100) {
    const batch = times(Math.min(100, sockets - from)).map(() => tcp(target));
    for (const socket of await Promise.all(batch)) {
      begin(socket);
      opened.push(socket);
    }
  }
  return opened;
}

/** How many are still open after each of `ms`. */
async function stillOpen(sockets: readonly net.Socket[], ms: number): Promise<number> {
  const until = Date.now() + ms;
  // the other end's FIN is only seen by who reads
  for (const socket of sockets) socket.resume().once('end', () => socket.destroy());
  while (Date.now() < until && sockets.some((socket) => !socket.destroyed)) await sleep(50);
  const left = sockets.filter((socket) => !socket.destroyed);
  for (const socket of left) socket.destroy();
  return left.length;
}

const attacks = {
  /** TCP connections on which nothing is ever said. */
  async halfOpen(target: Target, { sockets, ms }: { sockets: number; ms: number }) {
    return { left: await stillOpen(await manySockets(target, sockets, () => {}), ms) };
  },

  /** Handshakes that go on and on, a header's character at a time. */
  async slowHandshake(target: Target, { sockets, ms }: { sockets: number; ms: number }) {
    const opened = await manySockets(target, sockets, (socket) => socket.write(`${HANDSHAKE}X-Slow: `));
    const drip = setInterval(() => {
      for (const socket of opened) if (!socket.destroyed) socket.write('a');
    }, 250);
    const left = await stillOpen(opened, ms);
    clearInterval(drip);
    return { left };
  },

  /** Handshakes that are refused, and answered with a reset in the middle of it. */
  async refusedAndReset(target: Target, { sockets }: { sockets: number }) {
    const opened = await manySockets(target, sockets, (socket) => {
      socket.write(`${HANDSHAKE}Origin: http://evil.example\r\nSec-WebSocket-Version: 13\r\n\r\n`);
      socket.resetAndDestroy();
    });
    return { reset: opened.length };
  },

  /** WebSockets that never say CONNECT. */
  async silent(target: Target, { sockets, ms }: { sockets: number; ms: number }) {
    const opened = await Promise.all(times(sockets).map(() => open(target).catch((error: Error) => error.message)));
    return {
      ends: count(await Promise.all(opened.map(async (one) => (typeof one === 'string' ? one : endOf(one, ms))))),
    };
  },

  /** CONNECT, one octet at a time. */
  async drip(target: Target, { everyMs, ms }: { everyMs: number; ms: number }) {
    const socket = await open(target);
    const text = `CONNECT\naccept-version:1.2\npasscode:${target.token}\n\n\0`;
    let at = 0;
    const timer = setInterval(() => {
      if (socket.readyState === socket.OPEN) socket.send(text[at++ % text.length] ?? '');
    }, everyMs);
    const end = await endOf(socket, ms);
    clearInterval(timer);
    return { end };
  },

  /** A connected one who drips a WebSocket frame that never ends. */
  async dripFrame(target: Target, { ms, everyMs, heartBeat }: { ms: number; everyMs: number; heartBeat: string }) {
    const socket = await connected(target, `heart-beat:${heartBeat}\n`);
    const { _socket: raw } = socket;
    raw.write(wsFrame(TEXT, '', { length: 100_000 }));
    const timer = setInterval(() => raw.write('x'), everyMs);
    const end = await endOf(socket, ms);
    clearInterval(timer);
    raw.destroy();
    return { end };
  },

  /** Subscribes to everything and reads nothing; gives how long it was kept. */
  async neverReads(target: Target, { ms, ack }: { ms: number; ack: string }) {
    const socket = await connected(target);
    socket.send(`SUBSCRIBE\nid:e\ndestination:/user/queue/events\nack:${ack}\nreceipt:ready\n\n\0`);
    await receipt(socket, 'ready');
    process.send?.({ ready: true });
    socket._socket.pause();
    const began = Date.now();
    // it does not even see that it was closed; but what it writes then fails
    const cut = new AbortController();
    socket._socket.once('error', () => cut.abort());
    socket._socket.once('close', () => cut.abort());
    while (!cut.signal.aborted && Date.now() - began < ms) {
      socket._socket.write(wsFrame(TEXT, '\n'));
      await sleep(100);
    }
    socket.terminate();
    return { cut: cut.signal.aborted, afterMs: Date.now() - began };
  },

  /** Offers compression, and compresses though it was not accepted. */
  async bomb(target: Target) {
    const offered = new WebSocket(`ws://127.0.0.1:${target.port}/stomp`, ['v12.stomp'], {
      perMessageDeflate: true,
      headers: { 'x-forwarded-for': target.address },
    }) as Raw;
    offered.on('error', () => {});
    await once(offered, 'open');
    const { extensions } = offered;
    const ends = endOf(offered);
    offered._socket.write(wsFrame(TEXT, Buffer.alloc(1000, 0x55), { rsv1: true }));
    return { extensions, end: await ends };
  },

  /** One WebSocket message, announced as larger than any may be. */
  async giant(target: Target) {
    const socket = await open(target);
    const end = endOf(socket);
    socket._socket.write(wsFrame(TEXT, '', { length: 2 ** 31 }));
    return { end: await end };
  },

  /** More than may come before CONNECTED: of one unfinished message, of pings, of line ends. */
  async beforeConnect(target: Target, { what, bytes }: { what: 'frame' | 'pings' | 'line ends'; bytes: number }) {
    const socket = await open(target);
    const end = endOf(socket);
    const { _socket: raw } = socket;
    const chunk = {
      frame: wsFrame(TEXT, Buffer.alloc(bytes, 'x'), { length: bytes + 1 }),
      pings: Buffer.concat(times(Math.ceil(bytes / 106)).map(() => wsFrame(PING, Buffer.alloc(100)))),
      'line ends': Buffer.concat(times(Math.ceil(bytes / 106)).map(() => wsFrame(TEXT, '\n'.repeat(100)))),
    }[what];
    raw.write(chunk);
    return { end: await end };
  },

  /** One message in fragments of one octet. */
  async fragments(target: Target, { fragments }: { fragments: number }) {
    const socket = await connected(target);
    const end = endOf(socket);
    const parts = times(fragments - 1).map(() => wsFrame(CONTINUATION, 'x', { fin: false }));
    socket._socket.write(Buffer.concat([wsFrame(TEXT, 'x', { fin: false }), ...parts]));
    return { end: await end };
  },

  /** One frame, in so many pieces that each is read by itself. */
  async chunks(target: Target, { chunks }: { chunks: number }) {
    const socket = await connected(target);
    const end = endOf(socket);
    socket._socket.write(wsFrame(TEXT, '', { length: 100_000 }));
    for (let i = 0; i < chunks && !socket._socket.destroyed; i++) {
      socket._socket.write('x');
      await sleep(1);
    }
    return { end: await end };
  },

  /** Line ends, each a WebSocket message; gives how long it takes until a frame behind them is answered. */
  async heartBeats(target: Target, { messages }: { messages: number }) {
    const socket = await connected(target);
    const answered = receipt(socket, 'behind');
    const began = Date.now();
    const beats = Buffer.concat(times(1000).map(() => wsFrame(TEXT, '\n')));
    for (let sent = 0; sent < messages; sent += 1000) socket._socket.write(beats);
    socket.send('BEGIN\ntransaction:t\nreceipt:behind\n\n\0');
    const outcome = await answered;
    socket.terminate();
    return { outcome, tookMs: Date.now() - began };
  },

  /** Small frames, thousands in one WebSocket message. */
  async tinyFrames(target: Target, { pairs, messages }: { pairs: number; messages: number }) {
    const socket = await connected(target);
    const answered = receipt(socket, 'behind');
    const began = Date.now();
    const text = 'BEGIN\ntransaction:t\n\n\0ABORT\ntransaction:t\n\n\0'.repeat(pairs);
    for (const _ of times(messages)) socket.send(text);
    socket.send('BEGIN\ntransaction:u\nreceipt:behind\n\n\0');
    const outcome = await answered;
    socket.terminate();
    return { outcome, tookMs: Date.now() - began };
  },

  /** Pings, as many as go; reading the pongs, or not. */
  async pings(target: Target, { ms, reads }: { ms: number; reads: boolean }) {
    const socket = await connected(target);
    const end = endOf(socket, ms + 1000);
    if (!reads) socket._socket.pause();
    let over = false;
    let ended = false;
    socket._socket.once('close', () => (ended = true));
    socket._socket.once('error', () => (ended = true));
    setTimeout(() => (over = true), ms);
    const flood = Buffer.concat(times(500).map(() => wsFrame(PING, Buffer.alloc(125))));
    const bytes = await pour(socket._socket, flood, () => over || ended);
    const outcome = ended ? 'cut' : await Promise.race([end, sleep(10).then(() => 'open')]);
    socket.terminate();
    return { pings: Math.floor(bytes / 131), end: outcome };
  },

  /** SENDs without end; gives the refusals that came before the close. */
  async sends(target: Target, { to }: { to: string }) {
    const socket = await connected(target);
    socket.send('SUBSCRIBE\nid:r\ndestination:/user/queue/refusals\n\n\0');
    let refusals = 0;
    socket.on('message', (data: Buffer) => {
      if (data.includes('"too-many-sends"')) refusals += 1;
    });
    const ends = endOf(socket);
    let n = 0;
    while (socket.readyState === socket.OPEN) {
      const body = JSON.stringify({
        clientMessageId: `${Date.now()}-${n++}`,
        to: { user: to },
        kind: 'text',
        text: 'x',
      });
      socket.send(`SEND\ndestination:/app/messages\n\n${body}\0`);
      if (n % 50 === 0) await sleep(1);
    }
    return { end: await ends, refusals };
  },

  /** Sessions that come and go: handshake, CONNECT, away without a word. */
  async churn(target: Target, { ms }: { ms: number }) {
    const until = Date.now() + ms;
    let sessions = 0;
    const one = async () => {
      while (Date.now() < until) {
        const socket = await connected({ ...target, device: `d${sessions % 4}` }).catch(() => undefined);
        sessions += 1;
        socket?._socket.resetAndDestroy();
      }
    };
    await Promise.all([one(), one(), one(), one()]);
    return { sessions };
  },
};

export type Attacks = typeof attacks;

interface Order {
  readonly id: number;
  readonly attack: keyof Attacks;
  readonly target: Target;
  readonly options: never;
}

process.on('message', (order: Order) => {
  const attack = attacks[order.attack] as (target: Target, options: never) => Promise<object>;
  attack(order.target, order.options).then(
    (result) => process.send?.({ id: order.id, result }),
    (error: Error) => process.send?.({ id: order.id, error: error.stack }),
  );
});
process.on('disconnect', () => process.exit());

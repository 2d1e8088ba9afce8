// One STOMP 1.2 session over a WebSocket (RFC 6455) over a plain socket, as light as it gets: the generator must not be
// what is measured. One frame a WebSocket message, as clients do; what is written in one turn leaves in one system call.
import { connect, type Socket } from 'node:net';
import { encodeFrame } from '../../server/stomp/encoder.ts';
import type { Frame } from '../../server/stomp/frame.ts';
import { FrameParser } from '../../server/stomp/parser.ts';

export interface ConnectionEvents {
  readonly onMessage: (frame: Frame) => void;
  readonly onReceipt: (receipt: string) => void;
  /** why it ended by itself */
  readonly onEnd: (reason: string) => void;
}

const LIMITS = { headers: 64, headerBytes: 65_536, bodyBytes: 1_048_576 };
const HEAD_END = '\r\n\r\n';
const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 } as const;
const FINAL = 0x80;
const MASKED = 0x80;

/** A frame as a client sends it: masked, with a mask of zeros, which changes nothing (RFC 6455 §5.3). */
function webSocketFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + 4 + length);
  frame[0] = FINAL | opcode;
  if (head === 2) {
    frame[1] = MASKED | length;
  } else if (head === 4) {
    frame[1] = MASKED | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = MASKED | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.writeUInt32BE(0, head);
  payload.copy(frame, head + 4);
  return frame;
}

const BEAT = webSocketFrame(OPCODE.text, Buffer.from('\n'));

export class Connection {
  readonly #socket: Socket;
  readonly #parser = new FrameParser(LIMITS);
  readonly #onFrame: (frame: Frame) => void;
  readonly #onEnd: (reason: string) => void;
  #onOpen: (() => void) | undefined;
  #corked = false;
  #closing = false;
  /** what came of an unfinished head */
  #rest: Buffer | undefined;
  /** bytes that are to come of the data frame under way */
  #left = 0;

  private constructor(url: URL, onOpen: () => void, onFrame: (frame: Frame) => void, onEnd: (reason: string) => void) {
    this.#onOpen = onOpen;
    this.#onFrame = onFrame;
    this.#onEnd = onEnd;
    this.#parser.version = '1.2';
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', () => this.#end('closed'));
    this.#socket.write(
      `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YmVuY2ggYmVuY2ggYmVuYw==\r\n` +
        `Sec-WebSocket-Protocol: v12.stomp${HEAD_END}`,
    );
  }

  /** Connects and waits for CONNECTED. */
  static open(
    url: string,
    headers: Record<string, string>,
    { onMessage, onReceipt, onEnd }: ConnectionEvents,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      let connected = false;
      const ended = (reason: string) => {
        if (connected) onEnd(reason);
        else reject(new Error(reason));
      };
      const connection: Connection = new Connection(
        new URL(url),
        () => connection.send('CONNECT', { 'accept-version': '1.2', 'heart-beat': '0,0', ...headers }),
        (frame) => {
          if (frame.command === 'MESSAGE') {
            onMessage(frame);
          } else if (frame.command === 'RECEIPT') {
            onReceipt(frame.headers.get('receipt-id') ?? '');
          } else if (frame.command === 'CONNECTED') {
            connected = true;
            resolve(connection);
          } else {
            connection.#end(`${frame.command} ${frame.headers.get('message') ?? ''} ${frame.body.toString()}`);
          }
        },
        ended,
      );
    });
  }

  send(command: string, headers: Record<string, string>, body = ''): void {
    this.#write(webSocketFrame(OPCODE.text, encodeFrame(command, headers, body, '1.2')));
  }

  /** A heart-beat. */
  beat(): void {
    this.#write(BEAT);
  }

  /** As if the network had gone: nothing is said, the other side learns of it by a reset. */
  cut(): void {
    this.#closing = true;
    this.#socket.resetAndDestroy();
  }

  #write(bytes: Buffer): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes);
  }

  #end(reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#socket.destroy();
    this.#onEnd(reason);
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    let at = this.#onOpen ? this.#readAnswer(bytes) : 0;
    try {
      while (at < bytes.length && !this.#closing) {
        const next = this.#left > 0 ? this.#readData(bytes, at) : this.#readHead(bytes, at);
        if (next === at) break;
        at = next;
      }
    } catch (error) {
      this.#end((error as Error).message);
    }
    if (at < bytes.length) this.#rest = bytes.subarray(at);
  }

  /** The answer to the handshake; gives where what follows it begins. */
  #readAnswer(bytes: Buffer): number {
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return 0;
    const status = bytes.toString('latin1', 0, bytes.indexOf('\r\n'));
    if (!status.includes(' 101 ')) {
      this.#end(status);
      return bytes.length;
    }
    const open = this.#onOpen as () => void;
    this.#onOpen = undefined;
    open();
    return end + HEAD_END.length;
  }

  #readData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    this.#parser.push(bytes.subarray(at, end), this.#onFrame);
    return end;
  }

  /** A frame's head, and of a control frame all; gives where what follows begins, or `at` where it is unfinished. */
  #readHead(bytes: Buffer, at: number): number {
    if (this.#onOpen || bytes.length - at < 2) return at;
    const short = (bytes[at + 1] as number) & 0x7f;
    const dataAt = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    if (bytes.length < dataAt) return at;
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    const opcode = (bytes[at] as number) & 0x0f;
    if (opcode < OPCODE.close) {
      this.#left = length;
      return dataAt;
    }
    if (bytes.length < dataAt + length) return at;
    const payload = bytes.subarray(dataAt, dataAt + length);
    if (opcode === OPCODE.ping) this.#write(webSocketFrame(OPCODE.pong, payload));
    if (opcode === OPCODE.close) {
      const code = length >= 2 ? payload.readUInt16BE(0) : 1005;
      this.#end(`closed with ${code} ${payload.toString('utf8', 2)}`.trim());
    }
    return dataAt + length;
  }
}

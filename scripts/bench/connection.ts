// One STOMP 1.2 session over a plain WebSocket, as light as it gets: the generator must not be what is measured.
// One frame a WebSocket message, as clients do; what is written in one turn leaves in one system call.
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { encodeFrame } from '../../server/stomp/encoder.ts';
import type { Frame } from '../../server/stomp/frame.ts';
import { FrameParser } from '../../server/stomp/parser.ts';

export class Connection {
  readonly #socket: WebSocket;
  #tcp: Socket | undefined;
  #corked = false;
  #closing = false;

  private constructor(url: string, onFrame: (frame: Frame) => void, onEnd: (reason: string) => void) {
    this.#socket = new WebSocket(url, ['v12.stomp'], { perMessageDeflate: false });
    const parser = new FrameParser({ headers: 64, headerBytes: 65_536, bodyBytes: 1_048_576 });
    parser.version = '1.2';
    this.#socket.on('upgrade', ({ socket }) => {
      this.#tcp = socket;
    });
    this.#socket.on('message', (data) => parser.push(data as Buffer, onFrame));
    this.#socket.on('error', (error) => onEnd(error.message));
    this.#socket.on('close', (code, reason) => {
      if (!this.#closing) onEnd(`closed with ${code} ${reason.toString()}`);
    });
  }

  /** Connects; `onMessage` gets MESSAGEs, `onReceipt` the ids of receipts, `onEnd` why it ended by itself. */
  static async open(
    url: string,
    headers: Record<string, string>,
    { onMessage, onReceipt, onEnd }: ConnectionEvents,
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const ended = (reason: string) => {
        reject(new Error(reason));
        onEnd(reason);
      };
      const connection = new Connection(
        url,
        (frame) => {
          if (frame.command === 'MESSAGE') onMessage(frame);
          else if (frame.command === 'RECEIPT') onReceipt(frame.headers.get('receipt-id') ?? '');
          else if (frame.command === 'CONNECTED') resolve(connection);
          else ended(`${frame.command} ${frame.headers.get('message') ?? ''} ${frame.body.toString()}`);
        },
        ended,
      );
      connection.#socket.once('open', () =>
        connection.send('CONNECT', { 'accept-version': '1.2', 'heart-beat': '0,0', ...headers }),
      );
    });
  }

  send(command: string, headers: Record<string, string>, body = ''): void {
    if (this.#tcp && !this.#corked) {
      this.#corked = true;
      this.#tcp.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#tcp?.uncork();
      });
    }
    this.#socket.send(encodeFrame(command, headers, body, '1.2'), { binary: false });
  }

  close(): void {
    this.#closing = true;
    this.#socket.terminate();
  }
}

export interface ConnectionEvents {
  readonly onMessage: (frame: Frame) => void;
  readonly onReceipt: (receipt: string) => void;
  readonly onEnd: (reason: string) => void;
}

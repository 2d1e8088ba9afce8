// Somebody with a plain WebSocket who makes frames by hand, right or wrong.
import { WebSocket } from 'ws';
import { until } from '../lib/backoff.ts';
import { encodeFrame } from '../stomp/encoder.ts';
import type { Frame } from '../stomp/frame.ts';
import { FrameParser } from '../stomp/parser.ts';

export class RawPeer {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  /** WebSocket messages as they came */
  readonly received: { readonly data: Buffer; readonly binary: boolean }[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    const parser = new FrameParser({ headers: 100, headerBytes: 65_536, bodyBytes: 16_777_216 });
    parser.version = '1.2';
    socket.on('message', (data: Buffer, binary: boolean) => {
      this.received.push({ data, binary });
      parser.push(data, (frame) => this.frames.push(frame));
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    socket.on('error', () => {});
  }

  /** A frame in STOMP 1.2's escaping. */
  frame(command: string, headers: Record<string, string> = {}, body = ''): void {
    this.write(encodeFrame(command, headers, body, '1.2').toString('utf8'));
  }

  /** Text, as it is. */
  write(text: string): void {
    this.socket.send(text);
  }

  /** The first frame of this command (and with these headers) that came or comes. */
  async awaitFrame(command: string, headers: Record<string, string> = {}): Promise<Frame> {
    return until(`${command} ${JSON.stringify(headers)}`, () =>
      this.frames.find(
        (frame) =>
          frame.command === command &&
          Object.entries(headers).every(([name, value]) => frame.headers.get(name) === value),
      ),
    );
  }

  async awaitClose(): Promise<{ readonly code: number; readonly reason: string }> {
    return until('the close', () => this.closed);
  }

  close(): void {
    this.socket.terminate();
  }
}

export interface RawPeerOptions {
  readonly protocols?: string[];
  readonly origin?: string;
  readonly headers?: Record<string, string>;
}

/** Opens; rejects with the HTTP status where the door says no. */
export async function rawPeer(
  url: string,
  { protocols = ['v12.stomp'], origin, headers = {} }: RawPeerOptions = {},
): Promise<RawPeer> {
  const socket = new WebSocket(url, protocols, { origin, headers });
  const peer = new RawPeer(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, response) => {
      socket.terminate();
      reject(new Error(`HTTP ${response.statusCode}`));
    });
    socket.once('error', reject);
  });
  return peer;
}

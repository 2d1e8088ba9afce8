// Somebody on RabbitMQ's own STOMP port, over TCP, who makes frames by hand: beside whom we are compared.
import net from 'node:net';
import type { StompAddress } from '../broker/stomp-address.ts';
import { encodeFrame } from '../stomp/encoder.ts';
import type { Frame } from '../stomp/frame.ts';
import { FrameParser } from '../stomp/parser.ts';

export class StompTcpPeer {
  readonly frames: Frame[] = [];
  closed = false;
  readonly #socket: net.Socket;

  constructor({ host, port, login, passcode, vhost }: StompAddress) {
    this.#socket = net.connect(port, host);
    const parser = new FrameParser({ headers: 100, headerBytes: 65_536, bodyBytes: 16_777_216 });
    parser.version = '1.2';
    this.#socket.on('data', (chunk) => parser.push(chunk, (frame) => this.frames.push(frame)));
    this.#socket.on('close', () => (this.closed = true));
    this.#socket.on('error', () => {});
    this.frame('CONNECT', { 'accept-version': '1.2', host: vhost, login, passcode });
  }

  frame(command: string, headers: Record<string, string> = {}, body: string | Buffer = ''): void {
    this.#socket.write(encodeFrame(command, headers, body, '1.2'));
  }

  close(): void {
    this.#socket.destroy();
  }
}

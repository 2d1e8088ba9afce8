// One TCP connection to RabbitMQ's STOMP plugin. stompit opens it, logs in and keeps the heart-beats; the frames are
// read and written by our own parser and encoder, because stompit's reader dies of a header named "hasOwnProperty"
// (which any AMQP publisher may set), bounds lines but no bodies, and breaks characters where a chunk ends.
import stompit, { type Client } from 'stompit';
import { encodeFrame } from '../stomp/encoder.ts';
import type { Frame } from '../stomp/frame.ts';
import { FrameParser, type ParserLimits } from '../stomp/parser.ts';
import type { StompAddress } from './stomp-address.ts';

const CONNECT_TIMEOUT_MS = 3000;
const HANDSHAKE_MS = 5000;
const HEART_BEAT = '10000,10000';
const SILENT_MS = 25_000;
/** stompit's own watch over the broker's heart-beats takes a pause for silence: as good as off. */
const NO_WATCH_MS = 2 ** 30;

export interface LinkEvents {
  onFrame(frame: Frame): void;
  /** What came cannot be read; the link is closed. */
  onUnreadable(reason: string): void;
  onClosed(): void;
}

export interface LinkOptions {
  readonly address: StompAddress;
  readonly limits: ParserLimits;
  readonly signal: AbortSignal;
  readonly events: LinkEvents;
}

export class UpstreamLink {
  readonly #client: Client;
  #readAt = Date.now();
  #paused = false;

  /** Fails where nobody answers, or does not let us in. */
  static open({ address, signal, ...rest }: LinkOptions): Promise<UpstreamLink> {
    const { host, port, tls, login, passcode, vhost } = address;
    return new Promise((resolve, reject) => {
      const give = (reason: string) => () => client.destroy(new Error(reason));
      const late = setTimeout(give('no CONNECTED in time'), HANDSHAKE_MS);
      const stopped = give('stopped');
      const client = stompit.connect(
        {
          host,
          port,
          ssl: tls,
          timeout: CONNECT_TIMEOUT_MS,
          heartbeatDelayMargin: NO_WATCH_MS,
          connectHeaders: { host: vhost, login, passcode, 'heart-beat': HEART_BEAT, 'accept-version': '1.2' },
        },
        (error) => {
          clearTimeout(late);
          signal.removeEventListener('abort', stopped);
          if (error) reject(error);
          else resolve(new UpstreamLink(client, rest));
        },
      );
      signal.addEventListener('abort', stopped, { once: true });
    });
  }

  private constructor(client: Client, { limits, events }: Pick<LinkOptions, 'limits' | 'events'>) {
    this.#client = client;
    const parser = new FrameParser(limits);
    parser.version = '1.2';
    const socket = client.getTransportSocket();
    // 'close' of the socket follows
    client.on('error', () => {});
    socket.setNoDelay(true);
    // from stompit's reader to ours: nothing but a line end stands behind CONNECTED until we have said something
    socket.unpipe();
    socket.on('data', (chunk: Buffer) => {
      this.#readAt = Date.now();
      try {
        parser.push(chunk, (frame) => events.onFrame(frame));
      } catch (error) {
        this.destroy();
        events.onUnreadable((error as Error).message);
      }
    });
    const watch = setInterval(() => {
      if (!this.#paused && Date.now() - this.#readAt > SILENT_MS) this.destroy();
    }, SILENT_MS / 5);
    socket.once('close', () => {
      clearInterval(watch);
      parser.stop();
      events.onClosed();
    });
    socket.resume();
  }

  /** RabbitMQ's name for it (CONNECTED). */
  get session(): string {
    return this.#client.headers.session ?? '';
  }

  /** Octets that RabbitMQ does not take at the moment. */
  get bufferedBytes(): number {
    return this.#client.getTransportSocket().writableLength;
  }

  write(octets: Buffer): void {
    const socket = this.#client.getTransportSocket();
    if (socket.writable) socket.write(octets);
  }

  pause(): void {
    this.#paused = true;
    this.#client.getTransportSocket().pause();
  }

  resume(): void {
    this.#paused = false;
    this.#readAt = Date.now();
    this.#client.getTransportSocket().resume();
  }

  /** Says good-bye behind what was written. */
  end(): void {
    const socket = this.#client.getTransportSocket();
    if (!socket.writable) return this.destroy();
    this.resume();
    socket.end(encodeFrame('DISCONNECT', {}, undefined, '1.2'));
    const impatient = setTimeout(() => socket.destroy(), CONNECT_TIMEOUT_MS);
    socket.once('close', () => clearTimeout(impatient));
  }

  destroy(): void {
    this.#client.getTransportSocket().destroy();
  }
}

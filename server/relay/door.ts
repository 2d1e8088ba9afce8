// The WebSocket's door: whose page it is, from where it comes, how many are inside. Who passes gets a session.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { LRUCache } from 'lru-cache';
import { WebSocketServer } from 'ws';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { networkOf } from '../http/address.ts';
import { allowedOrigins } from '../http/origins.ts';
import { refuseUpgrade } from '../http/serve.ts';
import { TokenBucket } from '../lib/token-bucket.ts';
import { chooseSubprotocol } from '../stomp/negotiate.ts';
import type { RelayRooms } from './rooms.ts';
import { Session } from './session.ts';

const ADDRESSES_KEPT = 50_000;
// one WebSocket message may carry several frames, or more than a body may be, so that the refusal can be told
const MESSAGE_FACTOR = 4;

/** ws knows it, its types do not yet. */
const pongsOf = ({ WEBSOCKET_PONGS }: Config): object => ({ maxPendingAutoPongs: WEBSOCKET_PONGS });

type Refusal = '403 Forbidden' | '429 Too Many Requests' | '503 Service Unavailable';

export class Door {
  /** Every open session, connected or not. */
  readonly sessions = new Set<Session>();
  readonly #context: Context;
  readonly #origins: ReadonlySet<string>;
  readonly #server: WebSocketServer;
  readonly #connects = new LRUCache<string, TokenBucket>({ max: ADDRESSES_KEPT });
  readonly #inside = new Map<string, number>();
  #closed = false;

  constructor(context: Context) {
    const { config } = context;
    this.#context = context;
    this.#origins = allowedOrigins(config);
    this.#server = new WebSocketServer({
      noServer: true,
      // memory and CPU of every connection, and a bomb's way in (DECISIONS.md)
      perMessageDeflate: false,
      maxPayload: MESSAGE_FACTOR * (config.STOMP_HEADER_BYTES + config.STOMP_BODY_BYTES),
      maxFragments: config.WEBSOCKET_FRAGMENTS,
      maxBufferedChunks: config.WEBSOCKET_CHUNKS,
      ...pongsOf(config),
      handleProtocols: (offered) => chooseSubprotocol(offered) ?? false,
    });
  }

  readonly upgrade = (rooms: RelayRooms) => (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const address = networkOf(clientAddress(request, this.#proxies));
    const refusal = this.#refusal(request, address);
    if (refusal) return refuseUpgrade(socket, refusal);
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const session = new Session(webSocket, rooms, address);
      this.sessions.add(session);
      this.#inside.set(address, (this.#inside.get(address) ?? 0) + 1);
      webSocket.once('close', () => this.#leave(session, address));
      this.#countUntilConnected(socket, session);
    });
  };

  /** Whatever it is made of: frames, pings, or nothing that ever becomes a whole. */
  #countUntilConnected(socket: Duplex, session: Session): void {
    const most = this.#context.config.CONNECT_BYTES;
    let bytes = 0;
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (session.identity) socket.off('data', count);
      else if (bytes > most) session.fault('frame-too-large', `More than ${most} bytes came before CONNECTED.`);
    };
    socket.on('data', count);
  }

  /** In a process of its own the gateway is one more proxy in front. */
  get #proxies(): number {
    const { TRUST_PROXY, ROLES } = this.#context.config;
    return TRUST_PROXY + (ROLES.includes('gateway') ? 0 : 1);
  }

  /** Lets nobody in any more. */
  close(): void {
    this.#closed = true;
  }

  #refusal({ headers }: IncomingMessage, address: string): Refusal | undefined {
    if (this.#closed) return '503 Service Unavailable';
    // programs send no Origin; a browser cannot leave it out (RFC 6455 §10.2)
    if (headers.origin !== undefined && !this.#origins.has(headers.origin)) return '403 Forbidden';
    if ((this.#inside.get(address) ?? 0) >= this.#context.config.LIMIT_SESSIONS_PER_ADDRESS) {
      return '429 Too Many Requests';
    }
    return this.#mayConnect(address) ? undefined : '429 Too Many Requests';
  }

  #mayConnect(address: string): boolean {
    const now = this.#context.clock.now();
    let bucket = this.#connects.get(address);
    if (!bucket) this.#connects.set(address, (bucket = new TokenBucket(this.#context.config.LIMIT_CONNECTS, now)));
    return bucket.take(now);
  }

  #leave(session: Session, address: string): void {
    this.sessions.delete(session);
    const left = (this.#inside.get(address) ?? 1) - 1;
    if (left > 0) this.#inside.set(address, left);
    else this.#inside.delete(address);
  }
}

/** The address that connected, or what the trusted proxies say of it: the last but `proxies` of the chain. */
export function clientAddress(
  { headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>,
  proxies: Config['TRUST_PROXY'],
): string {
  const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  const chain = [...forwarded.map((part) => part.trim()).filter(Boolean), socket.remoteAddress ?? ''];
  return chain[Math.max(0, chain.length - 1 - proxies)] as string;
}

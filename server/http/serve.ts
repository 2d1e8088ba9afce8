// An HTTP server in front of doors: their paths, their WebSocket handshakes, its timeouts and its end. The
// gateway runs one, and so does every role that runs in a process of its own.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Express } from 'express';
import type { Door } from '../door.ts';
import { OperatorError } from '../errors.ts';
import { sleep } from '../lib/backoff.ts';
import { limitCallers } from './callers.ts';

export interface ServeOptions {
  readonly app: Express;
  /** Those with `upgrade` are asked for WebSocket handshakes; their handlers are the app's matter. */
  readonly doors: readonly Door[];
  readonly host: string;
  readonly port: number;
  /** What an operator changes where the port is taken; without it, it cannot be changed. */
  readonly portVariable?: string;
  /** From a connection to the end of its first request's headers. */
  readonly headersMs?: number;
  /** Connections of one address; undefined: everybody comes by way of a proxy. */
  readonly perAddress?: number;
  /** A stop waits so long for requests under way. */
  readonly stopMs: number;
}

export interface Serving {
  readonly port: number;
  stop(): Promise<void>;
}

/** Mounts every door with a handler; a handler sees the path without the door's. */
export function mountDoors(app: Express, doors: readonly Door[]): void {
  // a longer path first: `/api/chat` must not be taken for a page of `/api`
  const inOrder = doors.toSorted((a, b) => b.path.length - a.path.length);
  for (const { path, handler } of inOrder) if (handler) app.use(path, handler);
}

/** Answers a handshake that nobody takes, as HTTP, and hangs up. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

/**
 * An Upgrade we do not know is ignored (RFC 9110 §7.8), the request answered as if it had not been there: Java's
 * HttpClient and `curl --http2` ask for h2c with every first request. Node has put its parser aside by then, so the
 * request goes back in front of it, without what it asked for.
 */
function passOver(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!/^(upgrade|connection|http2-settings)$/i.test(rawHeaders[i] ?? ''))
      text += `${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

export async function serve(options: ServeOptions): Promise<Serving> {
  const { app, doors, stopMs, headersMs = 10_000, perAddress } = options;
  const server = createServer(
    // a slow sender of headers or of a body does not hold a socket for long; idle ones outlive a proxy's
    {
      headersTimeout: headersMs,
      requestTimeout: Math.max(120_000, headersMs),
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: Math.min(1000, headersMs),
      // a peer that vanished without a word is noticed, heart-beats or not
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
    },
    app,
  );
  if (perAddress !== undefined) limitCallers(server, perAddress);
  const upgraded = new Set<Duplex>();
  const upgrades = new Map(doors.flatMap(({ path, upgrade }) => (upgrade ? [[path, upgrade] as const] : [])));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return passOver(server, request, socket, head);
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    const upgrade = upgrades.get((request.url ?? '').split('?')[0] as string);
    if (upgrade) upgrade(request, socket, head);
    else refuseUpgrade(socket, '404 Not Found');
  });
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => stop(server, upgraded, stopMs),
  };
}

function listen(server: Server, options: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.syscall === 'listen' || error.syscall === 'getaddrinfo'
          ? new OperatorError(sentenceFor(error, options), { cause: error })
          : error,
      );
    });
    server.listen(options.port, options.host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function sentenceFor({ code }: NodeJS.ErrnoException, { port, host, portVariable }: ServeOptions): string {
  const another = portVariable ? `choose another with the variable ${portVariable}` : 'end the program that has it';
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is taken: ${another}.`;
  if (code === 'EACCES') return `Port ${port} on ${host} needs rights this user lacks: ${another}.`;
  return `Cannot listen on ${host} (${code}); the variable is HOST.`;
}

/** Nothing new; what is under way may end within `stopMs`; then every socket goes. */
async function stop(server: Server, upgraded: ReadonlySet<Duplex>, stopMs: number): Promise<void> {
  const ended = new AbortController();
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      ended.abort();
      resolve();
    });
  });
  // a kept-alive connection that finishes its request now would otherwise wait for its next one
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
  server.closeIdleConnections();
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  await sleep(stopMs, ended.signal);
  clearInterval(sweep);
  server.closeAllConnections();
  for (const socket of upgraded) socket.destroy();
  await closed;
}

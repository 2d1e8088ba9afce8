// How many TCP connections one address may have open at a port, whether or not it ever says anything on them: it
// must not use up the sockets of all.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from './address.ts';

/** Beyond `most`, a new connection is closed at once. Behind a proxy everybody has the proxy's address: not for there. */
export function limitCallers(server: Server, most: number): void {
  const open = new Map<string, number>();
  // an HTTP server may hand a socket to itself again (serve.ts)
  const counted = new WeakSet<Socket>();
  server.on('connection', (socket) => {
    if (counted.has(socket)) return;
    counted.add(socket);
    const caller = networkOf(socket.remoteAddress ?? '');
    const already = open.get(caller) ?? 0;
    if (already >= most) {
      socket.destroy();
      return;
    }
    open.set(caller, already + 1);
    socket.once('close', () => {
      const left = (open.get(caller) ?? 1) - 1;
      if (left > 0) open.set(caller, left);
      else open.delete(caller);
    });
  });
}

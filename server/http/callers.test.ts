import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import { expect } from 'chai';
import { until } from '../lib/backoff.ts';
import { limitCallers } from './callers.ts';

describe('the connections of one address', () => {
  it('are as many as it may have; one that ends makes room', async () => {
    const server = createServer((_request, response) => response.end());
    limitCallers(server, 3);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const sockets: net.Socket[] = [];
    const opened = async () => {
      const socket = net.connect({ port, host: '127.0.0.1' }).resume();
      sockets.push(socket);
      let closed = false;
      socket.once('close', () => (closed = true)).on('error', () => {});
      let answered = false;
      socket.once('data', () => (answered = true));
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await until('an answer or the close', () => answered || closed);
      return answered;
    };
    try {
      for (const expected of [true, true, true, false, false]) expect(await opened()).to.equal(expected);
      sockets[0]?.destroy();
      await until('room', opened);
      expect(await opened()).to.equal(false);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });
});

import http from 'node:http';
import net from 'node:net';
import { expect } from 'chai';
import express from 'express';
import type { Door } from '../door.ts';
import { OperatorError } from '../errors.ts';
import { until } from '../lib/backoff.ts';
import { type ServeOptions, type Serving, serve } from './serve.ts';

const HOST = '127.0.0.1';

describe('an HTTP server in front of doors', () => {
  const open: Serving[] = [];
  const start = async (more: Partial<ServeOptions> = {}) => {
    const serving = await serve({ app: express(), doors: [], host: HOST, port: 0, stopMs: 1000, ...more });
    open.push(serving);
    return serving;
  };
  afterEach(() => Promise.all(open.splice(0).map((serving) => serving.stop().catch(() => {}))));

  /** Sends raw bytes, gives the socket and what comes back. */
  const connect = (port: number, bytes: string) => {
    const socket = net.connect(port, HOST);
    const seen = { text: '', closed: false, socket };
    socket.setEncoding('utf8');
    socket.on('data', (data: string) => {
      seen.text += data;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      seen.closed = true;
    });
    socket.write(bytes);
    return seen;
  };
  const handshake = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;

  it('names the port that is taken, and its variable', async () => {
    const { port } = await start();
    const error = await start({ port, portVariable: 'PORT' }).catch((error: unknown) => error);
    expect(error).to.be.instanceOf(OperatorError);
    expect((error as Error).message).to.equal(
      `Port ${port} on 127.0.0.1 is taken: choose another with the variable PORT.`,
    );
  });

  it('names the host that is none', async () => {
    const error = await start({ host: '192.0.2.1' }).catch((error: unknown) => error);
    expect((error as Error).message).to.match(/^Cannot listen on 192\.0\.2\.1 .* the variable is HOST\.$/);
  });

  it('gives a handshake to the door of exactly that path, and refuses any other', async () => {
    const door: Door = { path: '/stomp', upgrade: (_request, socket) => socket.end('taken') };
    const { port } = await start({ doors: [door] });
    const taken = connect(port, handshake('/stomp?user=x'));
    await until('the door takes it', () => taken.text === 'taken');
    for (const path of ['/stomp/', '/stompx', '/', '/api']) {
      const refused = connect(port, handshake(path));
      await until('the refusal', () => refused.closed);
      expect(refused.text).to.match(/^HTTP\/1\.1 404 Not Found\r\n/);
    }
  });

  it('answers a request that asks for a protocol we do not speak, again and again', async () => {
    const app = express().post('/:path', express.text({ type: () => true }), (req, res) => {
      res.send(`${req.params.path} got ${(req.body as string).length} bytes as ${req.get('x-name')};`);
    });
    const { port } = await start({ app });
    const body = 'x'.repeat(50_000);
    const post = (path: string) =>
      `POST /${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nX-Name: Jos\xe9\r\nContent-Length: 50000\r\n\r\n`;
    const peer = connect(port, '');
    for (const path of ['first', 'second']) {
      peer.socket.write(Buffer.from(post(path) + body.slice(0, 10), 'latin1'));
      await new Promise((resolve) => setImmediate(resolve));
      peer.socket.write(body.slice(10));
      await until('the answer', () => peer.text.includes(`${path} got 50000 bytes as Jos\u00e9;`));
    }
    expect(peer.closed).to.equal(false);
    peer.socket.destroy();
  });

  it('lets a request under way finish when it stops, and takes no new one', async () => {
    const requests: express.Response[] = [];
    const app = express().get('/', (_req, res) => {
      requests.push(res);
    });
    const serving = await start({ app });
    const answered = fetch(`http://${HOST}:${serving.port}/`);
    const under = await until('the request', () => requests[0]);
    const stopped = serving.stop();
    const refused = await fetch(`http://${HOST}:${serving.port}/`).catch(() => 'refused');
    expect(refused).to.equal('refused');
    under.end('whole');
    expect(await (await answered).text()).to.equal('whole');
    await stopped;
  });

  it('does not wait for idle connections', async () => {
    const serving = await start({ app: express().get('/', (_req, res) => void res.end('ok')), stopMs: 60_000 });
    const agent = new http.Agent({ keepAlive: true });
    await new Promise((resolve) => {
      http.get({ port: serving.port, host: HOST, agent }, (res) => res.resume().on('end', resolve));
    });
    const startedAt = Date.now();
    await serving.stop();
    expect(Date.now() - startedAt).to.be.lessThan(5000);
    agent.destroy();
  });

  it('waits no longer than it was told for requests and sockets that do not end', async () => {
    let asked = 0;
    const app = express().get('/', () => {
      asked += 1;
    });
    const door: Door = { path: '/stomp', upgrade: (_request, socket) => void socket.write('held') };
    const serving = await start({ app, doors: [door], stopMs: 100 });
    const hanging = connect(serving.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const held = connect(serving.port, handshake('/stomp'));
    await until('both', () => asked === 1 && held.text === 'held');
    await serving.stop();
    await until('both are closed', () => hanging.closed && held.closed);
  });
});

import net from 'node:net';
import { expect } from 'chai';
import express from 'express';
import request from 'supertest';
import type { Door } from '../door.ts';
import { mountDoors, type Serving, serve } from '../http/serve.ts';
import { until } from '../lib/backoff.ts';
import { remoteDoor } from './remote-door.ts';

const at = { host: '127.0.0.1', port: 0, stopMs: 100 };

describe('the door of another process', () => {
  const open: Serving[] = [];
  afterEach(() => Promise.all(open.splice(0).map((serving) => serving.stop())));

  const started = async (doors: readonly Door[]) => {
    const app = express();
    mountDoors(app, doors);
    const serving = await serve({ ...at, app, doors });
    open.push(serving);
    return serving;
  };
  const gatewayTo = (port: number) => started([remoteDoor('/api/chat', `http://127.0.0.1:${port}`, true)]);

  it('passes on the whole path, query, body, host and client address', async () => {
    const other = await started([
      {
        path: '/api/chat',
        handler: async (req, res) => {
          let body = '';
          for await (const chunk of req) body += String(chunk);
          res.status(201).json({ url: req.originalUrl, method: req.method, body, headers: req.headers });
        },
      },
    ]);
    const gateway = await gatewayTo(other.port);
    const { status, body } = await request(`http://127.0.0.1:${gateway.port}`)
      .post('/api/chat/things?a=1')
      .set('Host', 'chat.example')
      .send('hello');
    expect(status).to.equal(201);
    expect(body).to.include({ url: '/api/chat/things?a=1', method: 'POST', body: 'hello' });
    expect(body.headers).to.include({ host: 'chat.example', 'x-forwarded-for': '127.0.0.1' });
  });

  it('passes on a handshake, and bytes both ways', async () => {
    const other = await started([
      {
        path: '/api/chat',
        upgrade: (request, socket) => {
          socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
          socket.write(`at ${request.url};`);
          socket.on('data', (data) => socket.write(`got ${String(data)};`));
          socket.on('error', () => {});
        },
      },
    ]);
    const gateway = await gatewayTo(other.port);
    const socket = net.connect(gateway.port, '127.0.0.1');
    let seen = '';
    socket.on('error', () => {});
    socket.on('data', (data) => {
      seen += String(data);
    });
    socket.write('GET /api/chat?user=x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await until('the other process', () => seen.includes('at /api/chat?user=x;'));
    socket.write('more');
    await until('the echo', () => seen.includes('got more;'));
    socket.destroy();
  });

  it('says not-ready while that process is away', async () => {
    const other = await started([]);
    const { port } = other;
    await other.stop();
    open.splice(open.indexOf(other), 1);
    const gateway = await gatewayTo(port);
    const { status, body } = await request(`http://127.0.0.1:${gateway.port}`).get('/api/chat/me');
    expect([status, body.code]).to.deep.equal([503, 'not-ready']);
    const socket = net.connect(gateway.port, '127.0.0.1');
    let seen = '';
    socket.on('data', (data) => {
      seen += String(data);
    });
    socket.write('GET /api/chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await until('the refusal', () => seen.startsWith('HTTP/1.1 503 '));
    await until('the end', () => socket.readyState !== 'open');
  });
});

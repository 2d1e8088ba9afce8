// The door of a role that runs in another process: requests and WebSocket handshakes are passed on to it.
import type { IncomingMessage } from 'node:http';
import { ServerResponse } from 'node:http';
import type { Response } from 'express';
import { createProxyServer } from 'http-proxy-3';
import type { Door } from '../door.ts';
import { ParleyError } from '../errors.ts';
import { sendProblem } from '../http/problem.ts';
import { refuseUpgrade } from '../http/serve.ts';

/** `url`: where that process listens, such as http://127.0.0.1:4001. It answers the same paths as the gateway. */
export function remoteDoor(path: string, url: string, withUpgrade = false): Door {
  const proxy = createProxyServer({ target: url, xfwd: true });
  proxy.on('error', (_error, _request, answer) => {
    if (answer instanceof ServerResponse) sendProblem(answer as Response, new ParleyError('not-ready'));
    else refuseUpgrade(answer, '503 Service Unavailable');
  });
  return {
    path,
    handler: (req, res) => {
      // mounted on `path`, the handler sees the rest of it; the other process wants the whole
      req.url = req.originalUrl;
      proxy.web(req, res);
    },
    ...(withUpgrade ? { upgrade: (request: IncomingMessage, socket, head) => proxy.ws(request, socket, head) } : {}),
  };
}

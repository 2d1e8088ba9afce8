// Which role runs in this process. The only place that knows whether another is here or elsewhere: the gateway is
// handed the doors of both kinds and cannot tell them apart.
import express from 'express';
import { startAuth } from './auth/auth.ts';
import { startChatApi } from './chat-api/chat-api.ts';
import type { RoleName } from './config.ts';
import type { Context } from './context.ts';
import type { Door, RunningRole } from './door.ts';
import { OperatorError, ParleyError } from './errors.ts';
import { startGateway } from './gateway/gateway.ts';
import { remoteDoor } from './gateway/remote-door.ts';
import { problems } from './http/problem.ts';
import { mountDoors, serve } from './http/serve.ts';
import type { Releasers } from './lib/releasers.ts';
import { startRelay } from './relay/relay.ts';
import { startWorker } from './worker/worker.ts';

interface Role {
  /** Where it listens, on HOST, when the gateway is in another process. */
  readonly port?: number;
  /** What the gateway finds there. */
  readonly paths?: readonly { readonly path: string; readonly withUpgrade?: boolean }[];
  readonly start: readonly ((context: Context) => Promise<RunningRole>)[];
}

/** In the order of their start; the gateway comes last: it opens their doors. */
const roles: Partial<Record<RoleName, Role>> = {
  worker: { start: [startWorker] },
  auth: { port: 3000, paths: [{ path: '/auth' }], start: [startAuth] },
  chat: {
    port: 4001,
    paths: [{ path: '/api/chat' }, { path: '/stomp', withUpgrade: true }],
    start: [startRelay, startChatApi],
  },
};

const isHere = (context: Context, name: RoleName) => context.config.ROLES.includes(name);

/** Starts the roles of this process; gives lines for the operator. */
export async function startRoles(context: Context, releasers: Releasers): Promise<string[]> {
  const lines: string[] = [];
  const running: RunningRole[] = [];
  // together: the gateway waits for its sockets, and the relay is who ends them
  releasers.push('roles', () => Promise.all(running.map(async (role) => role.stop())));
  const doors: Door[] = [];
  for (const [name, role] of Object.entries(roles)) {
    if (!isHere(context, name as RoleName)) {
      if (role.port) doors.push(...remoteDoors(role));
      continue;
    }
    const own: Door[] = [];
    for (const start of role.start) {
      const started = await start(context);
      running.push(started);
      own.push(...started.doors);
    }
    doors.push(...own);
    if (role.port && !isHere(context, 'gateway')) {
      const alone = await serveAlone(context, role.port, own);
      running.push(alone);
      lines.push(`Role ${name} listens on http://${context.config.HOST}:${alone.port}`);
    }
  }
  if (isHere(context, 'gateway')) {
    running.push(await startGateway(context, doors, () => failingOf(running)));
  }
  const missing = context.config.ROLES.filter((name) => name !== 'gateway' && !roles[name]);
  if (missing.length === context.config.ROLES.length) {
    throw new OperatorError(`This version has no role ${missing.join(', ')}; the variable is ROLES.`);
  }
  return lines;
}

const remoteDoors = ({ port, paths = [] }: Role): Door[] =>
  paths.map(({ path, withUpgrade }) => remoteDoor(path, `http://127.0.0.1:${port}`, withUpgrade));

/** A role without the gateway in its process has a port of its own. */
async function serveAlone(
  { config, log }: Context,
  port: number,
  doors: readonly Door[],
): Promise<RunningRole & { readonly port: number }> {
  const app = express();
  // the gateway in front says who the client is
  app.set('trust proxy', config.TRUST_PROXY + 1);
  mountDoors(app, doors);
  app.use(() => {
    throw new ParleyError('not-found');
  });
  app.use(problems(log));
  const serving = await serve({
    app,
    doors,
    host: config.HOST,
    port,
    headersMs: config.HTTP_HEADERS_MS,
    stopMs: config.STOP_MS,
  });
  return { doors: [], port: serving.port, stop: () => serving.stop() };
}

async function failingOf(running: readonly RunningRole[]): Promise<string | undefined> {
  for (const role of running) {
    const failing = await role.failing?.();
    if (failing) return failing;
  }
  return undefined;
}

// The one address everything is reached at: the doors of the roles, the web client, the documents, health.
// It knows paths and headers; what happens behind a door is the role's own.
import express from 'express';
import type { Context } from '../context.ts';
import type { Door, RunningRole } from '../door.ts';
import { ParleyError } from '../errors.ts';
import { allowedOrigins } from '../http/origins.ts';
import { problems } from '../http/problem.ts';
import { mountDoors, serve } from '../http/serve.ts';
import { cors } from './cors.ts';
import { documents } from './documents.ts';
import { type Failing, health } from './health.ts';
import { apiHeaders, baseHeaders } from './headers.ts';
import { requestLog } from './request-log.ts';
import { webClient } from './web-client.ts';

export type Gateway = RunningRole & { readonly port: number };

/** Starts to listen. `failing` names the role in this process that is not well, for /health/ready. */
export async function startGateway(
  context: Context,
  doors: readonly Door[],
  failing: Failing = () => undefined,
): Promise<Gateway> {
  const { config, log } = context;
  const app = express();
  app.set('trust proxy', config.TRUST_PROXY);
  app.enable('case sensitive routing');
  app.use(requestLog(log));
  app.use(baseHeaders(config));
  app.use('/health', health(context, failing));
  app.use('/api', apiHeaders, cors(allowedOrigins(config)));
  app.use('/api', documents(config, doors));
  mountDoors(app, doors);
  app.use(webClient(config));
  app.use(() => {
    throw new ParleyError('not-found');
  });
  app.use(problems(log));
  const serving = await serve({
    app,
    doors,
    host: config.HOST,
    port: config.PORT,
    portVariable: 'PORT',
    headersMs: config.HTTP_HEADERS_MS,
    ...(config.TRUST_PROXY === 0 ? { perAddress: config.LIMIT_CONNECTIONS_PER_ADDRESS } : {}),
    stopMs: config.STOP_MS,
  });
  return { port: serving.port, doors: [], stop: () => serving.stop() };
}

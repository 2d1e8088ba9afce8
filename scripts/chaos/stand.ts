// All that is struck, of a run's own: PostgreSQL, RabbitMQ, Parley in several processes that die apart from each other,
// and the network in front of it.
import { stompUrlOf } from '../../server/broker/stomp-address.ts';
import type { Config } from '../../server/config.ts';
import type { Releasers } from '../../server/lib/releasers.ts';
import { openDataDir } from '../services/data-dir.ts';
import { generateClient, migrate } from '../services/prisma.ts';
import type { Step } from '../setup/step.ts';
import { Network } from './network.ts';
import { ParleyProcess } from './parley-process.ts';
import { Postgres } from './postgres.ts';
import { RabbitMq } from './rabbitmq.ts';

export interface Stand {
  /** The settings, with the addresses of what was started. */
  readonly config: Config;
  readonly url: string;
  readonly postgres: Postgres;
  readonly rabbitMq: RabbitMq;
  readonly relay: ParleyProcess;
  readonly worker: ParleyProcess;
  readonly network: Network;
}

/** What is started is pushed on `releasers`. */
export async function openStand(settings: Config, step: Step, releasers: Releasers): Promise<Stand> {
  await openDataDir(settings);
  const [postgres, rabbitMq] = [new Postgres(settings), new RabbitMq(settings)];
  const open = (name: string, one: Postgres | RabbitMq) => {
    // pushed first, and waits: a Ctrl-C in the middle of its start must stop it too
    const starting = step(name, () => one.start());
    releasers.push(name, () => starting.then(one.stop.bind(one), one.stop.bind(one)));
    return starting;
  };
  const [{ url: DATABASE_URL }, { url: amqpUrl }] = await Promise.all([
    open('PostgreSQL', postgres),
    open('RabbitMQ', rabbitMq),
    step('database client', generateClient),
  ]);
  await step('database', () => migrate(DATABASE_URL));
  const config = {
    ...settings,
    DATABASE_URL,
    AMQP_URL: [amqpUrl],
    BROKER_STOMP_URL: [stompUrlOf(amqpUrl, settings.BROKER_STOMP_PORT)],
  };
  const relay = new ParleyProcess('relay', ['gateway', 'auth', 'chat'], config);
  const worker = new ParleyProcess('worker', ['worker'], config);
  for (const part of [relay, worker]) releasers.push(part.name, () => part.stop());
  // one after the other: the first makes the keys
  await step('Parley', async () => {
    await relay.start();
    await worker.start();
  });
  const network = await Network.open(config.PORT);
  releasers.push('network', () => network.close());
  return { config, url: `http://127.0.0.1:${config.PORT}`, postgres, rabbitMq, relay, worker, network };
}

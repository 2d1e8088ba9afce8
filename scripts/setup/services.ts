// PostgreSQL and RabbitMQ for this run: those that the settings name, or our own under DATA_DIR.
import { stompUrlOf } from '../../server/broker/stomp-address.ts';
import type { Config } from '../../server/config.ts';
import type { Releasers } from '../../server/lib/releasers.ts';
import { startPostgres, stopPostgres } from '../services/postgres.ts';
import { startBroker, stopBroker } from '../services/rabbitmq.ts';
import type { Service } from '../services/service.ts';
import type { Step } from './step.ts';

export interface OwnService {
  readonly service: Service;
  readonly restart: () => Promise<unknown>;
}

export interface ServicesOfRun {
  /** The settings, with the addresses of what was started. */
  readonly config: Config;
  readonly own: readonly OwnService[];
}

/** Starts, both at once, what the settings leave empty; what was started or adopted is pushed on `releasers`. */
export async function openServices(config: Config, step: Step, releasers: Releasers): Promise<ServicesOfRun> {
  const open = async (name: string, start: () => Promise<Service>, stop: () => Promise<boolean>) => {
    // pushed first, and waits: a Ctrl-C in the middle of its start must stop it too
    const starting = step(name, start).then((service) => ({ service, restart: start }));
    releasers.push(name, () => starting.then(stop, stop));
    return starting;
  };
  const [postgres, broker] = await Promise.all([
    config.DATABASE_URL
      ? undefined
      : open(
          'PostgreSQL',
          () => startPostgres(config),
          () => stopPostgres(config),
        ),
    config.AMQP_URL.length > 0
      ? undefined
      : open(
          'RabbitMQ',
          () => startBroker(config),
          () => stopBroker(config),
        ),
  ]);
  return {
    config: {
      ...config,
      DATABASE_URL: postgres?.service.url ?? config.DATABASE_URL,
      AMQP_URL: broker ? [broker.service.url] : config.AMQP_URL,
      BROKER_STOMP_URL:
        broker && config.BROKER_STOMP_URL.length === 0
          ? [stompUrlOf(broker.service.url, config.BROKER_STOMP_PORT)]
          : config.BROKER_STOMP_URL,
    },
    own: [postgres, broker].filter((own) => own !== undefined),
  };
}

/** Starts again what dies while we run (killed, out of memory). Gives what ends the watch. */
export function keepAlive(own: readonly OwnService[], say: (line: string) => void): () => Promise<void> {
  const watches = own.map((one) => keepOneAlive(one, say));
  return async () => {
    await Promise.all(watches.map((end) => end()));
  };
}

function keepOneAlive({ service, restart }: OwnService, say: (line: string) => void): () => Promise<void> {
  let round: Promise<void> | undefined;
  const look = async () => {
    if (await service.isRunning()) return;
    say(`${service.name} has ended; it is started again.`);
    await restart();
  };
  const timer = setInterval(() => {
    round ??= look()
      .catch((error: Error) => say(error.message))
      .finally(() => (round = undefined));
  }, 1_000);
  return async () => {
    clearInterval(timer);
    await round;
  };
}

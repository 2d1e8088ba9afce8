// The private RabbitMQ under DATA_DIR/broker: started, adopted when an earlier run left it running, stopped. A
// process of this machine where RabbitMQ is found or can be installed, else a container.
import fs from 'node:fs/promises';
import { until } from '../../server/lib/backoff.ts';
import { openDataDir } from './data-dir.ts';
import { ask, requireFree } from './ports.ts';
import { isContainerRunning, startContainer, stopContainer } from './rabbitmq-docker.ts';
import {
  type BrokerConfig,
  type BrokerOptions,
  exists,
  type Files,
  filesOf,
  type Identity,
  identityOf,
  settingsOf,
  USER,
} from './rabbitmq-files.ts';
import { findOrInstall } from './rabbitmq-find.ts';
import { notStarting, pidOf, startNode, stopNode } from './rabbitmq-node.ts';
import type { Service } from './service.ts';

export type { BrokerConfig, BrokerOptions } from './rabbitmq-files.ts';

/** Starts it, or takes over one that runs. */
export async function startBroker(config: BrokerConfig, options: BrokerOptions = {}): Promise<Service> {
  const files = filesOf(config);
  await openDataDir(config);
  const identity = await identityOf(files);
  const adopted = await adopt(config, options, files, identity);
  if (!adopted) await launch(config, options, files, identity);
  await ready(config, files, identity);
  return {
    name: 'RabbitMQ',
    adopted,
    pid: await pidOf(files, identity),
    url: `amqp://${USER}:${identity.password}@127.0.0.1:${config.BROKER_PORT}`,
    isRunning: () => isBrokerRunning(config),
    stop: () => stopBroker(config),
  };
}

/** Stops the one of this data folder, if there is one. */
export async function stopBroker(config: BrokerConfig): Promise<boolean> {
  const files = filesOf(config);
  if (!(await exists(files.identity))) return false;
  const identity = await identityOf(files);
  const wasRunning = await isRunning(files, identity);
  if (await exists(files.container)) await stopContainer(identity.mark);
  await stopNode(config, await pidOf(files, identity), identity);
  return wasRunning;
}

export async function isBrokerRunning(config: Pick<BrokerConfig, 'DATA_DIR'>): Promise<boolean> {
  const files = filesOf(config);
  return (await exists(files.identity)) && isRunning(files, await identityOf(files));
}

async function isRunning(files: Files, identity: Identity): Promise<boolean> {
  if ((await pidOf(files, identity)) !== undefined) return true;
  return (await exists(files.container)) && isContainerRunning(identity.mark);
}

/** True: it runs, with the settings asked for. One that runs with others is stopped. */
async function adopt(config: BrokerConfig, options: BrokerOptions, files: Files, identity: Identity): Promise<boolean> {
  if (!(await isRunning(files, identity))) return false;
  const address = (await exists(files.container)) ? '0.0.0.0' : '127.0.0.1';
  const wanted = await settingsOf(config, options, identity, address);
  if ((await fs.readFile(files.config, 'utf8').catch(() => '')) === wanted.config) return true;
  await stopBroker(config);
  return false;
}

async function launch(config: BrokerConfig, options: BrokerOptions, files: Files, identity: Identity): Promise<void> {
  const scripts = await findOrInstall();
  if (scripts === undefined) return launchContainer(config, options, files, identity);
  await fs.rm(files.container, { recursive: true, force: true });
  await write(files, await settingsOf(config, options, identity, '127.0.0.1'), 0o600);
  await startNode(config, files, identity, scripts);
}

async function launchContainer(
  config: BrokerConfig,
  options: BrokerOptions,
  files: Files,
  identity: Identity,
): Promise<void> {
  await requireFree(config.BROKER_PORT, 'BROKER_PORT', 'RabbitMQ (AMQP)');
  await requireFree(config.BROKER_STOMP_PORT, 'BROKER_STOMP_PORT', 'RabbitMQ (STOMP)');
  await fs.mkdir(files.container, { recursive: true });
  // readable for the container's own user; the folder above is closed to others
  await write(files, await settingsOf(config, options, identity, '0.0.0.0'), 0o644);
  await startContainer({
    name: identity.mark,
    state: files.container,
    ports: [config.BROKER_PORT, config.BROKER_STOMP_PORT, ...(options.webStompPort ? [options.webStompPort] : [])],
    config: files.config,
    plugins: files.plugins,
  });
}

async function write(files: Files, settings: { config: string; plugins: string }, mode: number): Promise<void> {
  // removed first: the mode counts only when a file is made
  await fs.rm(files.config, { force: true });
  await fs.writeFile(files.config, settings.config, { mode });
  await fs.writeFile(files.plugins, settings.plugins);
}

/** Both doors answer in their own language. */
async function ready(config: BrokerConfig, files: Files, identity: Identity): Promise<void> {
  const METHOD_FRAME = 1;
  await until(
    'RabbitMQ to be ready',
    async () => {
      if (!(await isRunning(files, identity))) throw await notStarting(files, 'its process has ended');
      const amqp = await ask(config.BROKER_PORT, Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'));
      if (amqp?.[0] !== METHOD_FRAME) return false;
      return (await ask(config.BROKER_STOMP_PORT, 'CONNECT\naccept-version:9\n\n\0')) !== undefined;
    },
    { timeoutMs: 120_000, everyMs: 100 },
  );
}

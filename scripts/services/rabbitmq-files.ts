// What a private broker node finds under DATA_DIR/broker: who it is, and the settings it starts with, made from
// broker-config/ and from what differs from deployment to deployment.
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../server/config.ts';
import { newId, newSecret } from '../../server/lib/id.ts';

export type BrokerConfig = Pick<Config, 'DATA_DIR' | 'BROKER_PORT' | 'BROKER_STOMP_PORT' | 'BROKER_DIST_PORT'>;

export interface BrokerOptions {
  /** RabbitMQ's own STOMP over WebSocket on this port: the peer of the benchmark. */
  readonly webStompPort?: number;
}

export const USER = 'parley';
const commonPart = fileURLToPath(new URL('../../broker-config/', import.meta.url));

export const filesOf = ({ DATA_DIR }: Pick<Config, 'DATA_DIR'>) => {
  const home = path.join(DATA_DIR, 'broker');
  const inside = (name: string) => path.join(home, name);
  return {
    home,
    state: inside('mnesia'),
    logs: inside('log'),
    startLog: inside('log/start.log'),
    config: inside('rabbitmq.conf'),
    plugins: inside('enabled_plugins'),
    pid: inside('node.pid'),
    identity: inside('identity.json'),
    container: inside('container'),
  };
};
export type Files = ReturnType<typeof filesOf>;

/** What makes this node ours, for good: its account's password, and the mark its process carries. */
export interface Identity {
  readonly password: string;
  readonly mark: string;
}

export async function identityOf({ home, identity }: Files): Promise<Identity> {
  if (!(await exists(identity))) {
    await fs.mkdir(home, { recursive: true, mode: 0o700 });
    const fresh: Identity = { password: newSecret(), mark: `parley-${newId()}` };
    // under another name first: a crash in between must not leave half of it
    await fs.writeFile(`${identity}.new`, JSON.stringify(fresh), { mode: 0o600, flush: true });
    await fs.rename(`${identity}.new`, identity);
  }
  return JSON.parse(await fs.readFile(identity, 'utf8')) as Identity;
}

/** The contents of the two files that a node reads at its start. `address` is where its doors listen. */
export async function settingsOf(
  config: BrokerConfig,
  { webStompPort }: BrokerOptions,
  { password }: Identity,
  address: '127.0.0.1' | '0.0.0.0',
): Promise<{ config: string; plugins: string }> {
  const lines = [
    `listeners.tcp.1 = ${address}:${config.BROKER_PORT}`,
    `stomp.listeners.tcp.1 = ${address}:${config.BROKER_STOMP_PORT}`,
    // made at the node's first start, instead of "guest"
    `default_user = ${USER}`,
    `default_pass = ${password}`,
    'default_vhost = /',
    'default_user_tags.administrator = true',
    'default_permissions.configure = .*',
    'default_permissions.read = .*',
    'default_permissions.write = .*',
    ...(webStompPort ? [`web_stomp.tcp.ip = ${address}`, `web_stomp.tcp.port = ${webStompPort}`] : []),
  ];
  const common = await fs.readFile(path.join(commonPart, 'rabbitmq.conf'), 'utf8');
  const plugins = await fs.readFile(path.join(commonPart, 'enabled_plugins'), 'utf8');
  return {
    config: `${common}\n${lines.join('\n')}\n`,
    plugins: webStompPort ? plugins.replace(']', ',rabbitmq_web_stomp]') : plugins,
  };
}

export const exists = (file: string) =>
  fs.access(file).then(
    () => true,
    () => false,
  );

// The private RabbitMQ node under DATA_DIR/broker: configured, started, adopted when an earlier run left it
// running, stopped. Its own account, node name, cookie and port mapper; every port on 127.0.0.1 only.
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../server/config.ts';
import { OperatorError } from '../../server/errors.ts';
import { until } from '../../server/lib/backoff.ts';
import { newId, newSecret } from '../../server/lib/id.ts';
import { openDataDir } from './data-dir.ts';
import { endEpmd, isEpmd } from './epmd.ts';
import { ask, requireFree } from './ports.ts';
import { end, environmentWithout, isOurs } from './process.ts';
import { findRabbitmq } from './rabbitmq-find.ts';
import type { Service } from './service.ts';

export type BrokerConfig = Pick<Config, 'DATA_DIR' | 'BROKER_PORT' | 'BROKER_STOMP_PORT' | 'BROKER_DIST_PORT'>;

export interface BrokerOptions {
  /** RabbitMQ's own STOMP over WebSocket on this port: the peer of the benchmark. */
  readonly webStompPort?: number;
}

const USER = 'parley';
const staticPart = fileURLToPath(new URL('../../broker-config/', import.meta.url));

const filesOf = ({ DATA_DIR }: Pick<Config, 'DATA_DIR'>) => {
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
  };
};
type Files = ReturnType<typeof filesOf>;

/** Starts it, or takes over one that runs. */
export async function startBroker(config: BrokerConfig, options: BrokerOptions = {}): Promise<Service> {
  const files = filesOf(config);
  await openDataDir(config);
  const identity = await identityOf(files);
  let pid = await runningPid(files, identity);
  const adopted = pid !== undefined;
  if (pid === undefined) {
    await configure(config, options, files, identity);
    pid = await launch(config, files, identity);
  }
  await ready(config, files, identity);
  return {
    name: 'RabbitMQ',
    adopted,
    pid,
    url: `amqp://${USER}:${identity.password}@127.0.0.1:${config.BROKER_PORT}`,
    isRunning: () => isBrokerRunning(config),
    stop: () => stopBroker(config),
  };
}

/** Stops the one of this data folder, if there is one, and its port mapper. */
export async function stopBroker(config: BrokerConfig): Promise<boolean> {
  const files = filesOf(config);
  if (!(await exists(files.identity))) return false;
  const identity = await identityOf(files);
  const pid = await runningPid(files, identity);
  if (pid !== undefined) await end(pid, identity.mark, 'SIGTERM', 60_000);
  await endEpmd(config.BROKER_DIST_PORT + 1);
  return pid !== undefined;
}

export async function isBrokerRunning(config: Pick<Config, 'DATA_DIR'>): Promise<boolean> {
  const files = filesOf(config);
  return (await exists(files.identity)) && (await runningPid(files, await identityOf(files))) !== undefined;
}

/** What makes this node ours, for good: its account's password, and the mark its process carries. */
interface Identity {
  readonly password: string;
  readonly mark: string;
}

async function identityOf({ home, identity }: Files): Promise<Identity> {
  if (!(await exists(identity))) {
    await fs.mkdir(home, { recursive: true, mode: 0o700 });
    const fresh: Identity = { password: newSecret(), mark: `parley-${newId()}` };
    await fs.writeFile(identity, JSON.stringify(fresh), { mode: 0o600, flag: 'wx' });
  }
  return JSON.parse(await fs.readFile(identity, 'utf8')) as Identity;
}

async function runningPid({ pid }: Files, { mark }: Identity): Promise<number | undefined> {
  const number = Number(await fs.readFile(pid, 'utf8').catch(() => ''));
  return number && (await isOurs(number, mark)) ? number : undefined;
}

/** Writes what the node reads at its start: the static part, and what differs from deployment to deployment. */
async function configure(
  config: BrokerConfig,
  { webStompPort }: BrokerOptions,
  files: Files,
  { password }: Identity,
): Promise<void> {
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${config.BROKER_PORT}`,
    `stomp.listeners.tcp.1 = 127.0.0.1:${config.BROKER_STOMP_PORT}`,
    // made at the node's first start, instead of "guest"
    `default_user = ${USER}`,
    `default_pass = ${password}`,
    'default_vhost = /',
    'default_user_tags.administrator = true',
    'default_permissions.configure = .*',
    'default_permissions.read = .*',
    'default_permissions.write = .*',
    ...(webStompPort ? ['web_stomp.tcp.ip = 127.0.0.1', `web_stomp.tcp.port = ${webStompPort}`] : []),
  ];
  const common = await fs.readFile(path.join(staticPart, 'rabbitmq.conf'), 'utf8');
  await fs.mkdir(files.logs, { recursive: true });
  await fs.writeFile(files.config, `${common}\n${lines.join('\n')}\n`, { mode: 0o600 });
  const plugins = await fs.readFile(path.join(staticPart, 'enabled_plugins'), 'utf8');
  await fs.writeFile(files.plugins, webStompPort ? plugins.replace(']', ',rabbitmq_web_stomp]') : plugins);
}

async function launch(config: BrokerConfig, files: Files, { mark }: Identity): Promise<number> {
  await requirePorts(config);
  const scripts = await findRabbitmq();
  if (!scripts) throw new OperatorError('RabbitMQ is not installed.');
  await fs.rm(files.pid, { force: true });
  const log = await fs.open(files.startLog, 'w');
  const child = spawn(path.join(scripts, 'rabbitmq-server'), [], {
    // its own session: a terminal's Ctrl-C must not reach it before the server has drained
    detached: true,
    cwd: files.home,
    stdio: ['ignore', log.fd, log.fd],
    env: environmentOf(config, files, mark),
  });
  await log.close();
  let failed: string | undefined;
  child.once('error', (error) => (failed = error.message));
  child.once('exit', (code) => (failed = `it ended with code ${code}`));
  child.unref();
  return until(
    'RabbitMQ to say its process id',
    async () => {
      if (failed) throw await notStarting(files, failed);
      return (await runningPid(files, { mark, password: '' })) ?? false;
    },
    { timeoutMs: 60_000, everyMs: 50 },
  );
}

async function requirePorts(config: BrokerConfig): Promise<void> {
  await requireFree(config.BROKER_PORT, 'BROKER_PORT', 'RabbitMQ (AMQP)');
  await requireFree(config.BROKER_STOMP_PORT, 'BROKER_STOMP_PORT', 'RabbitMQ (STOMP)');
  await requireFree(config.BROKER_DIST_PORT, 'BROKER_DIST_PORT', "RabbitMQ's own traffic");
  const mapper = config.BROKER_DIST_PORT + 1;
  // one that a killed node left behind serves the next
  if (!(await isEpmd(mapper))) await requireFree(mapper, 'BROKER_DIST_PORT', "Erlang's port mapper");
}

function environmentOf(config: BrokerConfig, files: Files, mark: string): Record<string, string> {
  return environmentWithout(/^(RABBITMQ|ERL|EPMD)/, {
    PATH: [process.env.PATH, '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin'].filter(Boolean).join(':'),
    HOME: files.home, // where Erlang keeps the cookie
    LANG: 'C.UTF-8',
    // never the machine's name: the state is tied to the node's name, and machines are renamed
    RABBITMQ_NODENAME: 'parley@localhost',
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_CONFIG_FILE: files.config,
    RABBITMQ_ENABLED_PLUGINS_FILE: files.plugins,
    RABBITMQ_MNESIA_BASE: files.state,
    RABBITMQ_LOG_BASE: files.logs,
    RABBITMQ_PID_FILE: files.pid,
    RABBITMQ_DIST_PORT: String(config.BROKER_DIST_PORT),
    ERL_EPMD_PORT: String(config.BROKER_DIST_PORT + 1),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-kernel inet_dist_use_interface {127,0,0,1} -parley ${mark}`,
  });
}

/** Both doors answer in their own language. */
async function ready(config: BrokerConfig, files: Files, identity: Identity): Promise<void> {
  const METHOD_FRAME = 1;
  await until(
    'RabbitMQ to be ready',
    async () => {
      if ((await runningPid(files, identity)) === undefined) throw await notStarting(files, 'its process has ended');
      const amqp = await ask(config.BROKER_PORT, Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'));
      if (amqp?.[0] !== METHOD_FRAME) return false;
      return (await ask(config.BROKER_STOMP_PORT, 'CONNECT\naccept-version:9\n\n\0')) !== undefined;
    },
    { timeoutMs: 120_000, everyMs: 100 },
  );
}

async function notStarting({ startLog, logs }: Files, reason: string): Promise<OperatorError> {
  const said = (await fs.readFile(startLog, 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => /error|fail/i.test(line));
  const hint = said[0] ? `; it says: ${said[0].trim()}` : '';
  return new OperatorError(`RabbitMQ does not start: ${reason}${hint} (see ${logs}).`);
}

const exists = (file: string) =>
  fs.access(file).then(
    () => true,
    () => false,
  );

// The private node as a process of this machine: started in a session of its own, known by its mark, ended by a
// signal. Its own node name, cookie and port mapper; every port on 127.0.0.1 only.
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../../server/errors.ts';
import { until } from '../../server/lib/backoff.ts';
import { endEpmd, isEpmd } from './epmd.ts';
import { requireFree } from './ports.ts';
import { end, environmentWithout, isOurs } from './process.ts';
import type { BrokerConfig, Files, Identity } from './rabbitmq-files.ts';

export async function pidOf({ pid }: Files, { mark }: Identity): Promise<number | undefined> {
  const number = Number(await fs.readFile(pid, 'utf8').catch(() => ''));
  return number && (await isOurs(number, mark)) ? number : undefined;
}

/** `scripts`: where RabbitMQ's own scripts are. Resolves when the process has said its id, before it is ready. */
export async function startNode(
  config: BrokerConfig,
  files: Files,
  identity: Identity,
  scripts: string,
): Promise<number> {
  await requirePorts(config);
  await fs.rm(files.pid, { force: true });
  await fs.mkdir(files.logs, { recursive: true });
  const log = await fs.open(files.startLog, 'w');
  const child = spawn(path.join(scripts, 'rabbitmq-server'), [], {
    // its own session: a terminal's Ctrl-C must not reach it before the server has drained
    detached: true,
    cwd: files.home,
    stdio: ['ignore', log.fd, log.fd],
    env: environmentOf(config, files, identity),
  });
  let failed: string | undefined;
  child.once('error', (error) => (failed = error.message));
  child.once('exit', (code) => (failed = `it ended with code ${code}`));
  child.unref();
  await log.close();
  return until(
    'RabbitMQ to say its process id',
    async () => {
      if (failed) throw await notStarting(files, failed);
      return (await pidOf(files, identity)) ?? false;
    },
    { timeoutMs: 60_000, everyMs: 50 },
  );
}

/** SIGTERM: the node closes its queues and ends. Its port mapper goes with it. */
export async function stopNode(config: BrokerConfig, pid: number | undefined, { mark }: Identity): Promise<void> {
  if (pid !== undefined) await end(pid, mark, 'SIGTERM', 60_000);
  await endEpmd(config.BROKER_DIST_PORT + 1);
}

/** What it said before it ended, for the operator. */
export async function notStarting({ startLog, logs }: Files, reason: string): Promise<OperatorError> {
  const lines = (await fs.readFile(startLog, 'utf8').catch(() => '')).split('\n');
  const said = lines.find((line) => /error|fail/i.test(line));
  return new OperatorError(
    `RabbitMQ does not start: ${reason}${said ? `; it says: ${said.trim()}` : ''} (see ${logs}).`,
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

export function environmentOf(config: BrokerConfig, files: Files, { mark }: Identity): Record<string, string> {
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

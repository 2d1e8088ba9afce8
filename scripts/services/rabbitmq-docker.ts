// The private node in a container, for machines with a Docker engine but without RabbitMQ. Its doors are published
// on 127.0.0.1 only; its state lies under DATA_DIR like that of a node without a container.
import { OperatorError } from '../../server/errors.ts';
import { type Ended, run } from './process.ts';

const IMAGE = 'rabbitmq:3';
const ANSWER_MS = 10_000;
const PULL_AND_START_MS = 600_000;

export interface Container {
  readonly name: string;
  /** The folder of its state. */
  readonly state: string;
  readonly ports: readonly number[];
  readonly config: string;
  readonly plugins: string;
}

const docker = (timeout: number, ...args: string[]): Promise<Ended> =>
  run('docker', args, { timeout }).catch((error: Error) => ({ code: 1, output: error.message }));

/** Is there an engine that answers? */
export const hasDocker = async () => (await docker(ANSWER_MS, 'version', '--format', '{{.Server.Version}}')).code === 0;

export async function isContainerRunning(name: string): Promise<boolean> {
  const { code, output } = await docker(ANSWER_MS, 'inspect', '--format', '{{.State.Running}}', name);
  return code === 0 && output === 'true';
}

export async function startContainer(container: Container): Promise<void> {
  await docker(ANSWER_MS, 'rm', '--force', container.name);
  const { code, output } = await docker(PULL_AND_START_MS, ...runArguments(container));
  if (code !== 0) throw new OperatorError(`RabbitMQ does not start in Docker: ${output.split('\n').at(-1) ?? ''}`);
}

export function runArguments({ name, state, ports, config, plugins }: Container): string[] {
  const options: [string, string][] = [
    ['--name', name],
    ['--restart', 'on-failure'],
    // the state is tied to the node's name
    ['--hostname', 'parley'],
    ['--env', 'RABBITMQ_NODENAME=parley@localhost'],
    ...ports.map((port): [string, string] => ['--publish', `127.0.0.1:${port}:${port}`]),
    ['--volume', `${state}:/var/lib/rabbitmq`],
    ['--volume', `${config}:/etc/rabbitmq/conf.d/90-parley.conf:ro`],
    ['--volume', `${plugins}:/etc/rabbitmq/enabled_plugins`],
  ];
  return ['run', '--detach', ...options.flat(), IMAGE];
}

/** Stops and removes it; its state stays. */
export async function stopContainer(name: string): Promise<void> {
  await docker(120_000, 'stop', '--time', '60', name);
  await docker(ANSWER_MS, 'rm', '--force', name);
}

// `rabbitmqctl` for the private node, where that is a process of this machine.
import path from 'node:path';
import { type Ended, run } from './process.ts';
import { type BrokerConfig, filesOf, identityOf } from './rabbitmq-files.ts';
import { findOrInstall } from './rabbitmq-find.ts';
import { environmentOf } from './rabbitmq-node.ts';

/** Gives what it says. */
export async function rabbitmqctl(config: BrokerConfig, args: readonly string[]): Promise<string> {
  const scripts = await findOrInstall();
  const files = filesOf(config);
  const env = environmentOf(config, files, await identityOf(files));
  const options = { cwd: files.home, env };
  const { code, output }: Ended = await run(path.join(scripts ?? '', 'rabbitmqctl'), args, options);
  if (code !== 0) throw new Error(`rabbitmqctl ${args.join(' ')} failed: ${output}`);
  return output;
}

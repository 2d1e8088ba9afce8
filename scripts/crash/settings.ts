// Where a run of its own lives: ports and a data folder apart from those of `npm start` and of `npm test`. Variables
// of the same names override.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Config, readConfig } from '../../server/config.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const ports = {
  PORT: '18999',
  POSTGRES_PORT: '18432',
  BROKER_PORT: '18672',
  BROKER_STOMP_PORT: '18613',
  BROKER_DIST_PORT: '18675',
} as const;

export function crashConfig(): Config {
  const chosen = Object.entries(ports).map(([name, port]) => [name, process.env[name] || port]);
  const DATA_DIR = path.resolve(root, process.env.DATA_DIR || '.data', 'crash');
  return readConfig({
    ...(Object.fromEntries(chosen) as Record<string, string>),
    DATA_DIR,
    NODE_ENV: 'test',
    DEMO: '0',
  });
}

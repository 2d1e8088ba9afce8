// Where a run of its own lives: ports and a data folder apart from those of `npm start` and of `npm test` (variables of
// the same names override), and the settings under which a short run reaches what a long one would.
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

export const CLIENT_HEART_BEAT_MS = 2_000;

/** Of Parley's processes. */
export const struckSettings = {
  // peers that vanished are found within seconds
  HEART_BEAT_MS: String(CLIENT_HEART_BEAT_MS),
  // full within seconds while the broker takes nothing: senders are refused, and come again
  INBOUND_BUFFER_BYTES: '262144',
  // soon full, so that events move between mailbox, socket and device queue
  LIVE_WINDOW: '100',
  SETTLE_MS: '2000',
} as const satisfies Partial<Record<keyof Config, string>>;

export function chaosConfig(): Config {
  const chosen = Object.entries(ports).map(([name, port]) => [name, process.env[name] || port]);
  return readConfig({
    ...(Object.fromEntries(chosen) as Record<string, string>),
    DATA_DIR: path.resolve(root, process.env.DATA_DIR || '.data', 'chaos'),
    NODE_ENV: 'test',
    DEMO: '0',
  });
}

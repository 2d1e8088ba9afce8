// A trial: Parley in a process of its own, over given services, with people made for it. What is tried is the fuzzer's
// and the soak's.
import type { Config } from '../../server/config.ts';
import { openDb } from '../../server/db.ts';
import { openKeys } from '../../server/keys.ts';
import { newId } from '../../server/lib/id.ts';
import type { Releasers } from '../../server/lib/releasers.ts';
import { signAccessToken } from '../../server/people/access-token.ts';
import { Child } from '../bench/child.ts';
import type { Holdings } from './server.ts';

const TOKEN_SECONDS = 86_400;

export interface Person {
  readonly userId: string;
  readonly token: string;
}

export interface Trial {
  /** of the gateway */
  readonly url: string;
  readonly stompUrl: string;
  /** Of one call: they may write to each other, and to nobody else. */
  people(count: number): Promise<Person[]>;
  /** A group conversation of these. */
  group(people: readonly Person[]): Promise<string>;
  holdings(): Promise<Holdings>;
}

/** `config` names running services, and a database that is migrated. What is opened is pushed on `releasers`. */
export async function openTrial(
  config: Config,
  settings: Partial<Record<keyof Config, string>>,
  releasers: Releasers,
): Promise<Trial> {
  const { DATABASE_URL, AMQP_URL, BROKER_STOMP_URL, DATA_DIR, PORT } = config;
  const keys = await openKeys(config);
  const db = openDb(config);
  releasers.push('connection', () => db.$disconnect());
  const server = new Child('Parley', new URL('server.ts', import.meta.url), {
    ...process.env,
    DATABASE_URL,
    AMQP_URL: AMQP_URL.join(','),
    BROKER_STOMP_URL: BROKER_STOMP_URL.join(','),
    DATA_DIR,
    PORT: String(PORT),
    PUBLIC_URL: config.PUBLIC_URL,
    METRICS_PORT: '0',
    DEMO: '0',
    LOG_LEVEL: 'error',
    NODE_ENV: 'test',
    ...settings,
  });
  releasers.push('Parley', () => server.end());
  await server.call('start');
  return {
    url: `http://127.0.0.1:${PORT}`,
    stompUrl: `ws://127.0.0.1:${PORT}/stomp`,
    async people(count) {
      const circle = newId();
      const ids = Array.from({ length: count }, () => newId());
      await db.user.createMany({ data: ids.map((id) => ({ id, username: `trial-${id}`, displayName: id, circle })) });
      const options = { clientId: 'parley-trial', ttlSeconds: TOKEN_SECONDS };
      return Promise.all(
        ids.map(async (userId) => ({
          userId,
          token: await signAccessToken({ config, keys }, { userId, ...options }),
        })),
      );
    },
    async group(people) {
      const id = newId();
      const members = { create: people.map(({ userId }) => ({ userId })) };
      await db.conversation.create({ data: { id, kind: 'group', title: 'trial', members } });
      return id;
    },
    holdings: () => server.call<Holdings>('holdings'),
  };
}

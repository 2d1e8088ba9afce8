// What both targets need before a run: people with tokens and a group for Parley; a durable queue a person, and a
// topic exchange's bindings for the group, for web-stomp.
import { connect } from 'amqplib';
import type { Config } from '../../server/config.ts';
import { openDb } from '../../server/db.ts';
import { openKeys } from '../../server/keys.ts';
import { newId } from '../../server/lib/id.ts';
import { signAccessToken } from '../../server/people/access-token.ts';
import type { Scenario } from './scenarios.ts';
import { type Person, queueOf, topicOf } from './targets.ts';

const TOKEN_SECONDS = 4 * 3600;

export interface World {
  readonly people: readonly Person[];
  readonly group: string;
}

export async function makeWorld(config: Config, { people: count, shape, name }: Scenario): Promise<World> {
  const db = openDb(config);
  try {
    const keys = await openKeys(config);
    const ids = Array.from({ length: count }, () => newId());
    await db.user.createMany({
      data: ids.map((id) => ({ id, username: `bench-${id}`, displayName: id, circle: `bench-${name}` })),
    });
    const group = newId();
    if (shape === 'group') {
      const members = { create: ids.map((userId) => ({ userId })) };
      await db.conversation.create({ data: { id: group, kind: 'group', title: name, members } });
    }
    const people: Person[] = [];
    for (const userId of ids) {
      const token = { userId, clientId: 'bench', ttlSeconds: TOKEN_SECONDS };
      people.push({ userId, accessToken: await signAccessToken({ config, keys }, token) });
    }
    await makeQueues(config, people, shape, group);
    return { people, group };
  } finally {
    await db.$disconnect();
  }
}

async function makeQueues(config: Config, people: readonly Person[], shape: Scenario['shape'], group: string) {
  const connection = await connect(config.AMQP_URL[0] as string);
  const channel = await connection.createChannel();
  for (const person of people) {
    const queue = queueOf(person, shape);
    await channel.assertQueue(queue, { durable: true });
    if (shape === 'group') await channel.bindQueue(queue, 'amq.topic', topicOf(group));
  }
  await connection.close();
}

// What both targets need before a run: people, their tokens and a group for Parley; a durable queue a person, and a
// topic exchange's bindings for the group, for web-stomp.
import { deviceQueueOptions } from '../../server/broker/topology.ts';
import type { Config } from '../../server/config.ts';
import { type Db, openDb } from '../../server/db.ts';
import { type Keys, openKeys } from '../../server/keys.ts';
import { newId } from '../../server/lib/id.ts';
import { signAccessToken } from '../../server/people/access-token.ts';
import { Queues } from './queues.ts';
import { DEVICE, type Person, queuesOf, type TargetName, topicOf } from './targets.ts';

const TOKEN_SECONDS = 4 * 3600;
const AT_ONCE = 1000;

export class World {
  readonly config: Config;
  readonly db: Db;
  readonly #keys: Keys;
  #queues: Queues;

  private constructor(config: Config, db: Db, queues: Queues, keys: Keys) {
    this.config = config;
    this.db = db;
    this.#queues = queues;
    this.#keys = keys;
  }

  static async open(config: Config): Promise<World> {
    const keys = await openKeys(config);
    const queues = await Queues.open(config.AMQP_URL[0] as string);
    return new World(config, openDb(config), queues, keys);
  }

  get queues(): Queues {
    return this.#queues;
  }

  /** Does what RabbitMQ does not outlive. */
  async over(restart: () => Promise<void>): Promise<void> {
    await this.#queues.close();
    await restart();
    this.#queues = await Queues.open(this.config.AMQP_URL[0] as string);
  }

  /** New people, each with a device that has never connected; all may write to each other. */
  async people(count: number): Promise<Person[]> {
    const circle = `bench-${newId()}`;
    const ids = Array.from({ length: count }, () => newId());
    for (let at = 0; at < count; at += AT_ONCE) {
      const some = ids.slice(at, at + AT_ONCE);
      await this.db.user.createMany({
        data: some.map((id) => ({ id, username: `bench-${id}`, displayName: id, circle })),
      });
      await this.db.device.createMany({ data: some.map((userId) => ({ userId, id: DEVICE })) });
    }
    return this.tokens(ids);
  }

  /** The same people with new tokens. */
  async tokens(ids: readonly string[]): Promise<Person[]> {
    const rooms = { config: this.config, keys: this.#keys };
    const people: Person[] = [];
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const signed = ids.slice(at, at + AT_ONCE).map(async (userId) => ({
        userId,
        accessToken: await signAccessToken(rooms, { userId, clientId: 'bench', ttlSeconds: TOKEN_SECONDS }),
      }));
      people.push(...(await Promise.all(signed)));
    }
    return people;
  }

  /** A group conversation of these; gives its id. */
  async group(people: readonly Person[]): Promise<string> {
    const id = newId();
    const members = { create: people.map(({ userId }) => ({ userId })) };
    await this.db.conversation.create({ data: { id, kind: 'group', title: 'bench', members } });
    return id;
  }

  /** The durable queues of these people; web-stomp's are bound to the group's topic where there is one. */
  async makeQueues(target: TargetName, people: readonly Person[], group?: string): Promise<void> {
    const names = queuesOf(target, people);
    // Parley makes one itself when the first event waits for a device
    if (target === 'parley') await this.queues.make(names, deviceQueueOptions(this.config));
    else await this.queues.make(names, { durable: true }, group === undefined ? undefined : topicOf(group));
  }

  async close(): Promise<void> {
    await this.queues.close();
    await this.db.$disconnect();
  }
}

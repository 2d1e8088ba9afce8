// The plan, made real: people, groups and devices in the database, and the clients that act for them.
import type { Config } from '../../server/config.ts';
import { directConversationId } from '../../server/contract/conversation-id.ts';
import type { Db } from '../../server/db.ts';
import { openKeys } from '../../server/keys.ts';
import { newId } from '../../server/lib/id.ts';
import { signAccessToken } from '../../server/people/access-token.ts';
import { Device } from './device.ts';
import { Ledger } from './ledger.ts';
import type { Plan, PlannedMessage } from './plan.ts';

const TOKEN_SECONDS = 86_400;

export interface Person {
  readonly userId: string;
  readonly token: string;
}

/** What is missing of devices that should be connected, of receipts, of deliveries. */
export interface Open {
  readonly away: number;
  readonly receipts: number;
  readonly deliveries: number;
}

export class World {
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly devices: readonly Device[];
  /** by id, each with its members */
  readonly conversations: ReadonlyMap<string, readonly Person[]>;
  readonly #people: readonly Person[];
  readonly #ids: readonly string[];

  private constructor(plan: Plan, people: readonly Person[], ids: readonly string[], stompPort: number) {
    this.plan = plan;
    this.#people = people;
    this.#ids = ids;
    this.conversations = new Map(
      plan.conversations.map((members, number) => [this.#id(number), members.map((member) => this.#person(member))]),
    );
    this.ledger = new Ledger(plan.devices.length, this.#devicesOf());
    this.devices = plan.devices.map(
      ({ user, name, cumulative }, number) =>
        new Device({
          number,
          name,
          cumulative,
          url: `ws://127.0.0.1:${stompPort}/stomp`,
          token: this.#person(user).token,
          ledger: this.ledger,
        }),
    );
  }

  /** All of them may write to each other. */
  static async make(config: Config, db: Db, plan: Plan, stompPort: number): Promise<World> {
    const circle = newId();
    const count = 1 + Math.max(...plan.devices.map(({ user }) => user));
    const users = Array.from({ length: count }, () => newId());
    await db.user.createMany({
      data: users.map((id) => ({ id, username: `chaos-${id}`, displayName: id, circle })),
    });
    const ids: string[] = [];
    for (const members of plan.conversations) {
      const named = members.map((member) => users[member] as string);
      const [a, b, ...more] = named as [string, string];
      ids.push(more.length === 0 ? directConversationId(a, b) : await makeGroup(db, named));
    }
    const keys = await openKeys(config);
    const people = users.map(async (userId) => {
      const options = { userId, clientId: 'parley-chaos', ttlSeconds: TOKEN_SECONDS };
      return { userId, token: await signAccessToken({ config, keys }, options) };
    });
    return new World(plan, await Promise.all(people), ids, stompPort);
  }

  /** Its device writes it: into the ledger, and to Parley as soon as it can. */
  write({ clientMessageId, conversation, device, text, twice, once }: PlannedMessage): void {
    const members = this.plan.conversations[conversation] as readonly number[];
    const sender = this.plan.devices[device]?.user as number;
    const other = members.find((member) => member !== sender) as number;
    const to = members.length === 2 ? { user: this.#person(other).userId } : { conversation: this.#id(conversation) };
    this.ledger.write({
      clientMessageId,
      sender: this.#person(sender).userId,
      conversation: this.#id(conversation),
      text,
      once,
    });
    this.devices[device]?.write({ clientMessageId, to, text, twice, once });
  }

  /**
   * Tells what the devices that are here now must still do to catch up: connect, get the receipts of what they had
   * written by now, and see what they were owed by now. Of one that leaves meanwhile nothing is expected.
   */
  catchUp(): () => Open {
    const open = this.devices.flatMap((device) => {
      const { visits, outbox, number } = device;
      if (!device.present) return [];
      return [{ device, visits, written: [...outbox.keys()], owed: [...this.ledger.owed(number)] }];
    });
    return () => {
      const left = { away: 0, receipts: 0, deliveries: 0 };
      for (const one of open) {
        const { device, visits } = one;
        if (!device.present || device.visits !== visits) continue;
        one.written = one.written.filter((id) => device.outbox.has(id));
        one.owed = one.owed.filter((id) => this.ledger.owed(device.number).has(id));
        left.away += device.connected ? 0 : 1;
        left.receipts += one.written.length;
        left.deliveries += one.owed.length;
      }
      return left;
    };
  }

  /** Everything that will get its receipt has it, and everything that has it was seen. */
  get settled(): boolean {
    return this.ledger.owedCount === 0 && this.devices.every(({ outbox }) => outbox.size === 0);
  }

  deviceOwners(): { user: string; name: string }[] {
    return this.plan.devices.map(({ user, name }) => ({ user: this.#person(user).userId, name }));
  }

  #devicesOf(): Map<string, number[]> {
    const { devices, conversations } = this.plan;
    return new Map(
      conversations.map((members, number) => [
        this.#id(number),
        devices.flatMap(({ user }, device) => (members.includes(user) ? [device] : [])),
      ]),
    );
  }

  #person(user: number): Person {
    return this.#people[user] as Person;
  }

  #id(conversation: number): string {
    return this.#ids[conversation] as string;
  }
}

async function makeGroup(db: Db, members: readonly string[]): Promise<string> {
  const id = newId();
  await db.conversation.create({
    data: { id, kind: 'group', title: 'chaos', members: { create: members.map((userId) => ({ userId })) } },
  });
  return id;
}

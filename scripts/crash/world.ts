// The plan, made real: people, groups and devices in the database, and the clients that act for them. Also how each
// member reads history.
import type { Config } from '../../server/config.ts';
import { directConversationId } from '../../server/contract/conversation-id.ts';
import type { MessageEvent } from '../../server/contract/events.ts';
import type { Db } from '../../server/db.ts';
import { openKeys } from '../../server/keys.ts';
import { newId } from '../../server/lib/id.ts';
import { signAccessToken } from '../../server/people/access-token.ts';
import type { SentMessage } from './check.ts';
import { Device, type OutboxEntry } from './device.ts';
import { Ledger } from './ledger.ts';
import type { Plan, PlannedMessage } from './plan.ts';

const TOKEN_SECONDS = 7_200;
const PAGE = 200;

interface Person {
  readonly userId: string;
  readonly token: string;
}

export class World {
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly devices: readonly Device[];
  readonly #config: Config;
  readonly #people: readonly Person[];
  readonly #conversations: readonly string[];

  private constructor(config: Config, plan: Plan, people: readonly Person[], conversations: readonly string[]) {
    this.plan = plan;
    this.#config = config;
    this.#people = people;
    this.#conversations = conversations;
    this.ledger = new Ledger(plan.devices.length);
    this.devices = plan.devices.map(
      ({ user, name }, number) =>
        new Device({
          number,
          name,
          url: `ws://127.0.0.1:${config.PORT}/stomp`,
          token: this.#person(user).token,
          ledger: this.ledger,
        }),
    );
  }

  /** All of them may write to each other. */
  static async make(config: Config, db: Db, plan: Plan): Promise<World> {
    const circle = newId();
    const count = 1 + Math.max(...plan.devices.map(({ user }) => user));
    const ids = Array.from({ length: count }, () => newId());
    await db.user.createMany({
      data: ids.map((id) => ({ id, username: `crash-${id}`, displayName: id, circle })),
    });
    const conversations: string[] = [];
    for (const members of plan.conversations) {
      const users = members.map((member) => ids[member] as string);
      const [a, b, ...more] = users as [string, string];
      if (more.length === 0) conversations.push(directConversationId(a, b));
      else conversations.push(await makeGroup(db, users));
    }
    const keys = await openKeys(config);
    const people = ids.map(async (userId) => {
      const options = { userId, clientId: 'parley-crash', ttlSeconds: TOKEN_SECONDS };
      return { userId, token: await signAccessToken({ config, keys }, options) };
    });
    return new World(config, plan, await Promise.all(people), conversations);
  }

  /** What a client sends for a planned message. */
  entryOf({ clientMessageId, conversation, device, text, twice }: PlannedMessage): OutboxEntry {
    const members = this.plan.conversations[conversation] as readonly number[];
    const other = members.find((member) => member !== this.plan.devices[device]?.user) as number;
    const to = members.length === 2 ? { user: this.#person(other).userId } : { conversation: this.#id(conversation) };
    return { clientMessageId, to, text, twice };
  }

  sentMessages(): SentMessage[] {
    return this.plan.messages.map(({ clientMessageId, conversation, device, text }) => ({
      clientMessageId,
      text,
      sender: this.#person(this.plan.devices[device]?.user as number).userId,
      conversation: this.#id(conversation),
    }));
  }

  conversations(): Map<string, string[]> {
    return new Map(
      this.plan.conversations.map((members, number) => [
        this.#id(number),
        members.map((member) => this.#person(member).userId),
      ]),
    );
  }

  deviceOwners(): { user: string; name: string }[] {
    return this.plan.devices.map(({ user, name }) => ({ user: this.#person(user).userId, name }));
  }

  /** How many events the devices will have seen in the end. */
  expectedSeen(): number {
    const devicesOf = (user: number) => this.plan.devices.filter((device) => device.user === user).length;
    const devicesIn = this.plan.conversations.map((members) =>
      members.reduce((sum, member) => sum + devicesOf(member), 0),
    );
    return this.plan.messages.reduce((sum, { conversation }) => sum + (devicesIn[conversation] as number), 0);
  }

  /** All histories, as every member reads them over REST. */
  async histories(): Promise<Map<string, Map<string, MessageEvent[]>>> {
    const histories = new Map<string, Map<string, MessageEvent[]>>();
    for (const [number, members] of this.plan.conversations.entries()) {
      const ofMembers = new Map<string, MessageEvent[]>();
      for (const member of members) {
        const person = this.#person(member);
        ofMembers.set(person.userId, await this.#history(this.#id(number), person));
      }
      histories.set(this.#id(number), ofMembers);
    }
    return histories;
  }

  async #history(conversation: string, { token }: Person): Promise<MessageEvent[]> {
    const items: MessageEvent[] = [];
    for (;;) {
      const path = `/api/chat/conversations/${conversation}/messages?after=${items.at(-1)?.seq ?? 0}&limit=${PAGE}`;
      const response = await fetch(`http://127.0.0.1:${this.#config.PORT}${path}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      // nobody ever wrote in it
      if (response.status === 404) return items;
      if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
      const page = ((await response.json()) as { items: MessageEvent[] }).items;
      items.push(...page);
      if (page.length < PAGE) return items;
    }
  }

  #person(user: number): Person {
    return this.#people[user] as Person;
  }

  #id(conversation: number): string {
    return this.#conversations[conversation] as string;
  }
}

async function makeGroup(db: Db, members: readonly string[]): Promise<string> {
  const id = newId();
  await db.conversation.create({
    data: { id, kind: 'group', title: 'crash', members: { create: members.map((userId) => ({ userId })) } },
  });
  return id;
}

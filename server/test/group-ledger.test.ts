// A group whose members come and go while they talk, with devices that come and go too. Proof from a ledger: every
// device was told exactly what was sent while its person was a member, once and in order, and history says the same.
import { expect } from 'chai';
import type { MessageEvent } from '../contract/events.ts';
import type { SystemContent } from '../contract/group.ts';
import { sleep, until } from '../lib/backoff.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

const PEOPLE = 20;
const ROUNDS = 4;

/** Which messages are whose: from the joining that tells of her (from the beginning) to the leaving that does. */
function isMember(messages: readonly MessageEvent[], userId: string, first: boolean): MessageEvent[] {
  let inside = first;
  return messages.filter(({ kind, media }) => {
    const content = kind === 'system' ? (media as SystemContent) : undefined;
    if (content?.change === 'joined' && content.users.includes(userId)) inside = true;
    const was = inside;
    if ((content?.change === 'removed' || content?.change === 'left') && content.users.includes(userId)) inside = false;
    return was;
  });
}

describe('a group whose members come and go', () => {
  let house: House;

  before(async () => {
    house = await House.open({ GROUP_LIMIT: String(PEOPLE) });
  });
  after(() => house.close());

  it('tells everybody all that was sent while she was a member, and nothing else', async function () {
    this.timeout(180_000);
    const people = await house.people(PEOPLE);
    const owner = people[0] as Person;
    const first = people.slice(0, PEOPLE / 2);
    const tokens = new Map<string, string>();
    for (const person of people) tokens.set(person.userId, await house.token(person));
    const call = async ({ userId }: Person, method: string, path: string, body?: unknown): Promise<unknown> => {
      const headers = { authorization: `Bearer ${tokens.get(userId)}` };
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const response = await fetch(`${house.url}/api/chat/conversations${path}`, init);
      const text = await response.text();
      expect(response.status, `${method} ${path}: ${text}`).to.be.below(300);
      return text === '' ? undefined : JSON.parse(text);
    };
    // all that each person's device was ever told, over its sessions
    const told = new Map<string, MessageEvent[]>(people.map(({ userId }) => [userId, []]));
    const peers = new Map<string, StompPeer>();
    const open = async (person: Person) => peers.set(person.userId, await house.stomp(person));
    const keep = (person: Person) => {
      const peer = peers.get(person.userId);
      peers.delete(person.userId);
      told.get(person.userId)?.push(...(peer?.messages ?? []));
      return peer;
    };
    for (const person of people) await open(person);
    const members = first.slice(1).map(({ userId }) => userId);
    const { id } = (await call(owner, 'POST', '', { kind: 'group', title: 'busy', members })) as { id: string };

    // everybody talks all the time; whoever is no member is refused, and nothing of hers is ever seen
    const talking = new AbortController();
    const receipted = new Set<string>();
    const refused = new Set<string>();
    const talk = people.map(async (person, p) => {
      for (let n = 0; !talking.signal.aborted; n++) {
        const text = `${p}/${n}`;
        const outcome = await peers.get(person.userId)?.say({ conversation: id }, text);
        if (outcome === 'receipt') receipted.add(text);
        else if (outcome?.code === 'no-such-conversation') refused.add(text);
        await sleep(5 + Math.random() * 20);
      }
    });

    // five go in and out at one time, the owner stays; every third time by themselves
    const changing = Array.from({ length: 5 }, async (_, lane) => {
      const mine = people.slice(1).filter((__, i) => i % 5 === lane);
      const inside = new Set(mine.filter((person) => first.includes(person)));
      for (let round = 0; round < ROUNDS; round++) {
        for (const person of mine) {
          const path = `/${id}/members`;
          if (!inside.delete(person)) {
            inside.add(person);
            await call(owner, 'POST', path, { members: [person.userId] });
          } else if (round % 3 === 0) await call(person, 'DELETE', `/${id}`);
          else await call(owner, 'DELETE', `${path}/${person.userId}`);
        }
      }
    });
    // and some lose their network meanwhile
    const cutting = people.slice(-4).map(async (person) => {
      for (let n = 0; n < 3; n++) {
        await sleep(200 + Math.random() * 400);
        await keep(person)?.cut();
        await sleep(100 + Math.random() * 200);
        await open(person);
      }
    });
    await Promise.all([...changing, ...cutting]);
    talking.abort();
    await Promise.all(talk);
    const last = 'the end';
    await until(
      'a receipt',
      async () => (await peers.get(owner.userId)?.say({ conversation: id }, last)) === 'receipt',
    );
    receipted.add(last);
    await until('the end at the owner', () => peers.get(owner.userId)?.messages.some(({ text }) => text === last));

    const stored = await house.db.message.findMany({ where: { conversationId: id }, orderBy: { seq: 'asc' } });
    const ledger = stored.map((row) => ({ ...row, kind: row.kind, media: row.media }) as unknown as MessageEvent);
    expect(ledger.map(({ seq }) => seq)).to.deep.equal(ledger.map((_, i) => i + 1));
    const texts = new Set(ledger.map(({ text }) => text));
    expect([...receipted].filter((text) => !texts.has(text))).to.deep.equal([]);
    expect([...refused].filter((text) => texts.has(text))).to.deep.equal([]);
    const changes = ledger.filter(({ kind }) => kind === 'system').length;
    expect(changes).to.be.greaterThan(ROUNDS * (PEOPLE - 1));
    expect(ledger.length - changes, 'messages among the changes').to.be.greaterThan(changes);

    for (const person of people) {
      const { userId } = person;
      const due = isMember(ledger, userId, first.includes(person)).map(({ seq }) => seq);
      const got = () => [...(told.get(userId) ?? []), ...(peers.get(userId)?.messages ?? [])];
      const all = () => new Set(got().map(({ seq }) => seq)).size >= due.length;
      await until(`everything at ${people.indexOf(person)}`, all);
      // what was not acknowledged when the network went comes again
      const once = [...new Set(got().map(({ seq }) => seq))];
      expect(
        once.toSorted((a, b) => a - b),
        `what ${people.indexOf(person)} was told`,
      ).to.deep.equal(due);
      if (!told.get(userId)?.length)
        expect(
          got().map(({ seq }) => seq),
          'its order',
        ).to.deep.equal(due);
      const read: number[] = [];
      for (let after = 0; ; ) {
        const path = `/${id}/messages?limit=200&after=${after}`;
        const { items } = (await call(person, 'GET', path)) as { items: MessageEvent[] };
        read.push(...items.map(({ seq }) => seq));
        const end = items.at(-1);
        if (!end) break;
        after = end.seq;
      }
      expect(read, `what ${people.indexOf(person)} reads`).to.deep.equal(due);
    }
  });
});

// A group of the size it may have by default: all of it hears what is said, there or away, by way of the mailboxes.
import { expect } from 'chai';
import type { Conversation } from '../contract/rest.ts';
import { until } from '../lib/backoff.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

const MEMBERS = 100;
const HERE = 60;
const SAID = 5;

describe('a group of a hundred', () => {
  let house: House;

  before(async () => {
    house = await House.open();
  });
  after(() => house.close());

  it('hears all of it in order, those who are there at once, those away when they return; a hundred and first is refused', async function () {
    this.timeout(120_000);
    const people = await house.people(MEMBERS + 1);
    const [owner, ...others] = people.slice(0, MEMBERS) as [Person, ...Person[]];
    const call = async (method: string, path: string, body: unknown) => {
      const headers = { authorization: `Bearer ${await house.token(owner)}` };
      const init = { method, headers, body: JSON.stringify(body) };
      const response = await fetch(`${house.url}/api/chat/conversations${path}`, init);
      return { status: response.status, body: (await response.json()) as Conversation & { code: string } };
    };
    const members = others.map(({ userId }) => userId);
    const tooMany = { kind: 'group', title: 'full', members: [...members, people.at(-1)?.userId] };
    expect((await call('POST', '', tooMany)).body.code).to.equal('request-invalid');
    const { status, body } = await call('POST', '', { kind: 'group', title: 'full', members });
    expect(status).to.equal(201);
    const { id } = body;
    expect((await call('POST', `/${id}/members`, { members: [people.at(-1)?.userId] })).body.code).to.equal(
      'group-full',
    );

    // a device that was never there reads history; those that go wait in queues of their own
    const peers = new Map<Person, StompPeer>();
    const come = async (some: readonly Person[]) => {
      await Promise.all(some.map(async (person) => peers.set(person, await house.stomp(person))));
    };
    for (let n = 0; n < MEMBERS; n += 20) await come(people.slice(n, Math.min(n + 20, MEMBERS)));
    const away = people.slice(HERE, MEMBERS);
    for (const person of away) await peers.get(person)?.close();
    const texts = Array.from({ length: SAID }, (_, i) => `said ${i}`);
    const mine = peers.get(owner) as StompPeer;
    for (const text of texts) expect(await mine.say({ conversation: id }, text)).to.equal('receipt');
    const heard = (person: Person) => (peers.get(person)?.messages ?? []).flatMap(({ text }) => text ?? []);
    const here = people.slice(0, HERE);
    await until('all of it here', () => here.every((person) => heard(person).length === SAID));
    await come(away);
    await until('all of it there', () => away.every((person) => heard(person).length === SAID));
    for (const person of people.slice(0, MEMBERS)) expect(heard(person)).to.deep.equal(texts);
    const history = await house.get(`/api/chat/conversations/${id}/messages`, people[MEMBERS - 1] as Person);
    expect((history.body as { items: { text?: string }[] }).items.flatMap(({ text }) => text ?? [])).to.deep.equal(
      texts,
    );
    expect((await house.get(`/api/chat/conversations/${id}`, people[MEMBERS] as Person)).status).to.equal(404);
  });
});

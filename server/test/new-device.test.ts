// A new device while messages flow: what it reads of history and what it is sent together are everything, and what its
// person does on one device reaches the others.
import { expect } from 'chai';
import { directConversationId } from '../contract/conversation-id.ts';
import type { MessageEvent } from '../contract/events.ts';
import type { Conversation, Device } from '../contract/rest.ts';
import { until } from '../lib/backoff.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

const MESSAGES = 60;
const PAGE = 20;

describe('a new device', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  let carol: Person;

  before(async () => {
    house = await House.open({ LIMIT_DEVICES_PER_USER: '6' });
  });
  beforeEach(async () => {
    [alice, bob, carol] = (await house.people(3)) as [Person, Person, Person];
  });
  after(() => house.close());

  const get = async <T>(path: string): Promise<T> => (await house.get(`/api/chat${path}`, alice)).body as T;

  /** As a client does that knows nothing yet: subscribe, then read. */
  async function begin(device: string) {
    const peer = await house.stomp(alice, { device, headers: { 'device-kind': 'tablet' } });
    const history = new Map<string, MessageEvent[]>();
    const { items } = await get<{ items: Conversation[] }>('/conversations');
    for (const { id } of items) {
      const read: MessageEvent[] = [];
      for (let more = true; more; ) {
        const after = read.at(-1)?.seq ?? 0;
        const page = await get<{ items: MessageEvent[] }>(`/conversations/${id}/messages?after=${after}&limit=${PAGE}`);
        read.push(...page.items);
        more = page.items.length === PAGE;
      }
      history.set(id, read);
    }
    return { peer, history };
  }

  it('misses nothing that is said while it registers, subscribes and reads', async () => {
    const group = await house.group([alice, bob, carol]);
    const direct = directConversationId(alice.userId, bob.userId);
    const [phone, b, c] = await Promise.all([
      house.stomp(alice, { device: 'phone' }),
      house.stomp(bob),
      house.stomp(carol),
    ]);
    let sent = 0;
    const talk = async (peer: StompPeer, to: string) => {
      for (let i = 0; i < MESSAGES; i++, sent++)
        expect(await peer.say({ conversation: to }, `${i}`)).to.equal('receipt');
    };
    const talking = Promise.all([talk(b, group), talk(c, group), talk(phone, group), talk(b, direct)]);
    const devices: Awaited<ReturnType<typeof begin>>[] = [];
    for (const share of [0.1, 0.4, 0.7]) {
      await until('that they talk', () => sent >= MESSAGES * 4 * share);
      devices.push(await begin(`new-${share}`));
    }
    await talking;
    const total = { [group]: MESSAGES * 3, [direct]: MESSAGES };
    const { items } = await get<{ items: Conversation[] }>('/conversations');
    expect(Object.fromEntries(items.map(({ id, lastSeq }) => [id, lastSeq]))).to.deep.equal(total);
    for (const { peer, history } of devices) {
      for (const [id, count] of Object.entries(total)) {
        const live = () => peer.messages.filter(({ conversation }) => conversation === id);
        const had = () => new Map([...(history.get(id) ?? []), ...live()].map((message) => [message.seq, message.id]));
        // a conversation may have ended before the last device began
        await until('the last message', () => had().has(count));
        const all = had();
        const missing = Array.from({ length: count }, (_, i) => i + 1).filter((seq) => !all.has(seq));
        expect(missing).to.deep.equal([]);
        // what came live came in order, each once
        const seqs = live().map(({ seq }) => seq);
        expect(seqs).to.deep.equal(Array.from({ length: seqs.length }, (_, i) => (seqs[0] as number) + i));
      }
      // it did begin in the middle
      expect(peer.messages.length).to.be.within(1, MESSAGES * 4 - 1);
    }
  });

  it('is listed with its kind, and told of what is done on another, as that is of what is done on it', async () => {
    const conversation = directConversationId(alice.userId, bob.userId);
    const [phone, b] = await Promise.all([house.stomp(alice, { device: 'phone' }), house.stomp(bob)]);
    const desk = await house.stomp(alice, {
      device: 'desk',
      headers: { 'device-kind': 'desktop', 'device-name': 'Desk' },
    });
    await until('that it is linked', () =>
      phone.events.find((event) => event.type === 'device' && event.kind === 'desktop'),
    );
    const { items } = await get<{ items: Device[] }>('/devices');
    expect(items.map(({ id, name, kind }) => [id, name, kind])).to.have.deep.members([
      ['phone', '', null],
      ['desk', 'Desk', 'desktop'],
    ]);
    await phone.say({ conversation }, 'mine');
    const { id } = await until('what was said', () => desk.messages[0]);
    await phone.send({ id, text: 'edited' }, '/app/messages/edit');
    await b.say({ conversation }, 'yours');
    await until('both', () => desk.messages.length === 2);
    await phone.send({ conversation, read: 2 }, '/app/markers');
    await house.call(alice, 'PATCH', `/api/chat/conversations/${conversation}/settings`, { mutedUntil: 'forever' });
    await house.call(alice, 'PUT', `/api/chat/conversations/${conversation}/draft`, { text: 'well' });
    const types = ['message.edited', 'marker', 'conversation.settings', 'draft'];
    const told = (peer: StompPeer) => types.filter((type) => peer.events.some((event) => event.type === type));
    for (const peer of [phone, desk]) await until('all of it', () => told(peer).length === types.length);
  });

  it('one too many is refused, and the others stay', async () => {
    const first = await house.stomp(alice, { device: 'd-0' });
    for (let i = 1; i < 6; i++) await house.stomp(alice, { device: `d-${i}` });
    const refused = await house.stomp(alice, { device: 'd-6' }).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(refused).to.match(/closed with 4512/);
    expect(first.client.connected).to.equal(true);
    await house.call(alice, 'DELETE', '/api/chat/devices/d-1');
    await house.stomp(alice, { device: 'd-6' });
  });
});

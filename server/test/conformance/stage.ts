// What a clause of the specification is shown with: sessions over WebSocket that speak one version, and both legs that
// messages can go over, our own events and RabbitMQ's queues.
import { expect } from 'chai';
import { until } from '../../lib/backoff.ts';
import { newId } from '../../lib/id.ts';
import { giveRole } from '../../people/roles.ts';
import { encodeFrame } from '../../stomp/encoder.ts';
import type { Frame, Version } from '../../stomp/frame.ts';
import { House, type Person } from '../house.ts';
import type { RawPeer } from '../raw-peer.ts';

type Fields = Record<string, string>;

const offers: Record<Version, string> = { '1.0': '1.0', '1.1': '1.0,1.1', '1.2': '1.0,1.1,1.2' };
const SUBPROTOCOLS: Record<Version, string> = { '1.0': 'v10.stomp', '1.1': 'v11.stomp', '1.2': 'v12.stomp' };

/** A session of one version. Its peer unescapes as 1.2 does: where escaping matters, look at `text`. */
export class Speaker {
  readonly version: Version;
  readonly person: Person;
  readonly peer: RawPeer;
  #receipts = 0;

  constructor(version: Version, person: Person, peer: RawPeer) {
    this.version = version;
    this.person = person;
    this.peer = peer;
  }

  /** Everything that came, as it came. */
  get text(): string {
    return Buffer.concat(this.peer.received.map(({ data }) => data)).toString('utf8');
  }

  get messages(): Frame[] {
    return this.peer.frames.filter(({ command }) => command === 'MESSAGE');
  }

  get receipts(): (string | undefined)[] {
    return this.peer.frames
      .filter(({ command }) => command === 'RECEIPT')
      .map(({ headers }) => headers.get('receipt-id'));
  }

  say(command: string, headers: Fields = {}, body: string | Buffer = ''): void {
    this.peer.socket.send(encodeFrame(command, headers, body, this.version));
  }

  /** Says it and waits for its receipt. */
  async ask(command: string, headers: Fields = {}, body: string | Buffer = ''): Promise<void> {
    const receipt = `ask-${++this.#receipts}`;
    this.say(command, { ...headers, receipt }, body);
    await until(`the receipt of ${command}`, () => {
      const error = this.peer.frames.find((frame) => frame.command === 'ERROR');
      if (error) throw new Error(`${command} met ERROR: ${error.body.toString()}`);
      return this.receipts.includes(receipt);
    });
  }

  /** What an ACK or NACK of the message needs in this version. */
  ackFields(message: Frame | undefined): Fields {
    const get = (name: string) => message?.headers.get(name) ?? 'none';
    if (this.version === '1.2') return { id: get('ack') };
    const id = { 'message-id': get('message-id') };
    return this.version === '1.0' ? id : { ...id, subscription: get('subscription') };
  }

  /** It answers still. */
  async lives(): Promise<void> {
    const transaction = newId();
    await this.ask('BEGIN', { transaction });
    await this.ask('ABORT', { transaction });
  }

  /** ERROR as the last frame, then the close. */
  async ends(receipt?: string): Promise<Frame> {
    await this.peer.awaitClose();
    const error = this.peer.frames.at(-1);
    expect(error?.command).to.equal('ERROR');
    expect(error?.headers.get('message')).to.match(/../);
    expect(error?.headers.get('receipt-id')).to.equal(receipt);
    return error as Frame;
  }
}

/** A way for messages to a subscriber: what one SENDs to, what one SUBSCRIBEs to, what a MESSAGE says. */
export interface Leg {
  readonly destination: string;
  send(speaker: Speaker, text: string, headers?: Fields): Promise<void>;
  textOf(message: Frame): string | undefined;
}

export class Stage {
  readonly house: House;
  readonly #role: string;
  readonly #peers: RawPeer[] = [];

  private constructor(house: House, role: string) {
    this.house = house;
    this.#role = role;
  }

  static async open(): Promise<Stage> {
    const house = await House.open({ HEART_BEAT_MS: '300', SWEEP_MS: '20', STOMP_SUBSCRIPTIONS: '5' });
    const role = `role-${newId()}`;
    const permissions = ['stomp:send:/**', 'stomp:subscribe:/**'];
    await house.db.role.create({ data: { id: newId(), name: role, permissions } });
    return new Stage(house, role);
  }

  async person(): Promise<Person> {
    const [person] = (await this.house.people(1)) as [Person];
    await giveRole(this.house, person.userId, this.#role);
    return person;
  }

  /** Opens, and says nothing yet. */
  async open(version: Version, person?: Person): Promise<Speaker> {
    const peer = await this.house.raw({ protocols: [SUBPROTOCOLS[version]] });
    this.#peers.push(peer);
    return new Speaker(version, person ?? (await this.person()), peer);
  }

  async credentials(person: Person): Promise<Fields> {
    return { 'device-id': 'd1', passcode: await this.house.token(person) };
  }

  /** A session that is connected; without a person, somebody new's. */
  async connect(version: Version, headers: Fields = {}, person?: Person): Promise<Speaker> {
    const speaker = await this.open(version, person);
    const credentials = await this.credentials(speaker.person);
    speaker.say('CONNECT', { 'accept-version': offers[version], ...credentials, ...headers });
    const { headers: connected } = await speaker.peer.awaitFrame('CONNECTED');
    expect(connected.get('version')).to.equal(version);
    return speaker;
  }

  legs(): Record<'events' | 'queue', Leg> {
    const queue = `/queue/conformance-${newId()}`;
    return {
      events: {
        destination: '/user/queue/events',
        async send(speaker, text, headers) {
          const draft = { clientMessageId: newId(), to: { user: speaker.person.userId }, kind: 'text', text };
          await speaker.ask('SEND', { destination: '/app/messages', ...headers }, JSON.stringify(draft));
        },
        textOf({ body }) {
          const event = JSON.parse(body.toString()) as { type: string; text?: string };
          return event.type === 'message' ? event.text : undefined;
        },
      },
      queue: {
        destination: queue,
        send: (speaker, text, headers) => speaker.ask('SEND', { destination: queue, ...lasting, ...headers }, text),
        textOf: ({ body }) => body.toString(),
      },
    };
  }

  /** Ends the sessions of one test. */
  clear(): void {
    for (const peer of this.#peers.splice(0)) peer.close();
  }

  async close(): Promise<void> {
    this.clear();
    await this.house.close();
  }
}

/** The queues that tests leave behind go by themselves. */
export const lasting = { 'x-expires': '60000' };

/** What came over this leg, in order. */
export const texts = (speaker: Speaker, leg: Leg): string[] =>
  speaker.messages.flatMap((message) => leg.textOf(message) ?? []);

/** The MESSAGE that brought this. */
export const carrying = (speaker: Speaker, leg: Leg, text: string): Promise<Frame> =>
  until(`the message "${text}"`, () => speaker.messages.find((message) => leg.textOf(message) === text));

export const subscribe = (speaker: Speaker, leg: Leg, headers: Fields = {}): Promise<void> => {
  const expires = leg.destination.startsWith('/queue/') ? lasting : {};
  return speaker.ask('SUBSCRIBE', { id: 's', destination: leg.destination, ...expires, ...headers });
};

// The furniture of whole-house tests: Parley as a whole in this process, over the PostgreSQL and RabbitMQ that
// `npm test` started, and people made for one test alone.
import fs from 'node:fs/promises';
import { type Config, readConfig } from '../config.ts';
import { type Db, openDb } from '../db.ts';
import { type Keys, openKeys } from '../keys.ts';
import { newId } from '../lib/id.ts';
import { main, type Running } from '../main.ts';
import { signAccessToken } from '../people/access-token.ts';
import { rawPeer, type RawPeer, type RawPeerOptions } from './raw-peer.ts';
import { type StompPeer, stompPeer, type StompPeerOptions } from './stomp-peer.ts';

export interface Person {
  readonly userId: string;
  readonly username: string;
}

export class House {
  readonly config: Config;
  readonly keys: Keys;
  readonly db: Db;
  /** how far its clock is ahead */
  aheadMs = 0;
  readonly #peers: { close(): unknown }[] = [];
  #running: Running | undefined;

  private constructor(config: Config, keys: Keys) {
    this.config = config;
    this.keys = keys;
    this.db = openDb(config);
  }

  /** Starts Parley with these settings on top of those of `npm test`. */
  static async open(settings: Partial<Record<keyof Config, string>> = {}): Promise<House> {
    const quiet = { LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent', METRICS_PORT: '0', DEMO: '0' };
    const config = readConfig({ ...process.env, ...quiet, ...settings });
    await fs.mkdir(config.DATA_DIR, { recursive: true });
    const house = new House(config, await openKeys(config));
    await house.start();
    return house;
  }

  get url(): string {
    return `http://127.0.0.1:${this.config.PORT}`;
  }

  get stompUrl(): string {
    return `ws://127.0.0.1:${this.config.PORT}/stomp`;
  }

  async start(): Promise<void> {
    this.#running = await main(this.config, { now: () => Date.now() + this.aheadMs });
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  /** Ends the peers too: a test leaves nothing. */
  async close(): Promise<void> {
    for (const peer of this.#peers.splice(0)) await peer.close();
    await this.stop();
    await this.db.$disconnect();
  }

  /** New people; all of one call may write to each other, and to nobody else. */
  async people(count: number): Promise<Person[]> {
    const circle = newId();
    const people = Array.from({ length: count }, () => ({ userId: newId(), username: `t${newId()}` }));
    await this.db.user.createMany({
      data: people.map(({ userId: id, username }) => ({ id, username, displayName: username, circle })),
    });
    return people;
  }

  /** A group conversation of these people. */
  async group(members: readonly Person[]): Promise<string> {
    const id = newId();
    await this.db.conversation.create({
      data: { id, kind: 'group', title: 'test', members: { create: members.map(({ userId }) => ({ userId })) } },
    });
    return id;
  }

  /** What is known of an uploaded picture; its bytes are nowhere. Gives its id. */
  async picture({ userId }: Pick<Person, 'userId'>): Promise<string> {
    const id = newId();
    const known = { kind: 'image', name: 'a.png', type: 'image/png', size: 1, etag: id, width: 1, height: 1 } as const;
    await this.db.media.create({
      data: { id, ownerId: userId, ...known, keptUntil: new Date(Date.now() + 3_600_000) },
    });
    return id;
  }

  token({ userId }: Pick<Person, 'userId'>, ttlSeconds = 600 + this.aheadMs / 1000): Promise<string> {
    return signAccessToken(this, { userId, clientId: 'test', ttlSeconds });
  }

  /** A connected, unmodified @stomp/stompjs client that subscribes to its events and refusals. */
  async stomp(person: Pick<Person, 'userId'>, options: StompPeerOptions = {}): Promise<StompPeer> {
    const peer = await stompPeer(this.stompUrl, await this.token(person), options);
    this.#peers.push(peer);
    return peer;
  }

  /** A plain WebSocket; frames are written and read by hand. */
  async raw(options?: RawPeerOptions): Promise<RawPeer> {
    const peer = await rawPeer(this.stompUrl, options);
    this.#peers.push(peer);
    return peer;
  }

  /** A call of the REST API; `body` undefined where the answer has none. */
  async call(
    person: Pick<Person, 'userId'>,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${await this.token(person)}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  async get(path: string, person: Pick<Person, 'userId'>): Promise<{ status: number; body: unknown }> {
    const response = await fetch(this.url + path, { headers: { authorization: `Bearer ${await this.token(person)}` } });
    return { status: response.status, body: await response.json() };
  }
}

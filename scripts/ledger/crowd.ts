// The people of a run: some in the group, some not yet, each with her devices and what she believes of herself.
import type { Random } from '../chaos/random.ts';
import type { Person } from '../trial/trial.ts';
import type { Book } from './book.ts';
import { Device } from './device.ts';
import { callerOf, type Call, historyOf } from './rest.ts';
import { Told } from './told.ts';

/** Beside the members there are so many who are none. */
const OUTSIDE_SHARE = 0.2;
const WITH_TWO_DEVICES = 0.25;
const WANTS_TO_BE_ASKED = 0.15;
const MOST_DEVICES = 2;

/** What a run is about: Parley somewhere, and people who may write to each other. */
export interface Stand {
  readonly url: string;
  readonly stompUrl: string;
  people(count: number): Promise<Person[]>;
}

export interface Somebody extends Person {
  readonly devices: Device[];
  /** by the last answer */
  isIn: boolean;
  /** her membership or her role is being changed */
  busy: boolean;
  isAdmin: boolean;
}

export class Crowd {
  readonly everybody: readonly Somebody[];
  readonly conversation: string;
  /** with whom the group was made, its owner in front */
  readonly first: readonly string[];
  readonly call: Call;
  /** for members */
  readonly places: number;
  readonly #stand: Stand;

  private constructor(
    stand: Stand,
    everybody: readonly Somebody[],
    conversation: string,
    first: readonly string[],
    places: number,
  ) {
    this.places = places;
    this.#stand = stand;
    this.call = callerOf(stand.url);
    this.everybody = everybody;
    this.conversation = conversation;
    this.first = first;
  }

  /** Of the group's `members` places nine of ten are taken. */
  static async gather(stand: Stand, members: number, random: Random, book: Book): Promise<Crowd> {
    const call = callerOf(stand.url);
    const people = await stand.people(members + Math.ceil(members * OUTSIDE_SHARE));
    const inside = people.slice(0, Math.floor(members * 0.9));
    const [owner, ...others] = inside as [Person, ...Person[]];
    const draft = { kind: 'group', title: 'ledger', members: others.map(({ userId }) => userId) };
    const made = await call(owner.token, 'POST', '/conversations', draft);
    if (made.status !== 201) throw new Error(`the group was not made: ${JSON.stringify(made.body)}`);
    const everybody = people.map((person, i) => ({
      ...person,
      devices: [],
      isIn: i < inside.length,
      busy: false,
      isAdmin: false,
    }));
    const first = inside.map(({ userId }) => userId);
    const crowd = new Crowd(stand, everybody, made.body.id as string, first, members);
    for (const somebody of everybody.slice(1)) {
      if (!random.chance(WANTS_TO_BE_ASKED)) continue;
      const { status } = await call(somebody.token, 'PATCH', '/me', { privacy: { groups: 'nobody' } });
      if (status !== 200) book.complaints.push(`${somebody.userId} could not change her privacy: ${status}`);
    }
    for (const somebody of everybody) {
      crowd.link(somebody);
      if (random.chance(WITH_TWO_DEVICES)) crowd.link(somebody);
    }
    return crowd;
  }

  get owner(): Somebody {
    return this.everybody[0] as Somebody;
  }

  get devices(): readonly Device[] {
    return this.everybody.flatMap(({ devices }) => devices);
  }

  /** Another device of hers; undefined: she has enough. It has yet to come. */
  link(somebody: Somebody): Device | undefined {
    if (somebody.devices.length >= MOST_DEVICES) return undefined;
    const name = `d${somebody.devices.length + 1}`;
    const { userId, token } = somebody;
    const device = new Device({
      url: this.#stand.stompUrl,
      token,
      name,
      told: new Told(name, userId, this.conversation),
      readHistory: () => historyOf(this.call, token, this.conversation),
    });
    somebody.devices.push(device);
    return device;
  }
}

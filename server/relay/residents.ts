// The people this relay owns: their devices, all of them, since what comes for a person goes to each. Loaded from
// the database when the first event or session needs them; forgotten, the longest unused first, beyond a bound.
import type { KnownDevice } from '../chat/devices.ts';
import { devicesOf } from '../chat/devices.ts';
import { Batcher } from '../lib/batcher.ts';
import { Device, type DeviceRooms } from './device.ts';

const KEPT_PEOPLE = 100_000;
const LOADED_AT_ONCE = 1000;

type Person = Map<string, Device>;

interface Question {
  readonly user: string;
  readonly loaded: () => void;
  readonly failed: (error: unknown) => void;
}

export class Residents {
  readonly #rooms: DeviceRooms;
  readonly #people = new Map<string, Person>();
  readonly #loading = new Map<string, Promise<void>>();
  readonly #questions: Batcher<Question>;

  constructor(rooms: DeviceRooms) {
    this.#rooms = rooms;
    this.#questions = new Batcher<Question>({
      outstanding: 2,
      maxEntries: LOADED_AT_ONCE,
      maxBytes: Number.POSITIVE_INFINITY,
      flush: (batch) => this.#ask(batch),
    });
  }

  /** The devices of a user; undefined: not loaded. */
  devices(userId: string): Iterable<Device> | undefined {
    return this.#people.get(userId)?.values();
  }

  /** How many they are, where they are loaded. */
  count(userId: string): number {
    return this.#people.get(userId)?.size ?? 0;
  }

  /** Loads those of the users that are not here; what is asked for meanwhile, in one statement. */
  async load(users: Iterable<string>): Promise<void> {
    const pending: Promise<void>[] = [];
    for (const user of users) if (!this.#people.has(user)) pending.push(this.#loading.get(user) ?? this.#load(user));
    await Promise.all(pending);
  }

  /** The device, made if it is new. Its user must be loaded. */
  device(key: KnownDevice): Device {
    const person = this.#people.get(key.userId) as Person;
    const known = person.get(key.deviceId);
    if (known) return known;
    const device = new Device(key, this.#rooms);
    person.set(key.deviceId, device);
    return device;
  }

  /** A removed device: nothing more goes to it. */
  forget(userId: string, deviceId: string): void {
    const device = this.#people.get(userId)?.get(deviceId);
    if (!device) return;
    this.#people.get(userId)?.delete(deviceId);
    device.remove();
  }

  /** The channel of all drains is gone. */
  queuesLost(): void {
    for (const person of this.#people.values()) for (const device of person.values()) device.queueLost();
  }

  /** Forgets people of whom nothing is under way, the longest unused first. */
  trim(): void {
    if (this.#people.size <= KEPT_PEOPLE) return;
    for (const [userId, person] of this.#people) {
      if ([...person.values()].every((device) => device.idle)) this.#people.delete(userId);
      if (this.#people.size <= KEPT_PEOPLE) return;
    }
  }

  #load(user: string): Promise<void> {
    const loading = new Promise<void>((loaded, failed) => this.#questions.add({ user, loaded, failed }));
    this.#loading.set(user, loading);
    return loading;
  }

  async #ask(batch: readonly Question[]): Promise<void> {
    try {
      const devices = await devicesOf(
        this.#rooms.context,
        batch.map(({ user }) => user),
      );
      for (const { user } of batch) this.#people.set(user, new Map());
      for (const key of devices) this.#people.get(key.userId)?.set(key.deviceId, new Device(key, this.#rooms));
      for (const { user } of batch) this.#loading.delete(user);
      for (const { loaded } of batch) loaded();
    } catch (error) {
      for (const { user } of batch) this.#loading.delete(user);
      for (const { failed } of batch) failed(error);
    }
  }
}

// The people this relay owns: their devices, all of them, since what comes for a person goes to each. Loaded from
// the database when the first event or session needs them; forgotten, the longest unused first, beyond a bound.
import type { KnownDevice } from '../chat/devices.ts';
import { devicesOf } from '../chat/devices.ts';
import { Device, type DeviceRooms } from './device.ts';

const KEPT_PEOPLE = 100_000;

type Person = Map<string, Device>;

export class Residents {
  readonly #rooms: DeviceRooms;
  readonly #people = new Map<string, Person>();
  readonly #loading = new Map<string, Promise<void>>();

  constructor(rooms: DeviceRooms) {
    this.#rooms = rooms;
  }

  /** The devices of a user; undefined: not loaded. */
  devices(userId: string): Iterable<Device> | undefined {
    return this.#people.get(userId)?.values();
  }

  /** Loads those of the users that are not here. */
  async load(users: Iterable<string>): Promise<void> {
    const missing: string[] = [];
    const pending: Promise<void>[] = [];
    for (const user of new Set(users)) {
      if (this.#people.has(user)) continue;
      const loading = this.#loading.get(user);
      if (loading) pending.push(loading);
      else missing.push(user);
    }
    if (missing.length > 0) {
      const loading = this.#load(missing).finally(() => {
        for (const user of missing) this.#loading.delete(user);
      });
      for (const user of missing) this.#loading.set(user, loading);
      pending.push(loading);
    }
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

  async #load(users: readonly string[]): Promise<void> {
    const devices = await devicesOf(this.#rooms.context, users);
    for (const user of users) this.#people.set(user, new Map());
    for (const key of devices) this.#people.get(key.userId)?.set(key.deviceId, new Device(key, this.#rooms));
  }
}

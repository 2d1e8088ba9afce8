// A process that makes load: what can be asked of it, and of what it has for each target.
import { serve } from './child.ts';
import { Crowd } from './crowd.ts';
import { type Page, Reader } from './reader.ts';
import { Returner } from './returner.ts';
import { type Drive, type Part, Stage } from './stage.ts';
import type { Address, Person, TargetName } from './targets.ts';

interface Closable {
  close(): void;
}

/** One of a kind for each target. */
class Held<T extends Closable> {
  readonly #all = new Map<TargetName, T>();

  put(target: TargetName, one: T): T {
    this.#all.get(target)?.close();
    this.#all.set(target, one);
    return one;
  }

  of(target: TargetName): T {
    const one = this.#all.get(target);
    if (!one) throw new Error(`nothing is there for ${target}`);
    return one;
  }

  close(target: TargetName): void {
    this.#all.get(target)?.close();
    this.#all.delete(target);
  }
}

const stages = new Held<Stage>();
const crowds = new Held<Crowd>();
const readers = new Held<Reader>();
const returners = new Held<Returner>();

const methods = {
  connect: (address: Address, part: Part) => stages.put(address.target, new Stage(address, part)).connect(),
  start: (target: TargetName, load: Drive) => stages.of(target).start(load),
  begin: (target: TargetName) => stages.of(target).begin(),
  end: (target: TargetName) => stages.of(target).end(),
  stop: (target: TargetName) => stages.of(target).stop(),
  pour: (target: TargetName, messages: number, inFlight: number) => stages.of(target).pour(messages, inFlight),
  disconnect: (target: TargetName) => stages.close(target),

  drain: (address: Address, person: Person, events: number, prefetch: number) =>
    returners.put(address.target, new Returner()).drain(address, person, events, prefetch),
  leave: (target: TargetName) => returners.close(target),

  gather(address: Address, people: readonly Person[], heartBeatMs: number) {
    crowds.put(address.target, new Crowd(address, people, heartBeatMs));
  },
  grow: (target: TargetName, count: number, atOnce: number) => crowds.of(target).grow(count, atOnce),
  storm: (target: TargetName) => crowds.of(target).storm(),
  ended: (target: TargetName) => crowds.of(target).ended(),
  disperse: (target: TargetName) => crowds.close(target),

  open(target: TargetName, origin: string, pages: readonly Page[]) {
    readers.put(target, new Reader(origin, pages));
  },
  read: (target: TargetName, perSecond: number) => readers.of(target).start(perSecond),
  beginReading: (target: TargetName) => readers.of(target).begin(),
  endReading: (target: TargetName) => readers.of(target).end(),
  stopReading: (target: TargetName) => readers.of(target).stop(),
} as const;

/** What a generator answers to, for who calls it. */
export type GeneratorMethods = typeof methods;

serve(methods, () => {});

// In a generator: the sessions of one target, and what is on its way through it. What is sent carries its number, so
// that every arrival finds what it is the arrival of.
import { sleep, until } from '../../server/lib/backoff.ts';
import type { Frame } from '../../server/stomp/frame.ts';
import type { Connection } from './connection.ts';
import { arrive, connectAs } from './presence.ts';
import { type Load, type Shape, TEXT_BYTES } from './scenarios.ts';
import { type Counts, type Faults, noFaults, Tally } from './tally.ts';
import { type Address, type Person, type Recipient, targets } from './targets.ts';

/** The part of a scenario that is this generator's. */
export interface Part {
  readonly shape: Shape;
  /** pairs are neighbours */
  readonly people: readonly Person[];
  /** who receives, unless it is one's partner */
  readonly to?: Recipient;
}

/** What a generator is asked to make: of a share the rate is known by now. */
export type Drive = Exclude<Load, { kind: 'share' }>;

const MARK = Buffer.from('bench ');
const FILLING = 'the quick brown fox jumps over the lazy dog and goes on to say something of no importance '.repeat(3);
const SPACE = 0x20;
const CONNECTS_AT_ONCE = 50;
const ARRIVE_MS = 20_000;
/** A session that waits for its target's turn is not taken for dead. */
const HEART_BEAT_MS = 10_000;

/** A message on its way. */
interface Flight {
  readonly from: number;
  /** when it was sent, or should have been */
  readonly since: number;
  arrivals: number;
  receipted: boolean;
}

export class Stage {
  readonly #part: Part;
  readonly #address: Address;
  readonly #target;
  readonly #receivers: number;
  readonly #sessions: Connection[] = [];
  readonly #tally = new Tally();
  readonly #flights = new Map<number, Flight>();
  /** by receiver and sender: the last number that came */
  readonly #last: Float64Array;
  /** higher than those of any stage before: a number is a clientMessageId too, and is told from repeats by it */
  #number = Date.now() * 1000;
  /** numbers of this run are above it */
  #floor = this.#number;
  /** no number of this run is above it */
  #ceiling = Number.POSITIVE_INFINITY;
  #faults: Faults = noFaults();
  #echoes = 0;
  #load: Drive | undefined;
  #open = false;
  #schedule: Promise<void> = Promise.resolve();
  #broken: string | undefined;
  readonly #beating = setInterval(() => {
    for (const session of this.#sessions) session.beat();
  }, HEART_BEAT_MS);

  constructor(address: Address, part: Part) {
    this.#part = part;
    this.#address = address;
    this.#target = targets[address.target];
    this.#receivers = { pairs: 1, group: part.people.length, away: 0 }[part.shape];
    this.#last = new Float64Array(part.people.length ** 2);
  }

  async connect(): Promise<void> {
    const { people, shape } = this.#part;
    const come = shape === 'away' ? connectAs : arrive;
    for (let at = 0; at < people.length; at += CONNECTS_AT_ONCE) {
      await Promise.all(
        people.slice(at, at + CONNECTS_AT_ONCE).map(async (person, i) => {
          const index = at + i;
          const events = {
            onMessage: (frame: Frame) => this.#message(index, frame),
            onReceipt: (receipt: string) => this.#receipt(Number(receipt)),
            onEnd: (reason: string) => (this.#broken ??= `a session of ${this.#address.target} ended: ${reason}`),
          };
          this.#sessions[index] = await come(this.#address, person, events, HEART_BEAT_MS);
        }),
      );
    }
  }

  /** Begins to send, `most` messages at most. */
  start(load: Drive, most = Number.POSITIVE_INFINITY): void {
    this.#check();
    this.#load = load;
    this.#open = true;
    this.#floor = this.#number;
    this.#ceiling = this.#floor + most;
    this.#echoes = 0;
    this.#faults = noFaults();
    if (load.kind === 'closed') for (let i = 0; i < load.inFlight; i++) this.#send(i % this.#sessions.length);
    else this.#schedule = this.#runSchedule(load.perSecond);
  }

  begin(): void {
    this.#tally.begin();
  }

  end(): Counts {
    this.#check();
    return this.#tally.end();
  }

  /** Sends no more, waits for all that is on its way, and says what did not come, or came wrong. */
  async stop(): Promise<{ readonly sent: number; readonly faults: Faults }> {
    this.#open = false;
    await this.#schedule;
    const sent = this.#number - this.#floor;
    const echoes = this.#part.shape === 'pairs' && this.#target.echoes ? sent : 0;
    const done = () => this.#broken !== undefined || (this.#flights.size === 0 && this.#echoes >= echoes);
    await until('all to arrive', done, { timeoutMs: ARRIVE_MS, everyMs: 5 }).catch(() => {});
    this.#check();
    for (const flight of this.#flights.values()) {
      this.#faults.lost += this.#receivers - flight.arrivals;
      if (!flight.receipted) this.#faults.unreceipted += 1;
    }
    this.#faults.lost += Math.max(0, echoes - this.#echoes);
    this.#flights.clear();
    return { sent, faults: this.#faults };
  }

  /** Sends so many, `inFlight` at a time, and waits until all have arrived. */
  async pour(messages: number, inFlight: number): Promise<Faults> {
    this.start({ kind: 'closed', inFlight }, messages);
    const poured = () => this.#broken !== undefined || this.#number === this.#ceiling;
    await until('all to be sent', poured, { timeoutMs: 10 * ARRIVE_MS, everyMs: 5 });
    return (await this.stop()).faults;
  }

  close(): void {
    clearInterval(this.#beating);
    for (const session of this.#sessions) session.cut();
  }

  #check(): void {
    if (this.#broken !== undefined) throw new Error(this.#broken);
  }

  #send(from: number, since = performance.now()): void {
    if (this.#number >= this.#ceiling) return;
    const number = ++this.#number;
    const text = `bench ${from} ${number} ${FILLING}`.slice(0, TEXT_BYTES);
    this.#flights.set(number, { from, since, arrivals: 0, receipted: false });
    const to = this.#part.to ?? { user: (this.#part.people[from ^ 1] as Person).userId };
    const { headers, body } = this.#target.send(to, String(number), text);
    (this.#sessions[from] as Connection).send('SEND', headers, body);
    this.#tally.sent();
  }

  /** What is due is sent, however late; its latency counts from when it was due. */
  async #runSchedule(perSecond: number): Promise<void> {
    const beganAt = performance.now();
    for (let sent = 0; this.#open && this.#broken === undefined; await sleep(1)) {
      const due = ((performance.now() - beganAt) / 1000) * perSecond;
      for (; sent < due; sent++) this.#send(sent % this.#sessions.length, beganAt + (sent / perSecond) * 1000);
    }
  }

  #receipt(number: number): void {
    const flight = this.#flights.get(number);
    if (!flight) return;
    flight.receipted = true;
    this.#tally.receipted(flight.since);
    this.#landed(number, flight);
  }

  #message(at: number, { headers, body }: Frame): void {
    const id = headers.get('ack');
    if (id !== undefined) (this.#sessions[at] as Connection).send('ACK', { id });
    const numbers = readNumbers(body);
    // events about other things than messages
    if (!numbers) return;
    const { from, number } = numbers;
    const place = at * this.#part.people.length + from;
    const last = this.#last[place] as number;
    if (number === last) this.#faults.duplicated += 1;
    // lower: out of order, or again
    else if (number < last) this.#faults.disordered += 1;
    else this.#last[place] = number;
    if (number <= last || number <= this.#floor) return;
    if (from === at && this.#part.shape === 'pairs') {
      this.#echoes += 1;
      return;
    }
    const flight = this.#flights.get(number);
    if (!flight) return;
    flight.arrivals += 1;
    this.#tally.delivered(flight.since);
    this.#landed(number, flight);
  }

  #landed(number: number, { from, arrivals, receipted }: Flight): void {
    if (!receipted || arrivals < this.#receivers) return;
    this.#flights.delete(number);
    if (this.#open && this.#load?.kind === 'closed') this.#send(from);
  }
}

/** Who sent a message of ours, and its number; undefined: it is none. */
export function readNumbers(body: Buffer): { readonly from: number; readonly number: number } | undefined {
  const mark = body.indexOf(MARK);
  if (mark < 0) return undefined;
  const [from, next] = readNumber(body, mark + MARK.length);
  return { from, number: readNumber(body, next)[0] };
}

/** The decimal number at `at`, and where what follows its space begins. */
function readNumber(bytes: Buffer, at: number): [number, number] {
  let value = 0;
  let i = at;
  for (; bytes[i] !== SPACE && i < bytes.length; i++) value = value * 10 + (bytes[i] as number) - 0x30;
  return [value, i + 1];
}

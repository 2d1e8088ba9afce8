// A process that makes load: sessions of both targets, and one run at a time on those of one of them. What is sent
// carries its number, so that every arrival finds what it is the arrival of.
import type { Frame } from '../../server/stomp/frame.ts';
import { sleep, until } from '../../server/lib/backoff.ts';
import { serve } from './child.ts';
import { Connection } from './connection.ts';
import { type Load, type Shape, TEXT_BYTES } from './scenarios.ts';
import { type Counts, type Faults, Tally } from './tally.ts';
import { type Address, type Person, type Recipient, type TargetName, targets } from './targets.ts';

/** The part of a scenario that is this generator's. Pairs are neighbours. */
export interface Part {
  readonly shape: Shape;
  readonly people: readonly Person[];
  readonly group: string;
}

const MARK = Buffer.from('bench ');
const FILLING = 'the quick brown fox jumps over the lazy dog and goes on to say something of no importance '.repeat(3);
const SPACE = 0x20;
const CONNECTS_AT_ONCE = 50;
const DRAIN_MS = 20_000;

/** A message on its way. */
interface Flight {
  readonly from: number;
  /** when it was sent, or should have been */
  readonly since: number;
  arrivals: number;
  receipted: boolean;
}

/** The sessions of one target, and what is on its way through it. */
class Stage {
  readonly #part: Part;
  readonly #target;
  readonly #sessions: Connection[] = [];
  readonly #tally = new Tally();
  readonly #flights = new Map<number, Flight>();
  /** by receiver and sender: the last number that came */
  #last: Float64Array;
  #number = 0;
  /** numbers of this run are above it */
  #floor = 0;
  #faults: Faults = { lost: 0, duplicated: 0, disordered: 0, unreceipted: 0 };
  #echoes = 0;
  #load: Load | undefined;
  #open = false;
  #schedule: Promise<void> = Promise.resolve();
  #broken: string | undefined;

  constructor(target: TargetName, part: Part) {
    this.#part = part;
    this.#target = targets[target];
    this.#last = new Float64Array(part.people.length ** 2);
  }

  async connect(address: Address): Promise<void> {
    const { people, shape } = this.#part;
    for (let at = 0; at < people.length; at += CONNECTS_AT_ONCE) {
      await Promise.all(
        people.slice(at, at + CONNECTS_AT_ONCE).map(async (person, i) => {
          const index = at + i;
          let subscribed = () => {};
          const ready = new Promise<void>((resolve) => (subscribed = resolve));
          const session = await Connection.open(address.url, this.#target.connect(address, person), {
            onMessage: (frame) => this.#message(index, frame),
            onReceipt: (receipt) => (receipt === 'ready' ? subscribed() : this.#receipt(Number(receipt))),
            onEnd: (reason) => (this.#broken ??= `a session of ${address.target} ended: ${reason}`),
          });
          this.#sessions[index] = session;
          session.send('SUBSCRIBE', { id: 's', ...this.#target.subscribe(person, shape), receipt: 'ready' });
          await ready;
        }),
      );
    }
  }

  /** Begins to send. */
  start(load: Load): void {
    this.#check();
    this.#load = load;
    this.#open = true;
    this.#floor = this.#number;
    this.#echoes = 0;
    this.#faults = { lost: 0, duplicated: 0, disordered: 0, unreceipted: 0 };
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
  async stop(): Promise<Faults> {
    this.#open = false;
    await this.#schedule;
    const echoes = this.#part.shape === 'pairs' && this.#target.echoes ? this.#number - this.#floor : 0;
    const done = () => this.#broken !== undefined || (this.#flights.size === 0 && this.#echoes >= echoes);
    await until('all to arrive', done, { timeoutMs: DRAIN_MS }).catch(() => {});
    this.#check();
    for (const flight of this.#flights.values()) {
      this.#faults.lost += this.#receivers - flight.arrivals;
      if (!flight.receipted) this.#faults.unreceipted += 1;
    }
    this.#faults.lost += Math.max(0, echoes - this.#echoes);
    this.#flights.clear();
    return this.#faults;
  }

  close(): void {
    for (const session of this.#sessions) session.close();
  }

  #check(): void {
    if (this.#broken !== undefined) throw new Error(this.#broken);
  }

  get #receivers(): number {
    return this.#part.shape === 'pairs' ? 1 : this.#part.people.length;
  }

  #recipient(from: number): Recipient {
    return this.#part.shape === 'group'
      ? { group: this.#part.group }
      : { user: (this.#part.people[from ^ 1] as Person).userId };
  }

  #send(from: number, since = performance.now()): void {
    const number = ++this.#number;
    const text = `bench ${from} ${number} ${FILLING}`.slice(0, TEXT_BYTES);
    this.#flights.set(number, { from, since, arrivals: 0, receipted: false });
    const { headers, body } = this.#target.send(this.#recipient(from), String(number), text);
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
    const mark = body.indexOf(MARK);
    // events about other things than messages
    if (mark < 0) return;
    const [from, next] = readNumber(body, mark + MARK.length);
    const [number] = readNumber(body, next);
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

/** The decimal number at `at`, and where what follows its space begins. */
function readNumber(bytes: Buffer, at: number): [number, number] {
  let value = 0;
  let i = at;
  for (; bytes[i] !== SPACE && i < bytes.length; i++) value = value * 10 + (bytes[i] as number) - 0x30;
  return [value, i + 1];
}

const stages = new Map<TargetName, Stage>();
const stageOf = (target: TargetName) => stages.get(target) as Stage;

serve(
  {
    async connect(address: Address, part: Part) {
      const stage = new Stage(address.target, part);
      stages.set(address.target, stage);
      await stage.connect(address);
    },
    start: (target: TargetName, load: Load) => stageOf(target).start(load),
    begin: (target: TargetName) => stageOf(target).begin(),
    end: (target: TargetName) => stageOf(target).end(),
    stop: (target: TargetName) => stageOf(target).stop(),
    close() {
      for (const stage of stages.values()) stage.close();
      stages.clear();
    },
  },
  () => {},
);

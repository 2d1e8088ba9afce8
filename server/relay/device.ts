// One device of one person, at the relay that owns her: where its events go. One process owns a person, so each step
// here is a plain call and there is no race.
//
//   away      events go into the device queue
//   draining  the device queue is pushed; new events go to its end. When all that waited was delivered, a mark is put
//             behind it; new events are held meanwhile. The mark is delivered: everything before it was.
//   live      events go straight to the socket
//
// An event that was pushed stays in the window until the device acknowledges it. Behind it stands what must be
// settled then: the mailbox entry it came in, or its delivery from the device queue. A mailbox entry is not kept
// waiting: after SETTLE_MS, or when the window is full, such events are copied into the device queue ("spilled"), and
// the device drains; a copy that comes back is recognised by its key and is not pushed again.
//
// Where its queue was given up (parker.ts), the device is told with an event of its own, `missed`. Until it has
// acknowledged that, nothing is kept for it while it is away: it will read history anyway.
import type { Delivery } from '../broker/consumer.ts';
import { type Drain, MARK_HEADER } from '../broker/device-queues.ts';
import { deviceQueue } from '../broker/topology.ts';
import { eventJson } from '../broker/wire.ts';
import type { KnownDevice } from '../chat/devices.ts';
import type { Context } from '../context.ts';
import { newId } from '../lib/id.ts';
import { metrics } from '../metrics.ts';
import { EventItem } from './event-item.ts';
import type { Parker } from './parker.ts';

const IDLE_DRAIN_MS = 1000;
// a mark expires in the queue after a minute (DeviceQueues.mark)
const MARK_LOST_MS = 30_000;

/** The socket's side of a subscription to the events. */
export interface Outlet {
  /** Whether the subscription acknowledges; else what is written counts as acknowledged. */
  readonly acknowledges: boolean;
  /** false: the socket is behind; `Device.resume` is called when it is not any more. */
  readonly ready: boolean;
  push(item: EventItem, number: number): void;
}

/** What must be settled once the device has the event. */
export interface Backing {
  readonly valid: boolean;
  settle(): void;
}

interface Pushed {
  readonly item: EventItem;
  at: number;
  nacks: number;
  source: 'mailbox' | 'queue' | 'spilled' | 'missed';
  backing: Backing | undefined;
}

interface Held {
  readonly item: EventItem;
  readonly backing: Backing;
  readonly at: number;
}

/** What the devices of a relay share. */
export interface DeviceRooms {
  readonly context: Context;
  readonly parker: Parker;
  readonly acknowledged: (userId: string, message: NonNullable<EventItem['message']>) => void;
}

export class Device {
  readonly userId: string;
  readonly deviceId: string;
  readonly queue: string;
  hasQueue: boolean;
  /** by its user: nothing is kept for it any more */
  removed = false;
  /** events for it were dropped, and it has not acknowledged yet that it knows */
  missed: boolean;
  seenAt: number;
  /** how often its queue was given up: what was to be put into an earlier one is dropped with it */
  misses = 0;
  readonly #rooms: DeviceRooms;
  #state: 'away' | 'draining' | 'live' = 'away';
  #outlet: Outlet | undefined;
  #number = 0;
  readonly #window = new Map<number, Pushed>();
  readonly #byKey = new Map<string, Pushed>();
  /** keys of events that were acknowledged while what stood behind them was on its way back to us: they may come more than once */
  readonly #acknowledgedEarly = new Set<string>();
  #held: Held[] = [];
  /** delivered from the device queue while the socket was behind, or the window full */
  #behind: Delivery[] = [];
  #drain: Drain | undefined;
  #starting = false;
  #closing: Promise<void> = Promise.resolve();
  /** which drain a delivery belongs to */
  #era = 0;
  #mark: { readonly token: string; readonly at: number } | undefined;
  #waiting: number | undefined;
  #delivered = 0;
  #deliveredAt = 0;
  /** events handed to the parker and not confirmed yet */
  #parking = 0;
  /** something may be in the device queue that was not delivered to us */
  #mayWait: boolean;

  constructor({ userId, deviceId, hasQueue, missed, seenAt }: KnownDevice, rooms: DeviceRooms) {
    this.userId = userId;
    this.deviceId = deviceId;
    this.hasQueue = this.#mayWait = hasQueue;
    this.missed = missed;
    this.seenAt = seenAt;
    this.queue = deviceQueue(userId, deviceId);
    this.#rooms = rooms;
  }

  get attached(): boolean {
    return this.#outlet !== undefined;
  }

  /** What comes while it is away, or cannot keep up, waits for it. */
  get keeps(): boolean {
    return !this.removed && (this.attached || !this.missed);
  }

  /** Nothing is under way: it may be forgotten and loaded again. */
  get idle(): boolean {
    return !this.attached && this.#parking === 0;
  }

  get state(): 'away' | 'draining' | 'live' {
    return this.#state;
  }

  /** A subscription begins. */
  attach(outlet: Outlet): void {
    this.#outlet = outlet;
    if (this.missed) this.#tellMissed();
    if (this.#mayWait) this.#beginDrain();
    else this.#state = 'live';
  }

  /** The subscription ends: what was not acknowledged goes (back) into the device queue. */
  detach(): void {
    if (!this.#outlet) return;
    this.#outlet = undefined;
    this.#state = 'away';
    this.seenAt = this.#now();
    this.#endDrain();
    for (const pushed of this.#window.values()) {
      if (pushed.source === 'queue') this.#requeue(pushed.backing as QueueBacking);
      // an entry that is no longer ours comes again by itself, and finds the device away
      else if (pushed.source === 'mailbox' && pushed.backing?.valid) this.#park(pushed.item, pushed.backing);
    }
    for (const delivery of this.#behind.splice(0)) this.#requeue(delivery);
    this.#window.clear();
    this.#byKey.clear();
    this.#parkHeld();
  }

  /** What was in its queue is nowhere but in history. */
  queueGivenUp(): void {
    this.missed = true;
    this.misses += 1;
    this.hasQueue = this.#mayWait = false;
    if (!this.#outlet) return;
    this.#tellMissed();
    this.#behind = [];
    this.#goLive();
  }

  /** It was removed: what waits for it is settled, and its queue goes. */
  remove(): void {
    this.removed = true;
    this.detach();
    this.#rooms.parker.drop(this);
  }

  /** The socket has caught up, or the window has room. */
  resume(): void {
    while (this.#behind.length > 0 && this.#hasRoom()) this.#fromQueue(this.#behind.shift() as Delivery);
  }

  /** An event from a mailbox. */
  deliver(item: EventItem, backing: Backing): void {
    const pushed = this.#byKey.get(item.key);
    if (this.#acknowledgedEarly.has(item.key)) {
      backing.settle();
    } else if (pushed?.backing?.valid) {
      // published twice: one entry is enough to stand behind it
      backing.settle();
    } else if (pushed && pushed.source === 'mailbox') {
      // the mailbox entry came again (the broker was away); the device has the event already
      pushed.backing = backing;
      pushed.at = this.#now();
    } else if (this.#state === 'live') {
      if (this.#hasRoom()) return this.#push(item, backing, 'mailbox');
      this.#spill();
      this.#park(item, backing);
    } else if (this.#state === 'draining' && this.#mark) {
      this.#held.push({ item, backing, at: this.#now() });
      if (this.#held.length > this.#rooms.context.config.LIVE_WINDOW) this.#parkHeld();
    } else {
      this.#park(item, backing);
    }
  }

  /** ACK; `cumulative`: and of all before it. False: no such event was ever pushed. */
  ack(number: number, cumulative: boolean): boolean {
    if (cumulative) {
      for (const [earlier, pushed] of this.#window) {
        if (earlier > number) break;
        this.#settle(earlier, pushed);
      }
    } else {
      const pushed = this.#window.get(number);
      if (pushed) this.#settle(number, pushed);
    }
    this.resume();
    return number <= this.#number;
  }

  /** NACK; `cumulative`: of all before it too. They come again, each up to NACK_LIMIT times; then it is put aside. */
  nack(number: number, cumulative: boolean): boolean {
    const named = cumulative ? [...this.#window.keys()].filter((earlier) => earlier <= number) : [number];
    for (const one of named) this.#again(one);
    this.resume();
    return number <= this.#number;
  }

  /** The channel of all drains is gone; what it delivered comes again. */
  queueLost(): void {
    this.#drain = undefined;
    this.#mark = undefined;
    this.#behind = [];
    this.#era += 1;
    const fromQueue = [...this.#window.values()].some(({ source }) => source === 'queue' || source === 'spilled');
    if (fromQueue) this.#mayWait = true;
    if (this.#outlet && (fromQueue || this.#state === 'draining')) this.#state = 'draining';
    this.#parkHeld();
  }

  /** Nothing of it can wait too long: `sweep` would do nothing. */
  get calm(): boolean {
    return this.#state !== 'draining' && this.#window.size === 0;
  }

  /** Now and then: what waits too long is moved on. */
  sweep(now: number): void {
    const { SETTLE_MS } = this.#rooms.context.config;
    if (this.#state === 'live') {
      if (this.#oldestFromMailbox(now) > SETTLE_MS) this.#spill();
    } else if (this.#state === 'draining') {
      if (!this.#drain) return this.#beginDrain();
      const oldestHeld = this.#held[0];
      if (oldestHeld && now - oldestHeld.at > SETTLE_MS) this.#parkHeld();
      if (this.#mark && now - this.#mark.at > MARK_LOST_MS) this.#parkHeld();
      if (!this.#mark && now - this.#deliveredAt > IDLE_DRAIN_MS) this.#putMark();
    }
  }

  /** Milliseconds since the oldest unacknowledged event was pushed. */
  unacknowledgedFor(now: number): number {
    for (const { at } of this.#window.values()) return now - at;
    return 0;
  }

  #now(): number {
    return this.#rooms.context.clock.now();
  }

  #hasRoom(): boolean {
    return this.#window.size < this.#rooms.context.config.LIVE_WINDOW && this.#outlet?.ready === true;
  }

  #oldestFromMailbox(now: number): number {
    for (const { source, at, backing } of this.#window.values()) {
      if (source === 'mailbox' && backing?.valid) return now - at;
    }
    return 0;
  }

  /** The one event that no other can stand for: acknowledged, it stands for all that were dropped before. */
  #tellMissed(): void {
    const { misses } = this;
    const settle = () => {
      if (misses !== this.misses) return;
      this.missed = false;
      this.#rooms.parker.told(this);
    };
    const item = new EventItem({ key: newId() }, Buffer.from(eventJson({ type: 'missed' })));
    this.#push(item, { valid: true, settle }, 'missed');
  }

  #push(item: EventItem, backing: Backing, source: Pushed['source']): void {
    const outlet = this.#outlet as Outlet;
    const number = ++this.#number;
    metrics.delivered.inc();
    if (outlet.acknowledges) {
      const pushed: Pushed = { item, at: this.#now(), nacks: 0, source, backing };
      this.#window.set(number, pushed);
      this.#byKey.set(item.key, pushed);
      outlet.push(item, number);
    } else {
      outlet.push(item, number);
      backing.settle();
      this.#acknowledged(item);
    }
  }

  #settle(number: number, pushed: Pushed): void {
    this.#window.delete(number);
    this.#byKey.delete(pushed.item.key);
    this.#settleBacking(pushed);
    this.#acknowledged(pushed.item);
  }

  /** Pushes a NACKed event again, or puts it aside. */
  #again(number: number): void {
    const pushed = this.#window.get(number);
    const outlet = this.#outlet;
    if (!pushed || !outlet) return;
    pushed.nacks += 1;
    this.#window.delete(number);
    if (pushed.nacks < this.#rooms.context.config.NACK_LIMIT) {
      this.#window.set(++this.#number, pushed);
      outlet.push(pushed.item, this.#number);
      return;
    }
    this.#byKey.delete(pushed.item.key);
    const reason = `NACKed ${pushed.nacks} times by device ${this.deviceId} of user ${this.userId}`;
    metrics.deadLetters.inc({ from: 'device' });
    this.#rooms.context.log.error({ reason, key: pushed.item.key }, 'an event was dead-lettered');
    void this.#rooms.context.broker.deadLetter(pushed.item.body, reason).then(() => this.#settleBacking(pushed));
  }

  #settleBacking({ item, backing }: Pushed): void {
    if (backing?.valid) return backing.settle();
    if (this.#acknowledgedEarly.size >= 2 * this.#rooms.context.config.LIVE_WINDOW) this.#acknowledgedEarly.clear();
    this.#acknowledgedEarly.add(item.key);
  }

  #acknowledged({ message }: EventItem): void {
    if (message && message.sender !== this.userId) this.#rooms.acknowledged(this.userId, message);
  }

  #park(item: EventItem, backing: Backing): void {
    if (!this.keeps) return backing.settle();
    this.#mayWait = true;
    this.#parking += 1;
    this.#rooms.parker.park(this, item, () => {
      this.#parking -= 1;
      backing.settle();
    });
  }

  /** No longer waits for the mark: what was held goes behind it. */
  #parkHeld(): void {
    this.#mark = undefined;
    this.#deliveredAt = this.#now();
    for (const { item, backing } of this.#held.splice(0)) this.#park(item, backing);
  }

  #requeue(backing: Pick<QueueBacking, 'requeue'>): void {
    this.#mayWait = true;
    backing.requeue();
  }

  #spill(): void {
    for (const pushed of this.#window.values()) {
      if (pushed.source !== 'mailbox') continue;
      if (pushed.backing) this.#park(pushed.item, pushed.backing);
      pushed.source = 'spilled';
      pushed.backing = undefined;
    }
    this.#beginDrain();
  }

  #beginDrain(): void {
    this.#state = 'draining';
    if (this.#starting || this.#drain || !this.#rooms.context.broker.deviceQueues.up) return;
    this.#starting = true;
    this.#openDrain()
      .catch((error: Error) => this.#rooms.context.log.warn({ error: error.message }, 'a drain did not begin'))
      .finally(() => {
        this.#starting = false;
      });
  }

  async #openDrain(): Promise<void> {
    await this.#closing;
    const era = ++this.#era;
    // deliveries may come before the answer: nobody knows then how many wait
    this.#waiting = undefined;
    this.#delivered = 0;
    const wanted = { queue: this.queue, made: this.hasQueue };
    const drain = await this.#rooms.context.broker.deviceQueues.drain(wanted, (delivery) => {
      if (era !== this.#era || this.#state !== 'draining') this.#requeue(delivery);
      else if (this.#behind.length > 0 || !this.#hasRoom()) this.#behind.push(delivery);
      else this.#fromQueue(delivery);
    });
    if (!drain) return this.#rooms.parker.giveUp(this);
    if (era !== this.#era || this.#state !== 'draining') return drain.stop();
    this.#drain = drain;
    this.#deliveredAt = this.#now();
    this.#waiting = drain.waiting;
    this.#markIfAllCame();
  }

  #markIfAllCame(): void {
    if (!this.#mark && this.#waiting !== undefined && this.#delivered >= this.#waiting) this.#putMark();
  }

  #endDrain(): void {
    this.#era += 1;
    this.#mark = undefined;
    const drain = this.#drain;
    this.#drain = undefined;
    if (drain) this.#closing = drain.stop();
  }

  #putMark(): void {
    this.#mark = { token: newId(), at: this.#now() };
    this.#rooms.parker.mark(this, this.#mark.token);
  }

  #fromQueue(delivery: Delivery): void {
    this.#deliveredAt = this.#now();
    const mark = delivery.headers[MARK_HEADER];
    if (mark !== undefined) {
      delivery.ack();
      if (mark === this.#mark?.token) this.#goLive();
      return;
    }
    this.#takeCopy(delivery);
    this.#delivered += 1;
    this.#markIfAllCame();
  }

  #takeCopy(delivery: Delivery): void {
    const item = EventItem.fromDeviceQueue(delivery);
    const backing = new QueueBacking(delivery);
    const pushed = this.#byKey.get(item.key);
    if (this.#acknowledgedEarly.has(item.key)) {
      backing.settle();
    } else if (!pushed) {
      this.#push(item, backing, 'queue');
    } else if (pushed.backing?.valid) {
      // a second copy
      backing.settle();
    } else {
      pushed.backing = backing;
      pushed.source = 'queue';
    }
  }

  #goLive(): void {
    const held = this.#held;
    this.#held = [];
    this.#endDrain();
    this.#state = 'live';
    this.#mayWait = false;
    for (const { item, backing } of held) this.deliver(item, backing);
  }
}

class QueueBacking implements Backing {
  readonly #delivery: Delivery;

  constructor(delivery: Delivery) {
    this.#delivery = delivery;
  }

  get valid(): boolean {
    return this.#delivery.valid;
  }

  settle(): void {
    this.#delivery.ack();
  }

  requeue(): void {
    this.#delivery.requeue();
  }
}

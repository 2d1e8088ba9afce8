import { expect } from 'chai';
import type { Delivery } from '../broker/consumer.ts';
import { MARK_HEADER } from '../broker/device-queues.ts';
import { type Backing, Device, type DeviceRooms, type Outlet } from './device.ts';
import { EventItem } from './event-item.ts';

const WINDOW = 4;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const seq = (key: string) => Number(key.slice(1));

/** One device, its queue as a list, a parker that waits for the test, a clock that stands. */
class World {
  now = 0;
  up = true;
  /** what the broker has; a mark is `#token` */
  readonly queue: string[] = [];
  readonly parking: (() => void)[] = [];
  readonly pushed: string[] = [];
  readonly acknowledged: number[] = [];
  readonly dead: string[] = [];
  readonly settled: string[] = [];
  readonly unsettled = new Map<string, Delivery>();
  readonly numbers = new Map<string, number>();
  /** how often it was noted that the device knows */
  told = 0;
  gone = false;
  ready = true;
  consumers = 0;
  #onDelivery: ((delivery: Delivery) => void) | undefined;
  #channel = { open: true };
  readonly device: Device;

  constructor(hasQueue = false, missed = false) {
    const rooms = {
      context: {
        clock: { now: () => this.now },
        config: { LIVE_WINDOW: WINDOW, SETTLE_MS: 1000, NACK_LIMIT: 3 },
        log: { warn() {}, error() {} },
        broker: { deviceQueues: this.#queues(), deadLetter: async (body: Buffer) => void this.dead.push(String(body)) },
      },
      parker: {
        park: (_: Device, item: EventItem, parked: () => void) => {
          this.parking.push(() => {
            this.queue.push(item.key);
            parked();
          });
        },
        mark: (_: Device, token: string) => this.parking.push(() => this.queue.push(`#${token}`)),
        drop: () => {},
        giveUp: async () => this.giveUp(),
        told: () => void (this.told += 1),
      },
      acknowledged: (_: string, message: { seq: number }) => this.acknowledged.push(message.seq),
    } as unknown as DeviceRooms;
    this.device = new Device({ userId: 'bob', deviceId: 'd1', hasQueue, missed, seenAt: 0 }, rooms);
  }

  #queues() {
    const isUp = () => this.up;
    return {
      get up() {
        return isUp();
      },
      drain: async ({ made }: { made: boolean }, onDelivery: (delivery: Delivery) => void) => {
        if (!this.up) throw new Error('the broker is away');
        if (made && this.gone) return undefined;
        this.#onDelivery = onDelivery;
        this.consumers += 1;
        return {
          waiting: this.queue.length,
          stop: async () => {
            if (this.#onDelivery === onDelivery) this.#onDelivery = undefined;
            this.consumers -= 1;
          },
        };
      },
    };
  }

  outlet(acknowledges = true): Outlet {
    const isReady = () => this.ready;
    return {
      acknowledges,
      get ready() {
        return isReady();
      },
      push: (item, number) => {
        this.pushed.push(item.key);
        this.numbers.set(item.key, number);
      },
    };
  }

  /** An event comes from the mailbox. */
  event(key: string): Backing & { valid: boolean } {
    const backing = { valid: true, settle: () => void this.settled.push(key) };
    const message = { conversation: 'c', seq: seq(key), sender: 'alice' };
    this.device.deliver(new EventItem({ key, message }, Buffer.from(key)), backing);
    return backing;
  }

  /** The parker gives the queue up. */
  giveUp(): void {
    this.queue.length = 0;
    this.device.queueGivenUp();
  }

  ack(key: string, cumulative = false): boolean {
    return this.device.ack(this.numbers.get(key) as number, cumulative);
  }

  /** The parker's work is confirmed; the broker delivers what it may; until nothing moves. */
  async run(): Promise<void> {
    for (;;) {
      await turn();
      const parking = this.parking.splice(0);
      for (const park of parking) park();
      const delivered = this.#deliverAll();
      if (parking.length === 0 && !delivered) return;
    }
  }

  /** The broker and its channels are gone: what was not settled is in the queue again. */
  async lose(): Promise<void> {
    this.#channel.open = false;
    this.#channel = { open: true };
    this.queue.unshift(...this.unsettled.keys());
    this.unsettled.clear();
    this.#onDelivery = undefined;
    this.consumers = 0;
    this.device.queueLost();
    this.device.sweep(this.now);
    await this.run();
  }

  #deliverAll(): boolean {
    let any = false;
    while (this.#onDelivery && this.queue.length > 0 && this.unsettled.size < 2 * WINDOW) {
      any = true;
      this.#onDelivery(this.#delivery(this.queue.shift() as string));
    }
    return any;
  }

  #delivery(key: string): Delivery {
    const channel = this.#channel;
    const isMark = key.startsWith('#');
    const item = new EventItem(
      { key, message: { conversation: 'c', seq: seq(key), sender: 'alice' } },
      Buffer.alloc(0),
    );
    const name = `${key}${this.unsettled.has(key) ? ' again' : ''}`;
    const delivery: Delivery = {
      body: Buffer.from(key),
      headers: isMark ? { [MARK_HEADER]: key.slice(1) } : item.headers,
      redelivered: false,
      get valid() {
        return channel.open;
      },
      ack: () => void (channel.open && this.unsettled.delete(name)),
      requeue: () => {
        if (channel.open && this.unsettled.delete(name)) this.queue.unshift(key);
      },
    };
    this.unsettled.set(name, delivery);
    return delivery;
  }
}

describe('a device at its owner', () => {
  it('that is away: events go into its queue, and their mailbox is settled with the confirm', async () => {
    const world = new World();
    world.event('e1');
    world.event('e2');
    expect(world.settled).to.deep.equal([]);
    expect(world.device.idle).to.equal(false);
    await world.run();
    expect(world.queue).to.deep.equal(['e1', 'e2']);
    expect(world.settled).to.deep.equal(['e1', 'e2']);
    expect(world.device.idle).to.equal(true);
  });

  it('that never had a queue is live at once; its mailbox is settled by its ACK', () => {
    const world = new World();
    world.device.attach(world.outlet());
    expect(world.device.state).to.equal('live');
    world.event('e1');
    world.event('e2');
    expect(world.pushed).to.deep.equal(['e1', 'e2']);
    expect(world.settled).to.deep.equal([]);
    expect(world.ack('e2')).to.equal(true);
    expect(world.settled).to.deep.equal(['e2']);
    expect(world.acknowledged).to.deep.equal([2]);
    // a second time: known, and nothing happens
    expect(world.ack('e2')).to.equal(true);
    expect(world.settled).to.deep.equal(['e2']);
    expect(world.device.ack(99, false)).to.equal(false);
  });

  it('drains first what waits, and goes live behind it, in one order', async () => {
    const world = new World(true);
    world.queue.push('e1', 'e2');
    world.device.attach(world.outlet(false));
    expect(world.device.state).to.equal('draining');
    // before the drain has begun, and while it goes on
    world.event('e3');
    await turn();
    world.event('e4');
    await world.run();
    expect(world.device.state).to.equal('live');
    expect(world.consumers).to.equal(0);
    world.event('e5');
    expect(world.pushed).to.deep.equal(['e1', 'e2', 'e3', 'e4', 'e5']);
    expect(world.settled).to.have.members(['e3', 'e4', 'e5']);
    expect(world.queue).to.deep.equal([]);
    expect(world.unsettled.size).to.equal(0);
  });

  it('holds what comes between the mark and its delivery', async () => {
    const world = new World(true);
    world.device.attach(world.outlet());
    await turn();
    await turn();
    expect(world.parking.length).to.equal(1);
    world.event('e1');
    expect(world.pushed).to.deep.equal([]);
    await world.run();
    expect(world.pushed).to.deep.equal(['e1']);
    expect(world.queue).to.deep.equal([]);
  });

  it('is not taken for live by the mark of an earlier time', async () => {
    const world = new World(true);
    world.queue.push('#old', 'e1');
    world.device.attach(world.outlet());
    world.event('e2');
    await world.run();
    world.now += 2000;
    world.device.sweep(world.now);
    await world.run();
    expect(world.device.state).to.equal('live');
    expect(world.pushed).to.deep.equal(['e1', 'e2']);
  });

  it('that goes away: what it had not acknowledged waits in its queue, in order', async () => {
    const world = new World(true);
    world.queue.push('e1', 'e2');
    world.device.attach(world.outlet());
    await world.run();
    world.event('e3');
    world.event('e4');
    world.ack('e1');
    world.ack('e3');
    world.device.detach();
    await world.run();
    expect(world.queue).to.deep.equal(['e2', 'e4']);
    expect(world.unsettled.size).to.equal(0);
    world.device.attach(world.outlet());
    await world.run();
    expect(world.pushed).to.deep.equal(['e1', 'e2', 'e3', 'e4', 'e2', 'e4']);
  });

  it('that does not acknowledge in time: the mailbox is settled, and copies are not pushed again', async () => {
    const world = new World();
    world.device.attach(world.outlet());
    world.event('e1');
    world.event('e2');
    world.now = 1000;
    world.device.sweep(world.now);
    await world.run();
    expect(world.settled).to.deep.equal([]);
    world.now = 1001;
    world.device.sweep(world.now);
    await world.run();
    expect(world.settled).to.deep.equal(['e1', 'e2']);
    expect(world.device.state).to.equal('live');
    world.event('e3');
    expect(world.pushed).to.deep.equal(['e1', 'e2', 'e3']);
    // the ACK settles the copy, not the mailbox
    world.ack('e1');
    expect([...world.unsettled.keys()]).to.deep.equal(['e2']);
    expect(world.settled).to.deep.equal(['e1', 'e2']);
    world.device.detach();
    await world.run();
    expect(world.queue).to.deep.equal(['e2', 'e3']);
  });

  it('that acknowledges while the copy is on its way: the copy is settled when it comes', async () => {
    const world = new World();
    world.device.attach(world.outlet());
    world.event('e1');
    world.now = 1001;
    world.device.sweep(world.now);
    world.ack('e1');
    expect(world.acknowledged).to.deep.equal([1]);
    await world.run();
    expect(world.pushed).to.deep.equal(['e1']);
    expect(world.settled).to.deep.equal(['e1']);
    expect(world.queue).to.deep.equal([]);
    expect(world.unsettled.size).to.equal(0);
  });

  it('that acknowledges nothing is pushed one window, however often the rest is offered', async () => {
    const world = new World();
    world.device.attach(world.outlet());
    for (let n = 1; n <= 30; n++) {
      world.event(`e${n}`);
      world.now += 1001;
      world.device.sweep(world.now);
      await world.run();
    }
    expect(world.pushed).to.deep.equal(['e1', 'e2', 'e3', 'e4']);
    expect(world.settled.length).to.equal(30);
    for (let n = 1; n <= 30; n++) {
      world.ack(`e${n}`);
      await world.run();
    }
    expect(world.pushed).to.deep.equal(Array.from({ length: 30 }, (_, n) => `e${n + 1}`));
    expect(world.unsettled.size + world.queue.length).to.equal(0);
  });

  it('whose socket is behind is pushed nothing until it has caught up', async () => {
    const world = new World(true);
    world.queue.push('e1', 'e2');
    world.ready = false;
    world.device.attach(world.outlet());
    await world.run();
    world.event('e3');
    await world.run();
    expect(world.pushed).to.deep.equal([]);
    world.ready = true;
    world.device.resume();
    await world.run();
    expect(world.pushed).to.deep.equal(['e1', 'e2', 'e3']);
  });

  it('NACKs: the event comes again under a new number, and is put aside after so many', async () => {
    const world = new World();
    world.device.attach(world.outlet());
    world.event('e1');
    world.event('e2');
    const first = world.numbers.get('e1');
    for (let n = 0; n < 2; n++) expect(world.device.nack(world.numbers.get('e1') as number, false)).to.equal(true);
    expect(world.numbers.get('e1')).to.be.above(first as number);
    expect(world.pushed).to.deep.equal(['e1', 'e2', 'e1', 'e1']);
    expect(world.dead).to.deep.equal([]);
    world.device.nack(world.numbers.get('e1') as number, false);
    await turn();
    expect(world.dead).to.deep.equal(['e1']);
    expect(world.settled).to.deep.equal(['e1']);
    expect(world.acknowledged).to.deep.equal([]);
    expect(world.device.nack(99, false)).to.equal(false);
  });

  it('acknowledges and NACKs for all before, where it says so', () => {
    const world = new World();
    world.device.attach(world.outlet());
    for (const key of ['e1', 'e2', 'e3', 'e4']) world.event(key);
    world.ack('e2', true);
    expect(world.settled).to.deep.equal(['e1', 'e2']);
    world.device.nack(world.numbers.get('e4') as number, true);
    expect(world.pushed.slice(4)).to.deep.equal(['e3', 'e4']);
  });

  it('whose mailbox comes again: the event is not pushed again, and the newer entry is settled', () => {
    const world = new World();
    world.device.attach(world.outlet());
    const old = world.event('e1');
    old.valid = false;
    world.event('e1');
    expect(world.pushed).to.deep.equal(['e1']);
    world.ack('e1');
    expect(world.settled).to.deep.equal(['e1']);
    // acknowledged while nothing stood behind it
    const gone = world.event('e2');
    gone.valid = false;
    world.ack('e2');
    world.event('e2');
    // and published once more by a worker that missed the confirm
    world.event('e2');
    expect(world.pushed).to.deep.equal(['e1', 'e2']);
    expect(world.settled).to.deep.equal(['e1', 'e2', 'e2']);
  });

  it('whose broker goes away while it drains gets everything, each unacknowledged event once', async () => {
    const world = new World(true);
    for (let n = 1; n <= 10; n++) world.queue.push(`e${n}`);
    world.device.attach(world.outlet());
    await world.run();
    expect(world.pushed.length).to.equal(WINDOW);
    await world.lose();
    world.ack('e1');
    world.ack('e3');
    await world.run();
    await world.lose();
    for (let n = 1; n <= 10; n++) {
      if (world.numbers.has(`e${n}`)) world.ack(`e${n}`);
      await world.run();
    }
    expect(world.pushed).to.deep.equal(Array.from({ length: 10 }, (_, n) => `e${n + 1}`));
    world.now += 2000;
    world.device.sweep(world.now);
    await world.run();
    expect(world.device.state).to.equal('live');
    expect(world.unsettled.size + world.queue.length).to.equal(0);
  });

  it('that begins while the broker is away drains when it is back', async () => {
    const world = new World(true);
    world.queue.push('e1');
    world.up = false;
    world.device.attach(world.outlet());
    await world.run();
    world.up = true;
    world.device.sweep(world.now);
    await world.run();
    expect(world.pushed).to.deep.equal(['e1']);
  });

  it('that comes and goes quickly loses nothing, and has one drain', async () => {
    const world = new World(true);
    world.queue.push('e1', 'e2', 'e3');
    for (let n = 0; n < 5; n++) {
      world.device.attach(world.outlet());
      if (n % 2) await turn();
      world.device.detach();
    }
    world.device.attach(world.outlet());
    await world.run();
    world.device.sweep(world.now);
    await world.run();
    expect(world.pushed.slice(-3)).to.deep.equal(['e1', 'e2', 'e3']);
    expect(world.consumers).to.be.at.most(1);
    for (const key of ['e1', 'e2', 'e3']) world.ack(key);
    await world.run();
    expect(world.unsettled.size + world.queue.length).to.equal(0);
  });

  describe('whose queue was given up', () => {
    /** The keys of `missed` are new each time. */
    const told = ({ pushed }: World) => pushed.filter((key) => !/^e\d+$/.test(key));

    it('is told first; until it has acknowledged that, nothing is kept for it while it is away', async () => {
      const world = new World();
      world.event('e1');
      await world.run();
      world.giveUp();
      world.event('e2');
      await world.run();
      expect(world.settled).to.deep.equal(['e1', 'e2']);
      expect(world.queue).to.deep.equal([]);
      world.device.attach(world.outlet());
      world.event('e3');
      expect(world.pushed.slice(1)).to.deep.equal(['e3']);
      world.device.detach();
      await world.run();
      expect(world.queue).to.deep.equal([]);
      world.device.attach(world.outlet());
      const [, again] = told(world) as [string, string];
      world.ack(again);
      expect(world.told).to.equal(1);
      world.device.detach();
      world.event('e4');
      await world.run();
      expect(world.queue).to.deep.equal(['e4']);
      world.device.attach(world.outlet());
      await world.run();
      expect(told(world)).to.have.length(2);
      expect(world.pushed.at(-1)).to.equal('e4');
    });

    it('is told at once if it is here, has what it was pushed, and goes on live', async () => {
      const world = new World();
      world.device.attach(world.outlet());
      for (let n = 1; n <= 6; n++) world.event(`e${n}`);
      await world.run();
      world.giveUp();
      expect(told(world)).to.have.length(1);
      for (const key of world.pushed) world.ack(key);
      expect(world.told).to.equal(1);
      world.event('e7');
      await world.run();
      expect(world.pushed.at(-1)).to.equal('e7');
      expect(world.pushed).to.not.include('e6');
    });

    it('knows of the last time only by acknowledging what it was told last', () => {
      const world = new World();
      world.device.attach(world.outlet());
      world.giveUp();
      world.giveUp();
      const [first, second] = told(world) as [string, string];
      world.ack(first);
      expect([world.told, world.device.missed]).to.deep.equal([0, true]);
      world.ack(second);
      expect([world.told, world.device.missed]).to.deep.equal([1, false]);
    });

    it('is told when it is found gone where one should be', async () => {
      const world = new World(true);
      world.gone = true;
      world.device.attach(world.outlet());
      await world.run();
      expect(told(world)).to.have.length(1);
      expect(world.device.state).to.equal('live');
    });

    it('in an earlier life of the relay is told, too', () => {
      const world = new World(false, true);
      world.device.attach(world.outlet());
      expect(told(world)).to.have.length(1);
    });
  });
});

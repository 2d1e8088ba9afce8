// How each fault is done. A strike resolves when it is over (what was killed runs again, what was frozen goes on), with
// the moment from which recovery counts: the kill, or the end of what lasts.
import { sleep } from '../../server/lib/backoff.ts';
import type { Device } from './device.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { ParleyProcess } from './parley-process.ts';
import type { Stand } from './stand.ts';

export interface Blow {
  readonly lastsMs: number;
  /** of those that it hits, the ones that are connected */
  readonly devices: readonly Device[];
}

type Strike = (stand: Stand, blow: Blow) => Promise<number>;

interface Startable {
  start(): Promise<unknown>;
}

/** Ends it in one way or another, and starts it again. */
const again =
  <T extends Startable>(of: (stand: Stand) => T, end: (one: T) => Promise<void>): Strike =>
  async (stand) => {
    const at = Date.now();
    await end(of(stand));
    await of(stand).start();
    return at;
  };

/** Does what lasts. */
const during =
  (what: (stand: Stand, blow: Blow) => Promise<void>): Strike =>
  async (stand, blow) => {
    await what(stand, blow);
    return Date.now();
  };

const relay = ({ relay }: Stand) => relay;
const worker = ({ worker }: Stand) => worker;
const rabbitMq = ({ rabbitMq }: Stand) => rabbitMq;
const postgres = ({ postgres }: Stand) => postgres;
const kill = (one: ParleyProcess) => one.kill();
const stop = (one: ParleyProcess) => one.stop();

export const strikes: Readonly<Record<FaultKind, Strike>> = {
  'kill the relay': again(relay, kill),
  'restart the relay': again(relay, stop),
  'freeze the relay': during(({ relay }, { lastsMs }) => relay.freeze(lastsMs)),

  'kill the worker': again(worker, kill),
  'restart the worker': again(worker, stop),
  'freeze the worker': during(({ worker }, { lastsMs }) => worker.freeze(lastsMs)),

  'kill RabbitMQ': again(rabbitMq, (one) => one.kill()),
  'restart RabbitMQ': again(rabbitMq, (one) => one.stop()),
  'freeze RabbitMQ': during(({ rabbitMq }, { lastsMs }) => rabbitMq.freeze(lastsMs)),
  'fill the memory of RabbitMQ': during(({ rabbitMq }, { lastsMs }) => rabbitMq.alarm('memory', lastsMs)),
  'fill the disk of RabbitMQ': during(({ rabbitMq }, { lastsMs }) => rabbitMq.alarm('disk', lastsMs)),

  'kill PostgreSQL': again(postgres, (one) => one.kill()),
  'shut PostgreSQL down at once': again(postgres, (one) => one.quit()),
  'freeze PostgreSQL': during(({ postgres }, { lastsMs }) => postgres.freeze(lastsMs)),
  'freeze the backends of PostgreSQL': during(({ postgres }, { lastsMs }) => postgres.freezeBackends(lastsMs)),
  async 'kill a backend of PostgreSQL'({ postgres }) {
    const at = Date.now();
    await postgres.killBackend();
    return at;
  },

  async 'cut clients off'({ network }, { devices }) {
    for (const { port } of devices) if (port !== undefined) network.cut(port);
    return Date.now();
  },
  async 'let clients vanish'({ network }, { devices }) {
    for (const { port } of devices) if (port !== undefined) network.vanish(port);
    return Date.now();
  },
  'let clients stop reading': during(async (_, { devices, lastsMs }) => {
    for (const device of devices) device.stall(true);
    await sleep(lastsMs);
    for (const device of devices) device.stall(false);
  }),
  'let clients stop acknowledging': during(async (_, { devices, lastsMs }) => {
    for (const device of devices) device.mute(true);
    await sleep(lastsMs);
    for (const device of devices) device.mute(false);
  }),

  async 'cut the power'({ relay, worker, rabbitMq, postgres }) {
    const at = Date.now();
    const all = [relay, worker, rabbitMq, postgres];
    await Promise.all(all.map((one) => one.kill()));
    // in no order: what finds another missing tries again
    await Promise.all(all.map((one) => one.start()));
    return at;
  },
};

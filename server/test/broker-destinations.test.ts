// Broker destinations through /stomp, beside RabbitMQ's own STOMP port in the same run; who may use which; both legs in one
// session; and what becomes of it all when the broker is away for a while.
import fs from 'node:fs';
import { expect } from 'chai';
import { stompAddresses } from '../broker/stomp-address.ts';
import { until } from '../lib/backoff.ts';
import { acknowledging } from './behaviours/acknowledging.ts';
import { delivery } from './behaviours/delivery.ts';
import { subscribing } from './behaviours/subscribing.ts';
import { differences } from './behaviours/differences.ts';
import { type Observations, type Talker, World } from './behaviours/world.ts';
import { House, type Person } from './house.ts';
import { permit } from './permit.ts';
import type { RawPeer } from './raw-peer.ts';
import { encodeFrame } from '../stomp/encoder.ts';
import { StompTcpPeer } from './stomp-tcp-peer.ts';

type Seen = Record<string, readonly [rabbitmq: unknown, parley: unknown]>;

describe('broker destinations', function () {
  this.timeout(60_000);
  let house: House;
  let admin: Person;

  before(async () => {
    house = await House.open({ LIMIT_SESSIONS_PER_USER: '200', LIMIT_DEVICES_PER_USER: '500' });
    [admin] = (await house.people(1)) as [Person];
    await permit(house, admin, '*');
  });
  after(() => house.close());

  let devices = 0;
  const ours = async (): Promise<Talker> => {
    const peer = await house.raw();
    peer.frame('CONNECT', {
      'accept-version': '1.2',
      passcode: await house.token(admin),
      'device-id': `d${++devices}`,
    });
    await peer.awaitFrame('CONNECTED').catch((error: Error) => {
      throw new Error(
        `${error.message}; ${peer.frames.map(({ body }) => body.toString('utf8')).join()} ${JSON.stringify(peer.closed)}`,
      );
    });
    peer.frame('SUBSCRIBE', { id: 'refusals', destination: '/user/queue/refusals' });
    return Object.assign(Object.create(peer) as RawPeer, {
      frame: (...[command, headers, body]: Parameters<Talker['frame']>) =>
        peer.socket.send(encodeFrame(command, headers ?? {}, body, '1.2')),
    });
  };
  const native = async (): Promise<Talker> => {
    const [address] = stompAddresses(house.config);
    const peer = new StompTcpPeer(address!);
    await until('CONNECTED', () => peer.frames.some(({ command }) => command === 'CONNECTED'));
    return peer;
  };

  describe("are as on RabbitMQ's own STOMP port, but for the differences listed", () => {
    const behaviours = { ...delivery, ...acknowledging, ...subscribing };
    const listed = (name: string) => Object.assign({}, ...differences.map(({ seen }) => seen[name])) as Seen;

    for (const [name, behaviour] of Object.entries(behaviours)) {
      it(name, async () => {
        const worlds = [new World(native), new World(ours)] as const;
        try {
          const [theirs, own] = await Promise.all(worlds.map((world) => behaviour(world)));
          const differs = listed(name);
          for (const [what, [onRabbitmq, here]] of Object.entries(differs)) {
            expect(theirs?.[what], `${what}, on RabbitMQ's port`).to.deep.equal(onRabbitmq);
            expect(own?.[what], `${what}, here`).to.deep.equal(here);
          }
          const same = (seen: Observations | undefined) =>
            Object.fromEntries(Object.entries(seen ?? {}).filter(([what]) => !(what in differs)));
          expect(same(own)).to.deep.equal(same(theirs));
        } finally {
          for (const world of worlds) world.close();
        }
      });
    }

    it('of which each is shown by a test', () => {
      for (const { what, seen, shownBy } of differences) {
        const names = Object.keys(seen);
        if (names.length > 0) expect(behaviours, what).to.include.all.keys(names);
        const [file, title] = shownBy ?? ['', ''];
        if (file) expect(fs.readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'), what).to.include(title);
        expect(names.length > 0 || file !== '', what).to.equal(true);
      }
    });
  });
});

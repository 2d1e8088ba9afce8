// The queues of devices, at the broker: what is done with one leaves the drains of the others alone.
import { expect } from 'chai';
import { type Broker, openBroker } from '../broker/broker.ts';
import { deviceQueue } from '../broker/topology.ts';
import { readConfig } from '../config.ts';
import { newId } from '../lib/id.ts';
import { openLog } from '../log.ts';

describe('device queues', () => {
  let broker: Broker;

  before(async () => {
    broker = await openBroker(readConfig(process.env), openLog('silent', false));
  });
  after(() => broker.close());

  it('that go while a drain of them begins end no other drain', async () => {
    const { deviceQueues } = broker;
    let lost = 0;
    deviceQueues.onLost(() => (lost += 1));
    const queues = Array.from({ length: 40 }, () => deviceQueue(newId(), 'd'));
    await deviceQueues.declare(
      queues.map((queue) => ({ queue, made: false })),
      Date.now(),
    );
    const drains = queues.map(async (queue, i) => {
      const drain = deviceQueues.drain({ queue, made: true }, () => {});
      const gone = deviceQueues.delete(queue);
      // every other one is drained again when it is gone
      const again = i % 2 === 0 ? undefined : deviceQueues.drain({ queue, made: true }, () => {});
      await gone;
      expect(await again).to.equal(undefined);
      await (await drain)?.stop();
      expect(deviceQueues.up).to.equal(true);
    });
    await Promise.all(drains);
    expect([lost, deviceQueues.up]).to.deep.equal([0, true]);
  });
});

// RabbitMQ's memory alarm: it takes no more messages from anybody, and goes on giving out what it has.
import { expect } from 'chai';
import { rabbitmqctl } from '../../scripts/services/rabbitmq-ctl.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House } from './house.ts';

describe('while RabbitMQ is short of memory', () => {
  let house: House;
  const alarm = (on: boolean) => rabbitmqctl(house.config, ['set_vm_memory_high_watermark', on ? '0.00001' : '0.4']);

  before(async () => {
    house = await House.open();
  });
  after(async () => {
    await alarm(false);
    await house.close();
  });

  it('who comes back gets what waits; what is sent waits, and is receipted and delivered afterwards', async () => {
    const [alice, bob] = await house.people(2);
    const a = await house.stomp(alice!);
    await (await house.stomp(bob!)).close();
    for (let i = 1; i <= 20; i++) expect(await a.say({ user: bob!.userId }, `${i}`)).to.equal('receipt');
    const queued = () => house.db.device.findFirst({ where: { userId: bob!.userId, hasQueue: true } });
    await until('a queue', queued);
    await alarm(true);
    const b = await house.stomp(bob!);
    await until('what waited', () => b.messages.length >= 20);
    let receipted = false;
    const later = a.say({ user: bob!.userId }, 'later', newId()).then((outcome) => {
      receipted = outcome === 'receipt';
    });
    // another one comes and goes meanwhile: nobody is held up but who sends
    await (await house.stomp(bob!, { device: 'd2' })).close();
    expect(receipted).to.equal(false);
    await alarm(false);
    await later;
    expect(receipted).to.equal(true);
    await until('what was sent', () => b.messages.some(({ text }) => text === 'later'));
    expect(b.messages.map(({ seq }) => seq)).to.include.members(Array.from({ length: 21 }, (_, i) => i + 1));
  });
});

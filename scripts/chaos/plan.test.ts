// A plan comes from its seed alone, and holds what was asked for.
import { expect } from 'chai';
import { allKinds, type FaultKind, faultKinds, mayMeet } from './fault-kinds.ts';
import { planOf, type Plan } from './plan.ts';
import { strikes } from './strikes.ts';

const options = { seconds: 1200, users: 40, faultEveryMs: 15_000, kinds: allKinds, longestMs: 15_000 };

function firstMessages(plan: Plan, count: number) {
  const messages = plan.messages();
  return Array.from({ length: count }, () => messages.next().value);
}

const shown = (plan: Plan) => JSON.stringify({ ...plan, messages: firstMessages(plan, 500) });

describe('the plan of a fire test', () => {
  const plan = planOf({ ...options, seed: 'a' });

  it('is the same for the same seed, and another for another', () => {
    expect(shown(planOf({ ...options, seed: 'a' }))).to.equal(shown(plan));
    expect(shown(planOf({ ...options, seed: 'b' }))).to.not.equal(shown(plan));
  });

  it('has at least sixty faults in twenty minutes, each kind among them', () => {
    expect(plan.faults.length).to.be.at.least(60);
    expect(new Set(plan.faults.flatMap(({ kinds }) => kinds)).size).to.equal(allKinds.length);
    for (const { lastsMs } of plan.faults) expect(lastsMs).to.be.within(1_000, 15_000);
  });

  it('strikes twice at once only what stands apart', () => {
    const pairs = plan.faults.map(({ kinds }) => kinds).filter(({ length }) => length === 2);
    expect(pairs).to.not.have.length(0);
    for (const [one, other] of pairs)
      expect(mayMeet(one as FaultKind, other as FaultKind), `${one}, ${other}`).to.equal(true);
    expect(mayMeet('kill RabbitMQ', 'fill the memory of RabbitMQ')).to.equal(false);
    expect(mayMeet('cut the power', 'cut clients off')).to.equal(false);
    expect(mayMeet('kill the relay', 'kill the worker')).to.equal(true);
  });

  it('keeps to the kinds that were asked for', () => {
    const { faults } = planOf({ ...options, kinds: ['kill the worker', 'cut clients off'], seed: 'a' });
    expect(new Set(faults.flatMap(({ kinds }) => kinds))).to.have.all.keys('kill the worker', 'cut clients off');
  });

  it('lets members write, and half of the devices come and go', () => {
    const { devices, conversations, absences } = plan;
    for (const { device, conversation } of firstMessages(plan, 500)) {
      expect(conversations[conversation]).to.include(devices[device]?.user);
    }
    expect(conversations.some(({ length }) => length > 2)).to.equal(true);
    expect(new Set(absences.map(({ device }) => device)).size).to.be.within(1, devices.length - 1);
    for (const { fromMs, toMs } of absences) expect(toMs).to.be.greaterThan(fromMs);
  });

  it('names only faults that can be done', () => {
    expect(Object.keys(strikes)).to.have.members(Object.keys(faultKinds));
  });
});

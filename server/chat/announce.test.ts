import { expect } from 'chai';
import pino from 'pino';
import type { Broker } from '../broker/broker.ts';
import type { Change } from '../broker/changes.ts';
import { announce } from './announce.ts';

describe('announcing a committed change', () => {
  const events = [{ to: ['ann'], event: { type: 'device', device: 'd', change: 'removed' } as const }];
  const changes = [{ type: 'reach', conversation: 'c' } as const];
  const contextWith = (publishEvents: Broker['publishEvents']) => {
    const logged: string[] = [];
    const told: Change[] = [];
    const publish = async (change: Change) => void told.push(change);
    const broker = { publishEvents, changes: { publish } } as unknown as Broker;
    return { logged, told, broker, log: pino({}, { write: (line: string) => logged.push(line) }) };
  };

  it('sends events and changes', async () => {
    const sent: unknown[] = [];
    const context = contextWith(async (entries) => void sent.push(...entries));
    await announce(context, { events, changes });
    expect(sent).to.deep.equal(events);
    expect(context.told).to.deep.equal(changes);
    expect(context.logged).to.deep.equal([]);
  });

  it('does not fail where the broker does: the change is committed', async () => {
    const failing = [
      () => Promise.reject(new Error('away')),
      () => {
        throw new Error('away');
      },
    ];
    for (const publish of failing) {
      const context = contextWith(publish);
      await announce(context, { events });
      expect(context.logged).to.have.length(1);
      expect(context.logged[0]).to.include('not announced').and.to.include('away');
    }
  });
});

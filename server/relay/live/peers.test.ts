import { expect } from 'chai';
import type { Presence, Signal } from '../../broker/live.ts';
import { readConfig } from '../../config.ts';
import { Peers } from './peers.ts';

/** A relay's peers over a wire that only notes what is said on it. */
function onAWire() {
  const said: Signal[] = [];
  const own = new Map<string, Presence>();
  let now = 0;
  let hear: (from: string, signal: Signal) => void = () => {};
  const live = {
    up: true,
    publish: (signal: Signal) => said.push(signal),
    flush() {},
    onBack: () => () => {},
    listen(listener: typeof hear) {
      hear = listener;
      return () => {};
    },
  };
  const context = { broker: { live }, clock: { now: () => now }, config: readConfig({ PRESENCE_BEAT_MS: '1000' }) };
  const peers = new Peers({
    context: context as never,
    own: () => own,
    change: (_users, _at, change) => change(),
    typing() {},
  });
  const pass = (ms: number) => {
    for (const end = now + ms; now < end; now += 100) peers.sweep(now);
  };
  return { said, own, peers, live, pass, hear: (from: string, signal: Signal) => hear(from, signal) };
}

const all = (...users: [string, Presence][]): Signal => ({ type: 'all', users, part: 0, parts: 1 });

describe('the peers of a relay', () => {
  it('are told nothing where there are none, or where nobody is here', () => {
    const { said, own, peers, pass, hear } = onAWire();
    expect(said.map(({ type }) => type)).to.deep.equal(['hello', 'all']);
    own.set('ann', 'online');
    peers.tell('ann', 'online', 0);
    pass(60_000);
    own.clear();
    hear('other', all());
    pass(60_000);
    expect(said.length).to.equal(2);
  });

  it('hear a beat as long as somebody is here', () => {
    const { said, own, pass, hear } = onAWire();
    own.set('ann', 'online');
    hear('other', { type: 'hello' });
    said.length = 0;
    pass(5000);
    expect(said.length).to.be.within(4, 5);
    expect(said[0]).to.deep.equal({ type: 'beat', users: 1 });
  });

  it('are not taken for dead while the broker is away', () => {
    const { peers, live, pass, hear } = onAWire();
    hear('other', all(['bob', 'online']));
    live.up = false;
    pass(60_000);
    expect(peers.stateOf('bob')).to.equal('online');
    live.up = true;
    pass(60_000);
    expect(peers.stateOf('bob')).to.equal(undefined);
  });

  it('say who is there in parts, which count when all have come', () => {
    const { peers, hear } = onAWire();
    hear('other', all(['bob', 'away']));
    hear('other', { type: 'all', users: [['cat', 'online']], part: 0, parts: 2 });
    expect(peers.stateOf('bob')).to.equal('away');
    hear('other', { type: 'all', users: [['dan', 'away']], part: 1, parts: 2 });
    expect(['bob', 'cat', 'dan'].map((user) => peers.stateOf(user))).to.deep.equal([undefined, 'online', 'away']);
    hear('third', all(['dan', 'online']));
    expect(peers.stateOf('dan')).to.equal('online');
  });
});

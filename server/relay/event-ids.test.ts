import { expect } from 'chai';
import { EventIds } from './event-ids.ts';

describe('the ids of events in a session', () => {
  it('are those it has seen, and no others', () => {
    const ids = new EventIds();
    expect(['', 'e-0', 'e-1', 'e-7'].map((id) => ids.numberOf(id))).to.deep.equal(Array(4).fill(undefined));
    // the numbers of a device go on from session to session
    expect([7, 8, 9].map((number) => ids.idFor(number))).to.deep.equal(['e-7', 'e-8', 'e-9']);
    expect(['e-7', 'e-9'].map((id) => ids.numberOf(id))).to.deep.equal([7, 9]);
    for (const id of ['e-6', 'e-10', 'e-0', 'e-07', 'e-7 ', 'b-7', '7', 'e-8e0', 'e-1e1']) {
      expect(ids.numberOf(id), id).to.equal(undefined);
    }
  });
});

import { expect } from 'chai';
import * as fc from 'fast-check';
import { Unacknowledged } from './unacknowledged.ts';

describe('what is not acknowledged', () => {
  it('is what a plain set says it is', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ gap: fc.integer({ min: 1, max: 40 }) }) },
      { weight: 2, arbitrary: fc.record({ nth: fc.nat(), cumulative: fc.boolean() }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const [model, tested] = [new Set<number>(), new Unacknowledged()];
        let highest = 0;
        for (const one of steps) {
          if ('gap' in one) {
            highest += one.gap;
            model.add(highest);
            tested.add(highest);
          } else if (model.size > 0) {
            const tag = [...model][one.nth % model.size] as number;
            for (const other of model) if (other === tag || (one.cumulative && other < tag)) model.delete(other);
            tested.take(tag, one.cumulative);
          }
          expect(tested.isEmpty).to.equal(model.size === 0);
        }
        for (let tag = 0; tag <= highest + 40; tag++) expect(tested.has(tag), `${tag}`).to.equal(model.has(tag));
      }),
    );
  });

  it('can be tried with', () => {
    const kept = new Unacknowledged();
    for (const tag of [1, 31, 32, 33]) kept.add(tag);
    const trial = kept.copy();
    trial.take(32, true);
    expect([1, 31, 32, 33].filter((tag) => trial.has(tag))).to.deep.equal([33]);
    expect([1, 31, 32, 33].filter((tag) => kept.has(tag))).to.deep.equal([1, 31, 32, 33]);
  });
});

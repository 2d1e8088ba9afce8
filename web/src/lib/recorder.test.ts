import { expect } from 'chai';
import { stepsOf } from './recorder.ts';

describe('how loud a recording was', () => {
  it('has as many steps as are shown at most, the loudest 100', () => {
    const steps = stepsOf(Array.from({ length: 1000 }, (_, i) => (i === 500 ? 0.5 : 0.1)));
    expect(steps).to.have.length(56);
    expect(Math.max(...steps)).to.equal(100);
    expect(steps[0]).to.equal(20);
  });
  it('of a short one has fewer, of none one', () => {
    expect(stepsOf([0.2, 0.4])).to.deep.equal([50, 100]);
    expect(stepsOf([])).to.deep.equal([0]);
  });
});

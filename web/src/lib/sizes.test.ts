import { expect } from 'chai';
import { durationInWords, sizeInWords } from './sizes.ts';

describe('sizes in words', () => {
  it('have the unit that makes them short', () => {
    expect([0, 999, 1000, 15_499, 2_500_000, 7e9].map(sizeInWords)).to.deep.equal([
      '0 bytes',
      '999 bytes',
      '1.0 KB',
      '15 KB',
      '2.5 MB',
      '7.0 GB',
    ]);
  });
  it('and durations', () => {
    expect([0, 65_000, 3_723_000].map(durationInWords)).to.deep.equal(['0:00', '1:05', '1:02:03']);
  });
});

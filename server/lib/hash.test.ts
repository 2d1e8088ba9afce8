import { expect } from 'chai';
import { hash32 } from './hash.ts';
import { newId } from './id.ts';

describe('the hash', () => {
  it('is the same in every release: shards depend on it', () => {
    expect(['', 'a', 'alice', 'd-alice-bob', 'ä👋'].map(hash32)).to.deep.equal([
      2872998923, 444641715, 3927234078, 3038478620, 603358398,
    ]);
  });

  it('spreads ids over shards, whatever their number', () => {
    const keys = Array.from({ length: 20_000 }, () => newId());
    for (const shards of [2, 3, 8, 32, 64]) {
      const counts = Array.from({ length: shards }, () => 0);
      for (const key of keys) counts[hash32(key) % shards] = (counts[hash32(key) % shards] as number) + 1;
      const fair = keys.length / shards;
      // five standard deviations of a fair throw
      for (const count of counts) expect(Math.abs(count - fair), `${shards}`).to.be.below(5 * Math.sqrt(fair));
    }
  });

  it('spreads short keys that differ little', () => {
    const odd = Array.from({ length: 1000 }, (_, n) => hash32(`u${n}`) % 2).filter(Boolean).length;
    expect(odd).to.be.within(420, 580);
  });
});

import { expect } from 'chai';
import { FairBuffer } from './fair-buffer.ts';

function filled(words: string): FairBuffer<string> {
  const buffer = new FairBuffer<string>();
  // the first letter is the lane
  for (const word of words.split(' ')) buffer.add(word, word.length, word[0] as string);
  return buffer;
}

describe('a fair buffer', () => {
  it('gives all there is at once, in the order it came', () => {
    const buffer = filled('a1 b1 a2 a3');
    expect(buffer.take(4, 100)).to.deep.equal(['a1', 'b1', 'a2', 'a3']);
    expect([buffer.length, buffer.bytes]).to.deep.equal([0, 0]);
  });

  it('takes turns where not all can be given, and goes on where it was', () => {
    const buffer = filled('a1 a2 a3 a4 b1 c1 c2');
    expect(buffer.take(4, 100)).to.deep.equal(['a1', 'a2', 'b1', 'c1']);
    expect([buffer.length, buffer.bytes]).to.deep.equal([3, 6]);
    buffer.add('b2', 2, 'b');
    expect(buffer.take(3, 100)).to.deep.equal(['a3', 'c2', 'b2']);
    expect(buffer.take(3, 100)).to.deep.equal(['a4']);
  });

  it('keeps to the bytes, but for one that is larger', () => {
    const buffer = filled('aaaaaa b1 c1 d1');
    expect(buffer.take(9, 5)).to.deep.equal(['aaaaaa']);
    expect(buffer.take(9, 5)).to.deep.equal(['b1', 'c1']);
    expect(buffer.take(9, 5)).to.deep.equal(['d1']);
    expect(buffer.take(9, 5)).to.deep.equal([]);
  });

  it('loses and doubles nothing in a lane that is never empty', () => {
    const buffer = new FairBuffer<number>();
    const taken: number[] = [];
    for (let n = 0; n < 10_000; n++) {
      buffer.add(n, 1, 'a');
      buffer.add(-n, 1, 'b');
      if (n >= 5) taken.push(...buffer.take(2, 100));
    }
    for (let rest = buffer.take(7, 100); rest.length > 0; rest = buffer.take(7, 100)) taken.push(...rest);
    const expected = Array.from({ length: 10_000 }, (_, n) => n);
    expect(taken.filter((n) => n > 0)).to.deep.equal(expected.slice(1));
    expect(taken.filter((n) => n < 0).map((n) => -n)).to.deep.equal(expected.slice(1));
    expect(taken.length).to.equal(20_000);
  });
});

import { expect } from 'chai';
import { termsOf } from './search-terms.ts';
import { highlightsIn, matchIn, tsqueryOf, wantedOf } from './search-words.ts';

describe('the words of a search', () => {
  const found = (text: string, query: string) =>
    highlightsIn(text, wantedOf(query)).map(({ start, end }) => text.slice(start, end));
  const rank = (text: string, query: string) => {
    const matched = matchIn(text, wantedOf(query));
    return matched && [matched.whole, matched.phrase];
  };

  it('are found whatever their case, accents and width, as they stand in the text', () => {
    expect(found('Une CRÈME brûlée, ｆｕｌｌ', 'creme BRÛL full')).to.deep.equal(['CRÈME', 'brûlée', 'ｆｕｌｌ']);
    expect(found('<b>bold</b> & "quoted"', 'b')).to.deep.equal(['b', 'bold', 'b']);
    expect(found('naïve', 'naive')).to.deep.equal(['naïve']);
  });

  it('are beginnings; whole ones and whole phrases count for more', () => {
    expect(rank('the gardener comes', 'garden')).to.deep.equal([false, false]);
    expect(rank('come to the garden', 'garden come')).to.deep.equal([true, false]);
    expect(rank('come to the garden', 'the garden')).to.deep.equal([true, true]);
    expect(rank('come to the garden', 'rose garden')).to.equal(undefined);
  });

  it('of scripts without spaces are runs of characters, wherever they begin', () => {
    expect(found('我们明天去北京大学吧', '北京')).to.deep.equal(['北京']);
    expect(found('我们明天去北京大学吧', '京')).to.deep.equal(['京']);
    expect(found('東京タワーへ行こう🎉', 'タワー')).to.deep.equal(['タワー']);
    expect(found('party 🎉🎉', '🎉🎉')).to.deep.equal(['🎉🎉']);
    // both pairs are there, but not the three
    expect(rank('北京人、京都', '北京都')).to.equal(undefined);
    expect(found('iPhone手机壳', '手机 iphone')).to.deep.equal(['iPhone', '手机']);
  });

  it('are found in the terms that the index has', () => {
    const sample = 'Das 北京大学 in Köln: 50% off_now été';
    const terms = new Set(termsOf(sample));
    for (const word of ['das', 'koln', '50', 'off', 'now', 'ete', '北京', '京大', '大学', '学'])
      expect([...terms]).to.include(word);
    expect(tsqueryOf(wantedOf('köln 北京大'), {})).to.equal("'koln':* <0> '北京' <0> '京大'");
    expect(tsqueryOf(wantedOf('学'), { sender: "u'1", kind: ['image', 'file'] })).to.equal(
      "'学':* <0> '@u''1' <0> ('/image' | '/file')",
    );
    expect(tsqueryOf([], {})).to.equal(undefined);
  });

  it('hold nothing that a query of PostgreSQL would read as its own', () => {
    const hostile = `'; DROP TABLE message; -- \\ !x & (y | z):*A <-> "`;
    expect(tsqueryOf(wantedOf(hostile), {})).to.match(/^('\p{L}+':\*( <0> )?)+$/u);
  });

  it('of a text are bounded, in length and in number', () => {
    expect(termsOf('x'.repeat(10_000))).to.deep.equal(['x'.repeat(32)]);
    expect(termsOf(Array.from({ length: 5000 }, (_, i) => `w${i}`).join(' ')).length).to.equal(1000);
    expect(tsqueryOf(wantedOf('x'.repeat(100)), {})).to.equal(`'${'x'.repeat(32)}':*`);
  });
});

import { expect } from 'chai';
import { foundParts } from './highlights.ts';

describe('what was found in a text', () => {
  it('is set apart, and nothing else is lost', () => {
    expect(
      foundParts('one two one', [
        { start: 8, end: 11 },
        { start: 0, end: 3 },
      ]),
    ).to.deep.equal([
      { text: 'one', found: true },
      { text: ' two ', found: false },
      { text: 'one', found: true },
    ]);
    expect(foundParts('nothing', [])).to.deep.equal([{ text: 'nothing', found: false }]);
  });

  it('is shown with a little before it, from the beginning of a word', () => {
    const text = `${'before '.repeat(30)}here`;
    const parts = foundParts(text, [{ start: text.length - 4, end: text.length }]);
    expect(parts[0]).to.deep.equal({ text: '…', found: false });
    expect(parts[1]?.text).to.match(/^(before ){1,6}$/);
    expect(parts[2]).to.deep.equal({ text: 'here', found: true });
  });
});

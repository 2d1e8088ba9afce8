import { expect } from 'chai';
import { isEmoji } from './emoji.ts';

describe('an emoji', () => {
  it('is one of those for interchange: with skin tone, joined, a flag, a keycap', () => {
    for (const text of ['👍', '👍🏽', '❤️', '👩‍❤️‍💋‍👨', '👨‍👩‍👧‍👦', '🇩🇪', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '1️⃣', '🏳️‍🌈'])
      expect(isEmoji(text), text).to.equal(true);
  });

  it('is not two, not a text, not a part of one, not one in another form', () => {
    for (const text of [
      '',
      '👍👍',
      'a',
      '1',
      ':)',
      '👍 ',
      '\u200d',
      '🏽a',
      '🇩',
      '❤',
      '👍\0',
      '<b>',
      '👨‍',
      '👍'.repeat(40),
    ]) {
      expect(isEmoji(text), JSON.stringify(text)).to.equal(false);
    }
  });
});

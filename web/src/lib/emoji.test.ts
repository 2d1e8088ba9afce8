import { expect } from 'chai';
import { isEmoji } from '../../../server/contract/emoji.ts';
import { emojiGroups, isEmojiOnly, quickEmoji } from './emoji.ts';

describe('the emoji one picks from', () => {
  it('are all taken as reactions', () => {
    const all = [...quickEmoji, ...emojiGroups.flatMap(({ emoji }) => emoji)];
    expect(all.filter((one) => !isEmoji(one))).to.deep.equal([]);
  });

  it('are shown large when they stand alone', () => {
    expect(['👍', '❤️ 🎉', '👨‍👩‍👧👍🏽🇪🇺'].every(isEmojiOnly)).to.equal(true);
    expect(['', 'a👍', '1', '👍👍👍👍', ':)'].some(isEmojiOnly)).to.equal(false);
  });
});

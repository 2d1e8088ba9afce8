import { expect } from 'chai';
import type { MessageEvent } from '../../../server/contract/events.ts';
import { edited, reacted, recalled } from './changed-message.ts';

const place = { id: 'm', conversation: 'c', seq: 1 };
const message: MessageEvent = {
  type: 'message',
  ...place,
  sender: 'ann',
  device: 'd',
  clientMessageId: 'x',
  kind: 'text',
  text: 'one',
  mentions: ['ben'],
  sentAt: '2026-01-02T03:04:05.000Z',
};
const at = (minute: number) => `2026-01-02T03:0${minute}:00.000Z`;
const edit = (text: string, minute: number) =>
  ({ type: 'message.edited', ...place, text, editedAt: at(minute) }) as const;
const recall = { type: 'message.recalled', ...place, recalledBy: 'ann', recalledAt: at(9) } as const;
const react = (user: string, emoji: string | null) => ({ type: 'reaction', ...place, user, emoji }) as const;

describe('a message to which something was done', () => {
  it('reads as the latest edit, in whatever order they come', () => {
    const late = edited(message, edit('three', 6));
    expect(late).to.include({ text: 'three', editedAt: at(6) });
    expect(edited(late, edit('two', 5))).to.deep.equal(late);
  });

  it('says nothing any more when it was recalled', () => {
    const gone = recalled(reacted(edited(message, edit('two', 5)), react('ben', '👍')), recall);
    expect(gone).to.include({ recalledAt: at(9), recalledBy: 'ann', seq: 1 });
    expect(gone).to.not.have.any.keys('text', 'media', 'mentions', 'editedAt', 'reactions');
    expect(edited(gone, edit('three', 8))).to.deep.equal(gone);
    expect(reacted(gone, react('ben', '👍'))).to.deep.equal(gone);
  });

  it('has one reaction of each, changed or taken back; the same twice is one', () => {
    let now = reacted(reacted(message, react('ann', '👍')), react('ben', '👍'));
    expect(now.reactions).to.deep.equal([{ emoji: '👍', count: 2, users: ['ann', 'ben'] }]);
    now = reacted(reacted(now, react('ben', '😂')), react('ben', '😂'));
    expect(now.reactions).to.deep.equal([
      { emoji: '👍', count: 1, users: ['ann'] },
      { emoji: '😂', count: 1, users: ['ben'] },
    ]);
    expect(reacted(reacted(now, react('ann', null)), react('ben', null))).to.deep.equal(message);
  });
});

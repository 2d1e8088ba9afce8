import { expect } from 'chai';
import { messageEvent } from '../contract/events.ts';
import { toMessageEvent } from './message-row.ts';

const row = {
  conversationId: 'c',
  seq: 3,
  id: 'm',
  senderId: 'ann',
  deviceId: 'phone',
  clientMessageId: 'x',
  kind: 'text',
  text: 'hello',
  media: null,
  replyTo: null,
  mentions: [],
  sentAt: new Date('2026-01-02T03:04:05.678Z'),
  editedAt: null,
  recalledAt: null,
  recalledBy: null,
  reactions: null,
};

describe('a stored message as an event', () => {
  it('leaves out what the message does not have', () => {
    const event = toMessageEvent(row);
    expect(event).to.deep.equal({
      type: 'message',
      id: 'm',
      conversation: 'c',
      seq: 3,
      sender: 'ann',
      device: 'phone',
      clientMessageId: 'x',
      kind: 'text',
      text: 'hello',
      sentAt: '2026-01-02T03:04:05.678Z',
    });
    expect(messageEvent.parse(event)).to.deep.equal(event);
  });

  it('says what became of it', () => {
    const at = new Date('2026-01-02T03:05:00Z');
    const reactions = [{ emoji: '👍', count: 1, users: ['ben'] }];
    const edited = toMessageEvent({ ...row, editedAt: at, reactions });
    expect(edited).to.deep.include({ editedAt: '2026-01-02T03:05:00.000Z', reactions });
    const recalled = toMessageEvent({ ...row, text: null, recalledAt: at, recalledBy: 'ann', reactions: [] });
    expect(recalled).to.include({ recalledAt: '2026-01-02T03:05:00.000Z', recalledBy: 'ann' });
    expect(recalled).to.not.have.any.keys('text', 'reactions', 'editedAt');
    const answering = toMessageEvent({ ...row, quote: { id: 'q', seq: 1, sender: 'ben', kind: 'text', text: 'why?' } });
    expect(answering.quote).to.deep.equal({ id: 'q', seq: 1, sender: 'ben', kind: 'text', text: 'why?' });
    for (const event of [edited, recalled, answering]) expect(messageEvent.parse(event)).to.deep.equal(event);
  });

  it('keeps what it has, an empty text and a false one of media too', () => {
    const event = toMessageEvent({ ...row, kind: 'image', text: '', media: false, replyTo: 'r', mentions: ['ben'] });
    expect(event).to.include({ kind: 'image', text: '', media: false, replyTo: 'r' });
    expect(event.mentions).to.deep.equal(['ben']);
    expect(messageEvent.parse(event)).to.deep.equal(event);
  });
});

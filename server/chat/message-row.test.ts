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

  it('keeps what it has, an empty text and a false one of media too', () => {
    const event = toMessageEvent({ ...row, kind: 'image', text: '', media: false, replyTo: 'r', mentions: ['ben'] });
    expect(event).to.include({ kind: 'image', text: '', media: false, replyTo: 'r' });
    expect(event.mentions).to.deep.equal(['ben']);
    expect(messageEvent.parse(event)).to.deep.equal(event);
  });
});

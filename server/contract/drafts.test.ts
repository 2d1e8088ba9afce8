import { expect } from 'chai';
import { markerDraft, messageDraft } from './drafts.ts';
import { limits } from './limits.ts';

const good = { clientMessageId: 'm1', to: { user: 'u1' }, kind: 'text', text: 'hello' };
const takes = (change: object) => messageDraft.safeParse({ ...good, ...change }).success;

describe('a message draft', () => {
  it('drops what only the server may say', () => {
    const claims = { sender: 'x', device: 'x', id: 'x', seq: 1, sentAt: 'x', conversation: 'x' };
    expect(messageDraft.parse({ ...good, ...claims })).to.deep.equal(good);
  });

  it('takes every kind; only a text needs a text', () => {
    const media = {
      ...Object.fromEntries(['image', 'audio', 'video', 'file'].map((kind) => [kind, { id: 'f1' }])),
      location: { latitude: 1, longitude: 2 },
      contact: { userId: 'u1' },
      poll: { question: 'q', options: ['a', 'b'] },
    };
    for (const [kind, holds] of Object.entries(media)) {
      expect(takes({ kind, text: undefined, media: holds }), kind).to.equal(true);
      expect(takes({ kind, text: undefined, media: 7 }), kind).to.equal(false);
    }
    expect(takes({ kind: 'text', text: undefined })).to.equal(false);
    expect(takes({ kind: 'text', text: '' })).to.equal(false);
    expect(takes({ kind: 'Text' })).to.equal(false);
  });

  it('goes to one of a user and a conversation', () => {
    expect(takes({ to: { conversation: 'c1' } })).to.equal(true);
    for (const to of [{}, null, 'u1', { user: 'u1', conversation: 'c1' }, { user: 1 }, { user: 'u'.repeat(129) }]) {
      expect(takes({ to }), JSON.stringify(to)).to.equal(false);
    }
  });

  it('counts a text in bytes of UTF-8, to the byte', () => {
    expect(takes({ text: 'x'.repeat(limits.textBytes) })).to.equal(true);
    expect(takes({ text: 'x'.repeat(limits.textBytes + 1) })).to.equal(false);
    expect(takes({ text: '👋'.repeat(limits.textBytes / 4) })).to.equal(true);
    expect(takes({ text: `${'👋'.repeat(limits.textBytes / 4)}x` })).to.equal(false);
  });

  it('holds no NUL where PostgreSQL could not ask for it', () => {
    expect(takes({ text: 'a\0' })).to.equal(false);
    expect(takes({ to: { user: '\0' } })).to.equal(false);
    expect(takes({ replyTo: '\0' })).to.equal(false);
    expect(takes({ mentions: ['\0'] })).to.equal(false);
  });
});

describe('a marker draft', () => {
  it('says how far, of one or of both', () => {
    const takes = (change: object) => markerDraft.safeParse({ conversation: 'c1', ...change }).success;
    expect([takes({ read: 1 }), takes({ delivered: 1 }), takes({ read: 1, delivered: 2 })]).to.not.include(false);
    for (const wrong of [{}, { read: 0 }, { read: -1 }, { read: 1.5 }, { read: '1' }, { delivered: 2 ** 31 }]) {
      expect(takes(wrong), JSON.stringify(wrong)).to.equal(false);
    }
  });
});

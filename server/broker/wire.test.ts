import { expect } from 'chai';
import {
  type ActionEnvelope,
  decodeInbound,
  decodeMailbox,
  encodeAction,
  encodeMailbox,
  encodeMarker,
  encodeMessage,
  type MessageEnvelope,
  messageEventJson,
} from './wire.ts';

const texts = ['', 'hello', 'a\nb\r\nc', '"quoted" \\ back', '\u2028\u2029', 'wörld 👋', '}\n{', 'm{"id":1}\n'];
const envelope = (text: string): MessageEnvelope => ({
  id: 'i1',
  conversation: 'c1',
  sender: 's1',
  device: 'd1',
  clientMessageId: 'm\n1',
  kind: 'text',
  text,
  media: { nested: [text] },
  sentAt: '2025-11-23T00:00:00.000Z',
});
const never = (line: Buffer, reason: string) => expect.fail(`${line.toString()}: ${reason}`);

describe('an inbound batch', () => {
  it('gives back what went in, line breaks and all, in order', () => {
    const marker = { conversation: 'c\n1', user: 'u1', delivered: 3 };
    const batch = Buffer.concat([...texts.map((text) => encodeMessage(envelope(text))), encodeMarker(marker)]);
    const entries = decodeInbound(batch, never);
    expect(entries.slice(0, -1).map(({ envelope }) => envelope)).to.deep.equal(texts.map(envelope));
    expect(entries.at(-1)).to.deep.equal({ kind: 'marker', envelope: marker });
  });

  it('gives back what is done to a message', () => {
    const edits = texts.map((text, seq): ActionEnvelope => {
      return { id: `a${seq}`, action: 'edit', conversation: 'c1', seq, by: 'u1', text, at: '2025-11-23T00:00:00.000Z' };
    });
    const entries = decodeInbound(Buffer.concat(edits.map(encodeAction)), never);
    expect(entries.map(({ kind, envelope }) => ({ kind, envelope }))).to.deep.equal(
      edits.map((envelope) => ({ kind: 'action', envelope })),
    );
  });

  it('hands out each line that cannot be read, and reads the others', () => {
    const broken: string[] = [];
    const good = encodeMessage(envelope('x'));
    const batch = Buffer.concat([good, Buffer.from('m{"id":\nz{}\n\n'), good, Buffer.from('m{"cut o')]);
    const entries = decodeInbound(batch, (line, reason) => broken.push(`${line.toString()}|${reason.length > 0}`));
    expect(entries.length).to.equal(2);
    expect(broken).to.deep.equal(['m{"id":|true', 'z{}|true', '|true', 'm{"cut o|true']);
  });

  it('becomes the event by what is put in front, and nothing else changes', () => {
    const [entry] = decodeInbound(encodeMessage(envelope('a\n"b"')), never);
    if (entry?.kind !== 'message') throw new Error('no message');
    expect(JSON.parse(messageEventJson(entry.line, 7))).to.deep.equal({
      type: 'message',
      seq: 7,
      ...envelope('a\n"b"'),
    });
  });
});

describe('a mailbox batch', () => {
  it('gives back what went in, in order', () => {
    const entries = texts.map((text, n) => ({
      header: { to: ['u\n1', 'u2'], key: `${n}`, message: { conversation: text, seq: n, sender: 's' } },
      event: JSON.stringify({ text }),
    }));
    const batch = Buffer.concat(entries.map(({ header, event }) => encodeMailbox(header, event)));
    const read = decodeMailbox(batch).map(({ header, event }) => ({ header, event: event.toString('utf8') }));
    expect(read).to.deep.equal(entries);
  });

  it('is refused as a whole where a header is broken', () => {
    const good = encodeMailbox({ to: ['u'], key: 'k' }, '{}');
    expect(() => decodeMailbox(Buffer.concat([good, Buffer.from('{"to":\n{}\n')]))).to.throw(SyntaxError);
  });
});

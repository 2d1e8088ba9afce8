import { expect } from 'chai';
import type { MessageEvent } from '../../server/contract/events.ts';
import type { MemberRole, SystemContent } from '../../server/contract/group.ts';
import { Book } from './book.ts';
import { check, type Evidence, type Reader } from './check.ts';
import { mayRead, pastOf } from './stays.ts';
import { Told } from './told.ts';

const at = '2026-01-01T00:00:00.000Z';
const later = '2026-01-01T00:00:01.000Z';
const message = (seq: number, sender: string, text: string, more: Partial<MessageEvent> = {}): MessageEvent => ({
  type: 'message',
  id: `m${seq}`,
  conversation: 'g',
  seq,
  sender,
  device: 'd1',
  clientMessageId: `c${seq}`,
  kind: 'text',
  text,
  sentAt: at,
  ...more,
});
const system = (seq: number, media: SystemContent): MessageEvent => ({
  ...message(seq, 'ann', ''),
  text: undefined,
  kind: 'system',
  media,
});

/** Ann makes it, Ben is removed at 4 and comes again at 6, Cat comes at 3. */
const messages = [
  system(1, { change: 'made', title: 'We' }),
  message(2, 'ben', 'two'),
  system(3, { change: 'joined', users: ['cat'] }),
  system(4, { change: 'removed', users: ['ben'] }),
  message(5, 'cat', 'five, edited', { editedAt: later }),
  system(6, { change: 'joined', users: ['ben'] }),
];
const first = ['ann', 'ben'];

describe('the check of a ledger', () => {
  let evidence: Evidence;
  let devices: Record<string, Told>;
  let readers: Record<string, { -readonly [Key in keyof Reader]: Reader[Key] }>;

  beforeEach(() => {
    const past = pastOf(messages, first);
    const book = new Book();
    book.say('c2', 'ben', 'two').receipted = 0;
    const five = book.say('c5', 'cat', 'five');
    five.texts.push('five, edited');
    five.receipted = 1;
    devices = Object.fromEntries(['ann', 'ben', 'cat'].map((user) => [user, new Told('d1', user, 'g')]));
    for (const [user, told] of Object.entries(devices)) {
      for (const one of messages) {
        if (user === 'ben' && one.seq === 5) continue;
        if (user === 'cat' && one.seq < 3) continue;
        told.take(one.seq === 5 ? message(5, 'cat', 'five') : one);
        if (one.seq !== 5) continue;
        told.take({
          type: 'message.edited',
          id: 'm5',
          conversation: 'g',
          seq: 5,
          text: 'five, edited',
          editedAt: later,
        });
      }
    }
    readers = Object.fromEntries(
      ['ann', 'ben', 'cat'].map((user) => {
        const history = messages.filter(({ seq }) => mayRead(past, user, seq));
        return [user, { user, history, found: [], roles: new Map(past.roles), believesToBeIn: true }];
      }),
    );
    evidence = { book, past, devices: Object.values(devices), readers: Object.values(readers) };
  });
  const broken = () => [...check(evidence).values()].flat();
  const telling = (user: string, what: string) => expect(broken().join('\n')).to.include(user).and.to.include(what);

  it('finds nothing where nothing is wrong', () => {
    expect(broken()).to.deep.equal([]);
    expect([...evidence.past.roles]).to.deep.equal([
      ['ann', 'owner'],
      ['cat', 'member'],
      ['ben', 'member'],
    ]);
  });

  it('finds what somebody was told, reads or finds that was not hers', () => {
    devices.ben?.take(message(5, 'cat', 'five'));
    telling('ben', 'was told of seq 5');
    readers.cat!.history = messages;
    telling('cat', 'reads seq 1 where seq 3 is due');
    readers.cat!.found = [message(2, 'ben', 'two')];
    telling('cat', 'finds seq 2');
  });

  it('finds what somebody has missed', () => {
    (evidence.devices as Told[]).push(new Told('d2', 'cat', 'g'));
    telling('d2 of cat', 'never heard of seq 5');
    readers.ann!.history = messages.slice(0, -1);
    telling('ann', 'where seq 6 is due');
  });

  it('finds an order, an id or a time that is wrong', () => {
    const device = new Told('d3', 'ann', 'g');
    for (const seq of [2, 5, 3]) device.take(message(seq, 'ben', 'x'));
    expect(device.complaints.join()).to.include('seq 3 after seq 5');
    device.take(message(5, 'ben', 'x', { id: 'other' }));
    expect(device.complaints.join()).to.include('two messages at seq 5');
    const gone = new Told('d4', 'ben', 'g');
    gone.take(message(2, 'ben', 'two'));
    gone.take({ type: 'member', conversation: 'g', user: 'ben', change: 'removed', by: 'ann' });
    gone.take({ type: 'message.edited', id: 'm2', conversation: 'g', seq: 2, text: 'x', editedAt: later });
    expect(gone.complaints.join()).to.include('when its user had gone');
  });

  it('finds a message that is lost, said by nobody, or not as its sender left it', () => {
    const { book } = evidence;
    book.say('c9', 'cat', 'nine').receipted = 0;
    telling('cat', 'was receipted and is lost');
    book.said.delete('c9');
    book.said.get('c5')!.texts.push('again');
    book.said.get('c5')!.receipted = 2;
    telling('c5', 'says "five, edited", not "again"');
    book.said.delete('c2');
    telling('c2', 'said by nobody');
  });

  it('finds what a device shows otherwise, and roles that are others', () => {
    devices.cat?.take({ type: 'reaction', id: 'm5', conversation: 'g', seq: 5, user: 'ann', emoji: '👍' });
    telling('cat', 'shows seq 5');
    readers.ben!.roles = new Map<string, MemberRole>([
      ['ann', 'owner'],
      ['ben', 'admin'],
      ['cat', 'member'],
    ]);
    telling('ben', 'sees other members or roles');
    readers.cat!.believesToBeIn = false;
    telling('cat', 'was answered that she is out');
  });
});

import { expect } from 'chai';
import type { InboundLine } from '../broker/inbound.ts';
import type { Context } from '../context.ts';
import { directConversationId } from '../contract/conversation-id.ts';
import { Markers } from './markers.ts';

const direct = directConversationId('alice', 'bob');

describe("a member's delivered markers", () => {
  let now: number;
  let takes: boolean;
  let sent: { conversation: string; user: string; delivered: number }[];
  let markers: Markers;

  beforeEach(() => {
    now = 1_000_000;
    takes = true;
    sent = [];
    markers = new Markers({
      clock: { now: () => now },
      config: { MARKER_INTERVAL_MS: 500 },
      broker: {
        inbound: {
          offer({ conversation, line }: InboundLine) {
            const marker = JSON.parse(line.toString('utf8', 1)) as (typeof sent)[0];
            expect(marker.conversation).to.equal(conversation);
            if (takes) sent.push(marker);
            return takes;
          },
        },
      },
    } as unknown as Context);
  });
  const after = (ms: number) => {
    now += ms;
    markers.sweep(now);
  };
  const seqs = () => sent.map(({ delivered }) => delivered);

  it('leave at once the first time, then at most once in the interval, with the highest', () => {
    for (let seq = 1; seq <= 5; seq++) markers.delivered('bob', { conversation: direct, seq });
    expect(sent).to.deep.equal([{ conversation: direct, user: 'bob', delivered: 1 }]);
    after(499);
    expect(seqs()).to.deep.equal([1]);
    after(1);
    expect(seqs()).to.deep.equal([1, 5]);
    after(10_000);
    expect(seqs()).to.deep.equal([1, 5]);
  });

  it('never go backward', () => {
    markers.delivered('bob', { conversation: direct, seq: 9 });
    now += 1000;
    markers.delivered('bob', { conversation: direct, seq: 4 });
    after(1000);
    expect(seqs()).to.deep.equal([9]);
  });

  it('are apart for each member and conversation', () => {
    markers.delivered('bob', { conversation: direct, seq: 1 });
    markers.delivered('alice', { conversation: direct, seq: 1 });
    markers.delivered('bob', { conversation: 'group', seq: 1 });
    expect(sent.length).to.equal(3);
  });

  it('of a group leave after an interval in which no message came, and five times as seldom while they come', () => {
    markers.delivered('bob', { conversation: 'group', seq: 1 });
    markers.delivered('bob', { conversation: 'group', seq: 2 });
    after(499);
    expect(seqs()).to.deep.equal([1]);
    after(1);
    expect(seqs()).to.deep.equal([1, 2]);
    for (let seq = 3; seq <= 12; seq++) {
      markers.delivered('bob', { conversation: 'group', seq });
      after(250);
    }
    expect(seqs()).to.deep.equal([1, 2, 12]);
  });

  it('are kept while the broker takes no more', () => {
    takes = false;
    markers.delivered('bob', { conversation: direct, seq: 1 });
    after(250);
    takes = true;
    after(250);
    expect(seqs()).to.deep.equal([1]);
  });

  it('leave at the end, whatever the interval', () => {
    for (const seq of [1, 2]) markers.delivered('bob', { conversation: direct, seq });
    markers.flush();
    expect(seqs()).to.deep.equal([1, 2]);
    markers.flush();
    expect(seqs()).to.deep.equal([1, 2]);
  });

  it('are forgotten when nothing is left to say', () => {
    markers.delivered('bob', { conversation: direct, seq: 3 });
    after(5001);
    // known no more: it is said again, and moves nothing
    markers.delivered('bob', { conversation: direct, seq: 3 });
    expect(seqs()).to.deep.equal([3, 3]);
  });
});

import { expect } from 'chai';
import { ParleyError } from '../errors.ts';
import type { Acted } from './message-rules.ts';
import { mustBeClosable, mustTakeVotes } from './poll-rules.ts';

const acted: Acted = {
  conversation: 'c',
  seq: 1,
  sender: 'ann',
  by: 'ben',
  sentAt: new Date(0),
  recalled: false,
  system: false,
  edits: 0,
  role: 'member',
  kind: 'group',
  poll: { options: 3, multiple: false, closed: false },
};
const poll = { options: 3, multiple: true, closed: false };
const codeOf = (rule: () => void) => {
  try {
    rule();
    return undefined;
  } catch (error) {
    return (error as ParleyError).code;
  }
};

describe('the rules of a poll', () => {
  it('take votes for what there is to vote for, one or several', () => {
    for (const options of [[], [0], [2]]) expect(codeOf(() => mustTakeVotes(acted, options))).to.equal(undefined);
    expect(codeOf(() => mustTakeVotes(acted, [3]))).to.equal('draft-invalid');
    expect(codeOf(() => mustTakeVotes(acted, [0, 1]))).to.equal('draft-invalid');
    expect(codeOf(() => mustTakeVotes({ ...acted, poll }, [0, 1, 2]))).to.equal(undefined);
  });

  it('take none when it is closed, recalled, or no poll', () => {
    expect(codeOf(() => mustTakeVotes({ ...acted, poll: { ...poll, closed: true } }, [0]))).to.equal('poll-closed');
    expect(codeOf(() => mustTakeVotes({ ...acted, recalled: true }, [0]))).to.equal('message-recalled');
    expect(codeOf(() => mustTakeVotes({ ...acted, poll: null }, [0]))).to.equal('not-a-poll');
  });

  it('let only its author close it', () => {
    expect(codeOf(() => mustBeClosable(acted))).to.equal('not-the-sender');
    expect(codeOf(() => mustBeClosable({ ...acted, by: 'ann' }))).to.equal(undefined);
    expect(codeOf(() => mustBeClosable({ ...acted, by: 'ann', poll: null }))).to.equal('not-a-poll');
  });
});

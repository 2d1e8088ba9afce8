import { expect } from 'chai';
import { ParleyError } from '../errors.ts';
import { type Acted, mustBeEditable, mustBeRecallable, mustTakeReactions } from './message-rules.ts';

const SENT = Date.parse('2026-01-02T03:04:05.000Z');
const WINDOWS = { EDIT_WINDOW_SECONDS: 60, RECALL_WINDOW_SECONDS: 120 };
const own: Acted = {
  conversation: 'c',
  seq: 1,
  sender: 'ann',
  sentAt: new Date(SENT),
  recalled: false,
  system: false,
  edits: 0,
  by: 'ann',
  role: 'member',
  kind: 'group',
};

const codeOf = (rule: () => void): string => {
  try {
    rule();
  } catch (error) {
    if (error instanceof ParleyError) return error.code;
    throw error;
  }
  return 'yes';
};
const edit = (change: Partial<Acted>, seconds = 0, windows = WINDOWS) =>
  codeOf(() => mustBeEditable({ ...own, ...change }, windows, SENT + seconds * 1000));
const recall = (change: Partial<Acted>, seconds = 0, windows = WINDOWS) =>
  codeOf(() => mustBeRecallable({ ...own, ...change }, windows, SENT + seconds * 1000));

describe('the rules of a stored message', () => {
  it('let its sender edit it within the window, and nobody else', () => {
    expect([edit({}), edit({}, 60)]).to.deep.equal(['yes', 'yes']);
    expect(edit({}, 61)).to.equal('edit-window-over');
    expect(edit({}, 0, { ...WINDOWS, EDIT_WINDOW_SECONDS: 0 })).to.equal('edit-window-over');
    for (const role of ['owner', 'admin', 'member'] as const) {
      expect(edit({ by: 'ben', role })).to.equal('not-the-sender');
    }
    expect(edit({ recalled: true })).to.equal('message-recalled');
    expect([edit({ edits: 99 }), edit({ edits: 100 })]).to.deep.equal(['yes', 'too-many-edits']);
  });

  it('let its sender recall it within the window, owner and admins of a group at any time', () => {
    expect([recall({}), recall({}, 120)]).to.deep.equal(['yes', 'yes']);
    expect(recall({}, 121)).to.equal('recall-window-over');
    expect(recall({}, 0, { ...WINDOWS, RECALL_WINDOW_SECONDS: 0 })).to.equal('recall-window-over');
    expect(recall({ by: 'ben' })).to.equal('not-the-sender');
    for (const role of ['owner', 'admin'] as const) {
      expect(recall({ by: 'ben', role }, 9999)).to.equal('yes');
      expect(recall({ by: 'ben', role, kind: 'direct' })).to.equal('not-the-sender');
    }
    expect(recall({ recalled: true })).to.equal('yes');
  });

  it('let nobody change what tells of a change of the group', () => {
    expect(edit({ system: true })).to.equal('not-the-sender');
    for (const role of ['owner', 'admin', 'member'] as const) {
      expect(recall({ system: true, role })).to.equal('not-the-sender');
    }
  });

  it('let a recalled message have no reactions', () => {
    expect(codeOf(() => mustTakeReactions(own))).to.equal('yes');
    expect(codeOf(() => mustTakeReactions({ ...own, recalled: true }))).to.equal('message-recalled');
  });
});

import { expect } from 'chai';
import { type ActionEntry, rounds } from './message-actions.ts';

let count = 0;
const entry = (action: 'edit' | 'recall' | 'react', seq: number, by = 'ann'): ActionEntry => {
  const envelope = { id: `a${(count += 1)}`, action, conversation: 'c', seq, by, at: '2026-01-02T03:04:05.000Z' };
  return { kind: 'action', envelope, line: JSON.stringify(envelope) };
};
const shapeOf = (...actions: ActionEntry[]) => rounds(actions).map(({ action, lines }) => `${action} ${lines.size}`);

describe('a batch of edits, recalls and reactions', () => {
  it('takes one statement for many of a kind', () => {
    expect(shapeOf(entry('edit', 1), entry('edit', 2), entry('edit', 3))).to.deep.equal(['edit 3']);
    expect(shapeOf(entry('react', 1, 'ann'), entry('react', 1, 'ben'), entry('react', 2, 'ann'))).to.deep.equal([
      'react 3',
    ]);
  });

  it('takes another where the kind changes, or the same is concerned again: the order stays', () => {
    expect(shapeOf(entry('edit', 1), entry('edit', 1), entry('edit', 2))).to.deep.equal(['edit 1', 'edit 2']);
    expect(shapeOf(entry('react', 1), entry('react', 1))).to.deep.equal(['react 1', 'react 1']);
    expect(shapeOf(entry('edit', 1), entry('recall', 1), entry('edit', 1))).to.deep.equal([
      'edit 1',
      'recall 1',
      'edit 1',
    ]);
  });
});

import { expect } from 'chai';
import { newId } from '../lib/id.ts';
import { directConversationId, directMembers } from './conversation-id.ts';

describe("a direct conversation's id", () => {
  it('is the same from either side, and gives its members back', () => {
    for (let n = 0; n < 100; n++) {
      const [a, b] = [newId(), newId()].toSorted((x, y) => (x < y ? -1 : 1)) as [string, string];
      expect(directConversationId(a, b)).to.equal(directConversationId(b, a));
      expect(directMembers(directConversationId(b, a))).to.deep.equal([a, b]);
    }
  });

  it('has one member where somebody writes to herself', () => {
    expect(directMembers(directConversationId('a', 'a'))).to.deep.equal(['a']);
  });

  it('is told from every other id, and has one spelling', () => {
    for (const id of [newId(), '', 'd-', 'd-a', 'd-a-', 'd--a', 'd-b-a', 'd-a-b-c', 'D-a-b', 'a-b']) {
      expect(directMembers(id), id).to.equal(undefined);
    }
  });
});

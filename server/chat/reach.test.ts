import { expect } from 'chai';
import type { Change } from '../broker/changes.ts';
import { directConversationId } from '../contract/conversation-id.ts';
import { ParleyError } from '../errors.ts';
import { Reach } from './reach.ts';

describe('who may write where', () => {
  let asked: string[][];
  let answer: (conversation: string) => string | null;
  let tell: (change: Change) => void;
  let reach: Reach;

  beforeEach(() => {
    asked = [];
    answer = () => null;
    reach = new Reach({
      db: {
        async $queryRawUnsafe(_: string, senders: string[], conversations: string[]) {
          asked.push(senders.map((sender, i) => `${sender} ${conversations[i]}`));
          return conversations.map((conversation, i) => ({ ord: i + 1, code: answer(conversation) }));
        },
      },
      broker: {
        changes: {
          listen(listener: (change: Change) => void) {
            tell = listener;
            return () => (tell = () => {});
          },
        },
      },
    } as unknown as ConstructorParameters<typeof Reach>[0]);
  });

  const codeOf = async (answered: string | Promise<string>) => {
    try {
      return await answered;
    } catch (error) {
      if (error instanceof ParleyError) return error.code;
      throw error;
    }
  };

  it('asks once, and then knows at once; the other member is asked about apart', async () => {
    const id = directConversationId('a', 'b');
    const first = reach.check('a', { user: 'b' });
    expect(first).to.be.a('promise');
    expect(await first).to.equal(id);
    expect(reach.check('a', { user: 'b' })).to.equal(id);
    expect(reach.check('a', { conversation: id })).to.equal(id);
    expect(await reach.check('b', { user: 'a' })).to.equal(id);
    expect(asked.flat()).to.deep.equal([`a ${id}`, `b ${id}`]);
  });

  it('asks for many in one statement', async () => {
    await Promise.all(['b', 'c', 'd'].map(async (user) => reach.check('a', { user })));
    expect(asked.length).to.equal(1);
    expect(asked[0]?.length).to.equal(3);
  });

  it('never keeps a no', async () => {
    answer = () => 'not-a-contact';
    expect(await codeOf(reach.check('a', { user: 'b' }))).to.equal('not-a-contact');
    answer = () => null;
    expect(await codeOf(reach.check('a', { user: 'b' }))).to.equal(directConversationId('a', 'b'));
  });

  it('forgets a yes when the reach of its conversation changes, and only of that', async () => {
    const id = directConversationId('a', 'b');
    await reach.check('a', { user: 'b' });
    await reach.check('a', { user: 'c' });
    tell({ type: 'reach', conversation: id });
    answer = () => 'not-a-contact';
    expect(await codeOf(reach.check('a', { user: 'b' }))).to.equal('not-a-contact');
    expect(reach.check('a', { user: 'c' })).to.equal(directConversationId('a', 'c'));
  });

  it('answers without asking where the id says it already', async () => {
    const others = directConversationId('b', 'c');
    expect(await codeOf(reach.check('a', { conversation: others }))).to.equal('no-such-conversation');
    expect(await codeOf(reach.check('a', { user: 'b-c' }))).to.equal('no-such-user');
    expect(asked).to.deep.equal([]);
  });

  it('fails those who asked, and nobody after them, where the database fails', async () => {
    answer = () => {
      throw new Error('away');
    };
    const failed = await Promise.allSettled([reach.check('a', { user: 'b' }), reach.check('c', { user: 'd' })]);
    expect(failed.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    answer = () => null;
    expect(await reach.check('a', { user: 'b' })).to.equal(directConversationId('a', 'b'));
  });
});

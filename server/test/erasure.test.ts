// Deleting an account: what is gone, what stays with the others, and that a crash in between only delays it.
import { expect } from 'chai';
import { directConversationId } from '../contract/conversation-id.ts';
import type { ContactEvent, ProfileEvent } from '../contract/events.ts';
import { until } from '../lib/backoff.ts';
import { removeAccount } from '../people/account.ts';
import { hashPassword } from '../people/passwords.ts';
import { createUser } from '../people/users.ts';
import { House, type Person } from './house.ts';
import type { StompPeer } from './stomp-peer.ts';

const PASSWORD = 'correct horse battery';

describe('deleting an account', () => {
  let house: House;
  let alice: Person;
  let bob: Person;
  let carol: Person;

  before(async () => {
    house = await House.open({ LOGIN_FAILURES: '3' });
  });
  beforeEach(async () => {
    [alice, bob, carol] = (await house.people(3)) as [Person, Person, Person];
    await house.db.user.update({
      where: { id: alice.userId },
      data: { passwordHash: await hashPassword(PASSWORD), displayName: 'Alice', about: 'about alice' },
    });
  });
  after(() => house.close());

  async function call(who: Person, method: string, path: string, body?: unknown, token?: string) {
    const response = await fetch(`${house.url}/api/chat${path}`, {
      method,
      headers: { authorization: `Bearer ${token ?? (await house.token(who))}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }
  const deletes = (password: string) => call(alice, 'DELETE', '/me', { password });
  const isErased = () =>
    until(
      'that nothing is left to do',
      async () => !(await house.db.erasure.findUnique({ where: { userId: alice.userId } })),
      { timeoutMs: 20_000 },
    );
  const systemOf = (peer: StompPeer, conversation: string) =>
    peer.messages.filter((one) => one.kind === 'system' && one.conversation === conversation).map(({ media }) => media);

  it('needs the password, and tries of it count', async () => {
    expect((await call(alice, 'DELETE', '/me')).status).to.equal(400);
    for (const password of ['wrong', 'wrong', 'wrong', PASSWORD]) {
      const { status, body } = await deletes(password);
      expect([status, body.code]).to.deep.equal([403, 'password-wrong']);
    }
    // minted: she has no password
    expect((await call(bob, 'DELETE', '/me', { password: PASSWORD })).body.code).to.equal('password-wrong');
    expect((await call(alice, 'GET', '/me')).body.displayName).to.equal('Alice');
  });

  it('ends her sessions and tokens at once, and leaves others what she said, by nobody', async () => {
    const conversation = directConversationId(alice.userId, bob.userId);
    const group = (
      await call(alice, 'POST', '/conversations', { kind: 'group', title: 'x', members: [bob.userId, carol.userId] })
    ).body.id;
    await house.db.contact.create({ data: { fromId: bob.userId, toId: alice.userId, state: 'accepted' } });
    await house.db.contact.create({ data: { fromId: alice.userId, toId: carol.userId } });
    await house.db.remark.create({ data: { userId: bob.userId, aboutId: alice.userId, name: 'Al' } });
    await house.db.block.create({ data: { userId: alice.userId, blockedId: carol.userId } });
    const [a, b, c] = await Promise.all([house.stomp(alice), house.stomp(bob), house.stomp(carol)]);
    const away = await house.stomp(alice, { device: 'away' });
    await away.close();
    expect(await a.say({ user: bob.userId }, 'to bob')).to.equal('receipt');
    expect(await a.say({ user: alice.userId }, 'to myself')).to.equal('receipt');
    expect(await b.say({ user: alice.userId }, 'to alice')).to.equal('receipt');
    await until('what was said', () => b.messages.length >= 2 && a.messages.length >= 3);
    const token = await house.token(alice);

    expect((await deletes(PASSWORD)).status).to.equal(204);
    expect((await call(alice, 'GET', '/me', undefined, token)).body.code).to.equal('token-invalid');
    await until('that her session ends', () => a.closeCode !== undefined);
    await isErased();

    // to bob she is somebody who is no more
    const { members } = (await call(bob, 'GET', `/conversations/${conversation}`)).body;
    const her = members.find(({ user }: { user: { id: string } }) => user.id === alice.userId).user;
    expect(her).to.deep.include({ displayName: 'Deleted account', kind: 'deleted', about: '', avatar: null });
    const history = (await call(bob, 'GET', `/conversations/${conversation}/messages`)).body.items;
    expect(history.map(({ text, sender }: { text: string; sender: string }) => [text, sender])).to.have.deep.members([
      ['to bob', alice.userId],
      ['to alice', bob.userId],
    ]);
    const refused = await b.say({ user: alice.userId }, 'still there?');
    expect(refused === 'receipt' ? refused : refused.code).to.equal('no-such-user');
    const told = (peer: StompPeer) =>
      peer.events
        .filter((event): event is ContactEvent => event.type === 'contact')
        .map(({ user, state }) => [user, state]);
    await until('that they are told', () => told(b).length > 0 && told(c).length > 0);
    expect(told(b)).to.deep.equal([[alice.userId, 'removed']]);
    expect(told(c)).to.deep.equal([[alice.userId, 'cancelled']]);
    const profiles = b.events.filter((event): event is ProfileEvent => event.type === 'profile');
    expect(profiles.at(-1)).to.deep.include({ user: alice.userId, kind: 'deleted' });

    // the group goes on without her, and with an owner
    await until('that the group knows', () => systemOf(c, group).length >= 2);
    // bob and carol are in it for equally long
    const heir = [bob, carol].map(({ userId }) => [
      { change: 'left', users: [alice.userId] },
      { change: 'role', users: [userId], role: 'owner' },
    ]);
    expect(heir).to.deep.include(systemOf(c, group).slice(-2));
    const { userId } = alice;
    const { db } = house;
    const left = await Promise.all([
      db.device.count({ where: { userId } }),
      db.contact.count({ where: { OR: [{ fromId: userId }, { toId: userId }] } }),
      db.block.count({ where: { userId } }),
      db.remark.count({ where: { aboutId: userId } }),
      db.formerMember.count({ where: { userId } }),
      db.member.count({ where: { userId, conversationId: { not: conversation } } }),
      db.message.count({ where: { conversationId: directConversationId(userId, userId) } }),
      db.oidcRecord.count({ where: { payload: { path: ['accountId'], equals: userId } } }),
    ]);
    expect(left).to.deep.equal([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('frees her name, but not her id, and is done once', async () => {
    expect((await deletes(PASSWORD)).status).to.equal(204);
    const again = await createUser(house, { username: alice.username, displayName: 'Another', password: PASSWORD });
    expect(again.id).not.to.equal(alice.userId);
    expect((await call(bob, 'GET', `/users?query=Deleted`)).body.items).to.deep.equal([]);
    const rooms = { db: house.db, clock: { now: () => Date.now() }, revocations: { revoke: async () => {} } };
    const second = await removeAccount(rooms, alice.userId).catch((error: { code: string }) => error.code);
    expect(second).to.equal('no-such-user');
    await isErased();
  });

  it('that was begun by a process that died is finished by the next', async () => {
    const group = await house.group([alice, bob]);
    const token = await house.token(alice);
    await house.stop();
    // the process died before the logins were ended
    const rooms = {
      db: house.db,
      clock: { now: () => Date.now() },
      revocations: { revoke: () => Promise.reject(new Error('died')) },
    };
    expect(await removeAccount(rooms, alice.userId).catch((error: Error) => error.message)).to.equal('died');
    await house.start();
    await isErased();
    expect(await house.db.member.count({ where: { conversationId: group, userId: alice.userId } })).to.equal(0);
    expect((await call(alice, 'GET', '/me', undefined, token)).body.code).to.equal('token-invalid');
  });
});

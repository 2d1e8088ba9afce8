// What a user may do follows from the roles in the database.
import { expect } from 'chai';
import { readConfig } from '../config.ts';
import { type Db, openDb } from '../db.ts';
import { newId } from '../lib/id.ts';
import { permissionsOf, permit } from '../people/permissions.ts';
import { giveRole, takeRole } from '../people/roles.ts';

describe('roles', () => {
  let db: Db;
  const userId = newId();
  const name = `role-${userId}`;

  before(async () => {
    db = openDb(readConfig(process.env));
    await db.user.create({ data: { id: userId, username: userId, displayName: 'R' } });
    await db.role.create({ data: { id: newId(), name, permissions: ['bots:write', 'stomp:send:/topic/a'] } });
  });
  after(async () => {
    await db.role.deleteMany({ where: { name } });
    await db.user.deleteMany({ where: { id: userId } });
    await db.$disconnect();
  });

  it('grant while they are held, at once where they change in this process', async () => {
    expect(permit(await permissionsOf({ db }, userId), 'bots:write')).to.equal(false);
    await giveRole({ db }, userId, name);
    await giveRole({ db }, userId, name);
    const held = await permissionsOf({ db }, userId);
    expect([...held]).to.include.members(['bots:write', 'stomp:send:/topic/a']);
    expect(permit(held, 'bots:write')).to.equal(true);
    expect(permit(held, 'bots:read')).to.equal(false);
    await takeRole({ db }, userId, name);
    expect(permit(await permissionsOf({ db }, userId), 'bots:write')).to.equal(false);
  });

  it('with "*" grant everything', () => {
    expect(permit(new Set(['*']), 'anything')).to.equal(true);
  });

  it('that do not exist cannot be given', async () => {
    const error: unknown = await giveRole({ db }, userId, 'no-such-role').catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'not-found');
  });
});

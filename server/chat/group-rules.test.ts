import { expect } from 'chai';
import type { GroupAction } from '../broker/group-change.ts';
import { ParleyError } from '../errors.ts';
import { decide, type Group } from './group-rules.ts';

const settings = { title: 'We', picture: null, description: '', posting: 'all', history: 'joining' } as const;
const group: Group = {
  kind: 'group',
  ...settings,
  members: [
    { userId: 'mia', role: 'member' },
    { userId: 'own', role: 'owner' },
    { userId: 'adam', role: 'admin' },
    { userId: 'max', role: 'member' },
  ],
};

describe('a rule of groups', () => {
  const by = (who: string, action: GroupAction, limit = 10) => decide(group, { by: who, action }, limit);
  const codeOf = (who: string, action: GroupAction, limit?: number) => {
    try {
      return by(who, action, limit) && undefined;
    } catch (error) {
      if (error instanceof ParleyError) return error.code;
      throw error;
    }
  };

  it('lets an owner who leaves be followed by an admin, or by the member who is there for longest', () => {
    expect(by('own', { do: 'leave' }).roles).to.deep.equal([{ userId: 'adam', role: 'owner' }]);
    const members = group.members.filter(({ role }) => role !== 'admin');
    const without = decide({ ...group, members }, { by: 'own', action: { do: 'leave' } }, 10);
    expect(without.roles).to.deep.equal([{ userId: 'mia', role: 'owner' }]);
    expect(by('adam', { do: 'leave' }).roles).to.deep.equal([]);
  });

  it('says only what changes', () => {
    const { contents } = by('adam', { do: 'set', set: { title: 'We', posting: 'admins' } });
    expect(contents).to.deep.equal([{ change: 'posting', posting: 'admins' }]);
    expect(by('adam', { do: 'add', users: ['mia', 'max'] }).contents).to.deep.equal([]);
    expect(by('own', { do: 'role', user: 'own', role: 'owner' }).contents).to.deep.equal([]);
  });

  it('counts those who come, not those who are there', () => {
    expect(codeOf('adam', { do: 'add', users: ['mia', 'new'] }, 5)).to.equal(undefined);
    expect(codeOf('adam', { do: 'add', users: ['new', 'newer'] }, 5)).to.equal('group-full');
    expect(codeOf('new', { do: 'join' }, 4)).to.equal('group-full');
  });

  it('lets nobody remove who stands as high', () => {
    expect(codeOf('adam', { do: 'remove', user: 'max' })).to.equal(undefined);
    expect(codeOf('adam', { do: 'remove', user: 'own' })).to.equal('group-role-missing');
    expect(codeOf('adam', { do: 'remove', user: 'adam' })).to.equal('request-invalid');
    expect(codeOf('max', { do: 'remove', user: 'mia' })).to.equal('group-role-missing');
  });

  it('knows no group without members, and no direct conversation', () => {
    const nobody = { ...group, members: [] };
    expect(() => decide(nobody, { by: 'mia', action: { do: 'join' } }, 10)).to.throw(ParleyError);
    const direct = { ...group, kind: 'direct' as const };
    expect(() => decide(direct, { by: 'own', action: { do: 'leave' } }, 10)).to.throw('not a group');
  });
});

import { expect } from 'chai';
import type { GroupAction } from '../broker/group-change.ts';
import { ParleyError } from '../errors.ts';
import { decide, type Entry, type Group } from './group-rules.ts';

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
  const by = (who: string, action: GroupAction, limit = 10, entry?: Entry) =>
    decide(group, { by: who, action }, limit, entry);
  const codeOf = (who: string, action: GroupAction, limit?: number, entry?: Entry) => {
    try {
      return by(who, action, limit, entry) && undefined;
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
    expect(codeOf('new', { do: 'join' }, 4, { link: 'open', barred: false })).to.equal('group-full');
  });

  it('lets nobody remove who stands as high', () => {
    expect(codeOf('adam', { do: 'remove', user: 'max' })).to.equal(undefined);
    expect(codeOf('adam', { do: 'remove', user: 'own' })).to.equal('group-role-missing');
    expect(codeOf('adam', { do: 'remove', user: 'adam' })).to.equal('request-invalid');
    expect(codeOf('max', { do: 'remove', user: 'mia' })).to.equal('group-role-missing');
  });

  it('lets in by an open link, by an invitation, or by an admin where somebody asks', () => {
    const enter = (entry: Partial<Entry>) => codeOf('new', { do: 'join' }, 10, { barred: false, ...entry });
    expect(enter({ link: 'open' })).to.equal(undefined);
    expect(enter({ asked: 'invited' })).to.equal(undefined);
    expect(enter({ asked: 'invited', barred: true })).to.equal(undefined);
    expect(enter({})).to.equal('no-such-invite');
    expect(enter({ asked: 'requested' })).to.equal('no-such-invite');
    for (const entry of [
      { barred: true },
      { asked: 'requested' as const, barred: true },
      { link: 'approval' as const },
    ]) {
      expect(enter({ link: 'open', ...entry })).to.equal('approval-required');
    }
    expect(codeOf('max', { do: 'join' }, 10)).to.equal(undefined);
    const admit = (who: string, asked?: Entry['asked']) =>
      codeOf(who, { do: 'admit', user: 'new' }, 10, { asked, barred: true });
    expect(admit('adam', 'requested')).to.equal(undefined);
    expect(admit('max', 'requested')).to.equal('group-role-missing');
    for (const asked of [undefined, 'invited', 'declined', 'refused'] as const) {
      expect(admit('adam', asked)).to.equal('no-such-request');
    }
  });

  it('knows no group without members, and no direct conversation', () => {
    const nobody = { ...group, members: [] };
    expect(() => decide(nobody, { by: 'mia', action: { do: 'join' } }, 10)).to.throw(ParleyError);
    const direct = { ...group, kind: 'direct' as const };
    expect(() => decide(direct, { by: 'own', action: { do: 'leave' } }, 10)).to.throw('not a group');
  });
});

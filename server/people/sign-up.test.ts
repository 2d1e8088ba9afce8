import { expect } from 'chai';
import { checkSignUp } from './sign-up.ts';

const good = { username: 'ada', displayName: 'Ada Lovelace', password: 'analytical engine' };
const errorsOf = (change: Record<string, unknown>) => {
  const result = checkSignUp({ ...good, ...change });
  return 'errors' in result ? result.errors : {};
};

describe('sign-up', () => {
  it('takes a good draft, the username in lower case, names without the blanks around', () => {
    expect(checkSignUp({ ...good, username: ' Ada.L-1_x ', displayName: '  Ada  ' })).to.deep.equal({
      draft: { ...good, username: 'ada.l-1_x', displayName: 'Ada' },
    });
  });

  for (const username of ['ab', 'a'.repeat(33), 'ada lovelace', 'adä', 'ada/..', '.ada', '-ada', 'Admin', 'root', '']) {
    it(`refuses the username ${JSON.stringify(username)}`, () => {
      expect(errorsOf({ username })).to.have.all.keys('username');
    });
  }

  for (const displayName of ['', '   ', 'x'.repeat(65), 'a\u0000b', 'a\nb', 'evil\u202egnp.exe']) {
    it(`refuses the display name ${JSON.stringify(displayName)}`, () => {
      expect(errorsOf({ displayName })).to.have.all.keys('displayName');
    });
  }

  it('counts what a reader would call characters, and takes emoji of several parts', () => {
    expect(errorsOf({ displayName: '😀'.repeat(64) })).to.deep.equal({});
    expect(errorsOf({ displayName: 'Ada 👩‍💻' })).to.deep.equal({});
    expect(errorsOf({ password: '😀'.repeat(7) })).to.have.all.keys('password');
  });

  for (const password of ['short', 'x'.repeat(129), 'Password123', '12345678']) {
    it(`refuses the password ${JSON.stringify(password.slice(0, 12))}`, () => {
      expect(errorsOf({ password })).to.have.all.keys('password');
    });
  }

  it('refuses the username as password', () => {
    expect(errorsOf({ username: 'ada-lovelace', password: 'Ada-Lovelace' })).to.have.all.keys('password');
  });

  it('names every wrong field at once, and survives what no form would send', () => {
    expect(errorsOf({ username: '', displayName: '', password: '' })).to.have.all.keys(
      'username',
      'displayName',
      'password',
    );
    expect(errorsOf({ username: ['x'], displayName: undefined, password: {} })).to.have.all.keys(
      'username',
      'displayName',
      'password',
    );
    expect(checkSignUp(undefined)).to.deep.equal({ errors: {} });
  });
});

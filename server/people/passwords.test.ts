import { expect } from 'chai';
import { hashPassword, verifyPassword } from './passwords.ts';

describe('passwords', () => {
  it('are kept as argon2id with the parameters we mean, salted', async () => {
    const [one, two] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
    expect(one).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.to.equal(two);
  });

  it('verify the right one and no other', async () => {
    const hash = await hashPassword('correct horse');
    expect(await verifyPassword(hash, 'correct horse')).to.equal(true);
    expect(await verifyPassword(hash, 'correct horsf')).to.equal(false);
  });

  it('are the same in composed and decomposed Unicode', async () => {
    expect(await verifyPassword(await hashPassword('caf\u00e9-caf\u00e9'), 'cafe\u0301-cafe\u0301')).to.equal(true);
  });

  it('without a hash no password is right', async () => {
    expect(await verifyPassword(null, '')).to.equal(false);
    expect(await verifyPassword(undefined, 'anything')).to.equal(false);
  });
});

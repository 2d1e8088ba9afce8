import { expect } from 'chai';
import { newId, newSecret } from '../lib/id.ts';
import { codeOf, digestOf, newCode } from './invite-codes.ts';

describe('the code of an invite', () => {
  const [first, second] = [newSecret(), newSecret()];

  it('is found again by its digest while its key is kept', () => {
    const id = newId();
    const code = newCode({ cookieKeys: [first] }, id);
    expect(code).to.match(/^[\w-]{24}$/);
    const digest = digestOf(code);
    expect(codeOf({ cookieKeys: [first] }, { id, digest })).to.equal(code);
    expect(codeOf({ cookieKeys: [second, first] }, { id, digest })).to.equal(code);
    expect(codeOf({ cookieKeys: [second] }, { id, digest })).to.equal(undefined);
  });

  it('is another one for each', () => {
    const codes = Array.from({ length: 100 }, () => newCode({ cookieKeys: [first] }, newId()));
    expect(new Set(codes).size).to.equal(100);
  });
});

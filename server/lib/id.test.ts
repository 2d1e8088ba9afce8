import { expect } from 'chai';
import { newId, newSecret } from './id.ts';

describe('an id', () => {
  it('sorts by time', () => {
    const times = [0, 1, 31, 32, 1_000_000, Date.now(), Date.now() + 1, 2 ** 44];
    const ids = times.map((time) => newId(time));
    expect(ids.toSorted((a, b) => (a < b ? -1 : 1))).to.deep.equal(ids);
  });

  it('is never the same, in one millisecond either', () => {
    const ids = new Set(Array.from({ length: 50_000 }, () => newId(1_700_000_000_000)));
    expect(ids.size).to.equal(50_000);
  });

  it('needs no escaping anywhere, and holds no "-"', () => {
    for (let n = 0; n < 1000; n++) expect(newId()).to.match(/^[0-9a-hjkmnp-tv-z]{21}$/);
  });
});

describe('a secret', () => {
  it('is 26 characters, each of them anything', () => {
    const secrets = Array.from({ length: 2000 }, newSecret);
    expect(new Set(secrets).size).to.equal(2000);
    for (let at = 0; at < 26; at++) expect(new Set(secrets.map((secret) => secret[at])).size, `${at}`).to.equal(32);
  });
});

import { expect } from 'chai';
import { UrlSigner } from './signed-urls.ts';

const NOW = 1_700_000_000_000;
const grant = { id: 'm1', variant: 'original', user: 'u1', expires: NOW / 1000 + 60 } as const;

describe('a signature of a URL', () => {
  const signer = new UrlSigner(['secret one'], 900);

  it('holds for what it was made for, until it expires, and for nothing else', () => {
    const signature = signer.sign(grant);
    expect(signer.verify(grant, signature, NOW)).to.equal(true);
    expect(signer.verify(grant, signature, NOW + 59_999)).to.equal(true);
    expect(signer.verify(grant, signature, NOW + 60_000)).to.equal(false);
    for (const other of [
      { id: 'm2' },
      { variant: 'preview' as const },
      { user: 'u2' },
      { expires: grant.expires + 1 },
    ]) {
      expect(signer.verify({ ...grant, ...other }, signature, NOW), JSON.stringify(other)).to.equal(false);
    }
    for (const forged of ['', 'x', signature.slice(0, -2), `${signature}AAAA`]) {
      expect(signer.verify(grant, forged, NOW), forged).to.equal(false);
    }
  });

  it('tells where one part ends and the next begins', () => {
    const signature = signer.sign({ ...grant, id: 'ab', user: 'c' });
    expect(signer.verify({ ...grant, id: 'a', user: 'bc' }, signature, NOW)).to.equal(false);
  });

  it('is known after the secret was replaced, and not to who has another', () => {
    const signature = signer.sign(grant);
    expect(new UrlSigner(['secret two', 'secret one'], 900).verify(grant, signature, NOW)).to.equal(true);
    expect(new UrlSigner(['secret two'], 900).verify(grant, signature, NOW)).to.equal(false);
  });

  it('expires between half of its life and the whole of it, at the same moment for a while', () => {
    for (const now of [NOW, NOW + 1, NOW + 449_999, NOW + 450_000]) {
      const left = signer.expiry(now) - now / 1000;
      expect(left).to.be.within(450, 900);
    }
    const begun = Math.ceil(NOW / 450_000) * 450_000;
    expect(signer.expiry(begun))
      .to.equal(signer.expiry(begun + 449_999))
      .and.below(signer.expiry(begun + 450_000));
  });
});

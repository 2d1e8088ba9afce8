import { expect } from 'chai';
import { TokenBucket } from './token-bucket.ts';

describe('a token bucket', () => {
  const take = (bucket: TokenBucket, times: number, now: number) =>
    Array.from({ length: times }, () => bucket.take(now)).filter(Boolean).length;

  it('gives its burst at once, and then as time passes', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 1000);
    expect(take(bucket, 8, 1000)).to.equal(5);
    expect(take(bucket, 1, 1099)).to.equal(0);
    expect(take(bucket, 2, 1100)).to.equal(1);
    expect(take(bucket, 8, 1400)).to.equal(3);
  });

  it('holds no more than its burst', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
    expect(take(bucket, 100, 3_600_000)).to.equal(5);
  });

  it('gives nothing for a clock that goes backward, and takes nothing back', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, 5000);
    expect(take(bucket, 1, 5000)).to.equal(1);
    expect(take(bucket, 5, 0)).to.equal(1);
  });

  it('spends on credit, and says when that is paid back', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
    expect(bucket.spend(5, 0)).to.equal(0);
    expect(bucket.spend(20, 0)).to.equal(2000);
    expect(bucket.take(2000)).to.equal(false);
    expect(bucket.take(2100)).to.equal(true);
  });

  it('knows when it is full again', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
    expect(bucket.isFull(0)).to.equal(true);
    bucket.take(0);
    expect(bucket.isFull(99)).to.equal(false);
    expect(bucket.isFull(100)).to.equal(true);
  });
});

import { expect } from 'chai';
import { backoffMs, sleep, until } from './backoff.ts';

describe('a backoff', () => {
  it('doubles up to its most, with jitter of a half', () => {
    const whole = [100, 200, 400, 800, 1000, 1000];
    for (const [attempt, most] of whole.entries()) {
      for (let n = 0; n < 50; n++) {
        expect(backoffMs({ firstMs: 100, maxMs: 1000 }, attempt)).to.be.within(most / 2, most);
      }
    }
    expect(backoffMs({ firstMs: 100, maxMs: 1000 }, 10_000)).to.be.at.most(1000);
  });

  it('ends a sleep that is aborted, or was before', async () => {
    const aborting = new AbortController();
    const slept = sleep(60_000, aborting.signal);
    aborting.abort();
    await slept;
    await sleep(60_000, aborting.signal);
  });

  it('names what was waited for in vain', async () => {
    const error = await until('godot', () => false, { timeoutMs: 5, everyMs: 1 }).catch((failed: Error) => failed);
    expect(error).to.be.instanceOf(Error).with.property('message').that.includes('godot');
    let asked = 0;
    expect(await until('three', () => (++asked === 3 ? 'here' : undefined), { everyMs: 1 })).to.equal('here');
  });
});

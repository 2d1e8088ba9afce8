import { expect } from 'chai';
import { Batcher } from './batcher.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A batcher whose flushes end when the test says so. */
function held(options: { outstanding?: number; maxEntries?: number; maxBytes?: number } = {}) {
  const out: { batch: string[]; end: () => void; fail: () => void }[] = [];
  const batcher = new Batcher<string>({
    outstanding: 1,
    maxEntries: 3,
    maxBytes: 100,
    size: (entry) => entry.length,
    ...options,
    flush: (batch) =>
      new Promise((resolve, reject) => out.push({ batch, end: resolve, fail: () => reject(new Error('no')) })),
  });
  return { batcher, out, batches: () => out.map(({ batch }) => batch.join('')) };
}

describe('a batcher', () => {
  it('sends together what one turn of the event loop adds', async () => {
    const { batcher, batches } = held();
    batcher.add('a');
    batcher.add('b');
    expect(batches()).to.deep.equal([]);
    await turn();
    expect(batches()).to.deep.equal(['ab']);
  });

  it('lets what comes meanwhile wait, and sends it together, in order', async () => {
    const { batcher, out, batches } = held();
    batcher.add('a');
    await turn();
    for (const entry of 'bcdef') batcher.add(entry);
    await turn();
    expect(batches()).to.deep.equal(['a']);
    expect(batcher.waiting).to.equal(5);
    expect(batcher.waitingBytes).to.equal(5);
    out[0]?.end();
    await turn();
    expect(batches()).to.deep.equal(['a', 'bcd']);
    out[1]?.end();
    await turn();
    expect(batches()).to.deep.equal(['a', 'bcd', 'ef']);
    expect([batcher.waiting, batcher.waitingBytes]).to.deep.equal([0, 0]);
  });

  it('has so many out, and no more', async () => {
    const { batcher, out, batches } = held({ outstanding: 2, maxEntries: 1 });
    for (const entry of 'abcd') batcher.add(entry);
    await turn();
    expect(batches()).to.deep.equal(['a', 'b']);
    out[1]?.end();
    await turn();
    expect(batches()).to.deep.equal(['a', 'b', 'c']);
  });

  it('keeps to its bytes, but for a single entry that is larger', async () => {
    const { batcher, out, batches } = held({ maxBytes: 4 });
    for (const entry of ['aa', 'bb', 'c', 'dddddd', 'e']) batcher.add(entry);
    const expected = ['aabb', 'c', 'dddddd', 'e'];
    for (let n = 1; n <= expected.length; n++) {
      await turn();
      expect(batches()).to.deep.equal(expected.slice(0, n));
      out[n - 1]?.end();
    }
  });

  it('goes on after a flush that failed', async () => {
    const { batcher, out, batches } = held({ maxEntries: 1 });
    batcher.add('a');
    batcher.add('b');
    await turn();
    out[0]?.fail();
    await turn();
    expect(batches()).to.deep.equal(['a', 'b']);
  });

  it('is idle when nothing waits and nothing is out', async () => {
    const { batcher, out } = held();
    await batcher.idle();
    batcher.add('a');
    let idle = false;
    void batcher.idle().then(() => (idle = true));
    await turn();
    batcher.add('b');
    out[0]?.end();
    await turn();
    expect(idle).to.equal(false);
    out[1]?.end();
    await turn();
    expect(idle).to.equal(true);
  });
});

import { expect } from 'chai';
import { Releasers } from './releasers.ts';

describe('releasers', () => {
  it('close in the opposite order, each after the one before is done', async () => {
    const done: string[] = [];
    const releasers = new Releasers();
    releasers.push('first', () => done.push('first'));
    releasers.push('second', async () => {
      await new Promise(setImmediate);
      done.push('second');
    });
    releasers.push('third', () => done.push('third'));
    await releasers.release();
    expect(done).to.deep.equal(['third', 'second', 'first']);
  });

  it('close the others where one fails, and tell which', async () => {
    const done: string[] = [];
    const failed: string[] = [];
    const releasers = new Releasers();
    releasers.push('first', () => done.push('first'));
    releasers.push('rejects', () => Promise.reject(new Error('x')));
    releasers.push('throws', () => {
      throw new Error('y');
    });
    await releasers.release((name, error) => failed.push(`${name} ${(error as Error).message}`));
    expect(done).to.deep.equal(['first']);
    expect(failed).to.deep.equal(['throws y', 'rejects x']);
  });

  it('close once', async () => {
    let closed = 0;
    const releasers = new Releasers();
    releasers.push('it', () => closed++);
    await releasers.release();
    await releasers.release();
    expect(closed).to.equal(1);
  });
});

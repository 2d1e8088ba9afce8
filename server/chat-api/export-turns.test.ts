import { expect } from 'chai';
import { ExportTurns } from './export-turns.ts';

describe('the turns of exports', () => {
  let now = 0;
  const turns = () => new ExportTurns(() => now);
  const code = (run: Promise<void>) =>
    run.then(
      () => 'done',
      (error: { code: string }) => error.code,
    );
  const endless = () => new Promise<void>(() => {});
  const quick = async () => {};

  it('are one at a time of one user, and a few of all', async () => {
    const all = turns();
    void all.run('a', endless);
    expect(await code(all.run('a', quick))).to.equal('conflict');
    for (const user of ['b', 'c', 'd']) void all.run(user, endless);
    expect(await code(all.run('e', quick))).to.equal('busy');
  });

  it('are five a day, failed ones too', async () => {
    const all = turns();
    const failing = () => Promise.reject(Object.assign(new Error(), { code: 'failed' }));
    for (let i = 0; i < 5; i++)
      expect(await code(all.run('a', i === 2 ? failing : quick))).to.equal(i === 2 ? 'failed' : 'done');
    expect(await code(all.run('a', quick))).to.equal('too-many-requests');
    expect(await code(all.run('b', quick))).to.equal('done');
    now += 86_400_001;
    expect(await code(all.run('a', quick))).to.equal('done');
  });
});

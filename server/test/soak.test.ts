// stompjs's heart-beats, reconnects and receipts, with Parley as a process of its own: a short `npm run soak`.
import { expect } from 'chai';
import { soak, soakSettings } from '../../scripts/soak/soak.ts';
import { openTrial } from '../../scripts/trial/trial.ts';
import { readConfig } from '../config.ts';
import { Releasers } from '../lib/releasers.ts';

describe('a soak', () => {
  const releasers = new Releasers();

  after(() => releasers.release((name, error) => expect.fail(`${name} does not stop: ${String(error)}`)));

  it('of stompjs clients whose connections are cut: everything comes once, and nothing is held', async function () {
    this.timeout(150_000);
    const trial = await openTrial(readConfig({ ...process.env, DEMO: '0' }), soakSettings, releasers);
    const options = { seconds: 20, peers: 8, rate: 20, cutEveryMs: 700 };
    const { summary, problems } = await soak(trial, options, () => {});
    expect(problems, JSON.stringify(summary)).to.deep.equal([]);
    expect(summary['messages said']).to.be.at.least(390);
    expect(summary.receipted).to.equal(summary['messages said']);
    expect(summary.reconnects).to.be.at.least(10);
  });
});

// A group whose members and devices come and go while they talk: a short `npm run ledger`.
import { expect } from 'chai';
import { ledgerSettings, runLedger } from '../../scripts/ledger/run.ts';
import { House } from './house.ts';

const MEMBERS = 30;

describe('a group whose members come and go', () => {
  let house: House;

  before(async () => {
    house = await House.open(ledgerSettings(MEMBERS, 150));
  });
  after(() => house.close());

  it('tells everybody all that was sent while she was a member, and nothing else', async function () {
    // one that finds something waits for it: it must come to its verdict
    this.timeout(180_000);
    const stand = {
      url: house.url,
      stompUrl: house.stompUrl,
      people: async (count: number) =>
        Promise.all((await house.people(count)).map(async (one) => ({ ...one, token: await house.token(one) }))),
    };
    const lines: string[] = [];
    const options = { seconds: 8, members: MEMBERS, rate: 20, seed: 'the suite', hurry: 5 };
    const { summary, problems } = await runLedger(stand, options, (line) => lines.push(line));
    const said = [...lines, JSON.stringify(summary, null, 2)].join('\n');
    expect(Object.fromEntries(problems), said).to.deep.equal({});
    for (const what of [
      'say: receipt',
      'say: no-such-conversation',
      'edit: receipt',
      'react: receipt',
      'leave: done',
    ]) {
      expect(summary[what], `${what} in ${said}`).to.be.greaterThan(0);
    }
  });
});

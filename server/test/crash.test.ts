// The life of messages while Parley and RabbitMQ are killed with SIGKILL: a short run of `npm run crash`, with a
// broker and a Parley process of its own beside those of the other tests.
import path from 'node:path';
import { expect } from 'chai';
import { report } from '../../scripts/crash/report.ts';
import { runPlan } from '../../scripts/crash/run.ts';
import { Parley, RabbitMq } from '../../scripts/crash/victims.ts';
import { readConfig } from '../config.ts';
import { type Db, openDb } from '../db.ts';
import { Releasers } from '../lib/releasers.ts';

/** Beside the ports of the suite's own broker. */
const BESIDE = 10;

describe('a crash', () => {
  const releasers = new Releasers();
  let parley: Parley;
  let rabbitMq: RabbitMq;
  let config: ReturnType<typeof readConfig>;
  let db: Db;
  let brokerKills = 1;

  before(async function () {
    this.timeout(120_000);
    const shared = readConfig(process.env);
    const own = {
      ...shared,
      DATA_DIR: path.join(shared.DATA_DIR, 'crash'),
      BROKER_PORT: shared.BROKER_PORT + BESIDE,
      BROKER_STOMP_PORT: shared.BROKER_STOMP_PORT + BESIDE,
      BROKER_DIST_PORT: shared.BROKER_DIST_PORT + BESIDE,
    };
    rabbitMq = new RabbitMq(own);
    releasers.push('RabbitMQ', () => rabbitMq.stop());
    const { url, pid } = await rabbitMq.start();
    // one in a container cannot be killed from here
    if (pid === undefined) brokerKills = 0;
    config = { ...own, AMQP_URL: [url] };
    db = openDb(config);
    releasers.push('connection', () => db.$disconnect());
    parley = new Parley(config);
    releasers.push('Parley', () => parley.stop());
    await parley.start();
  });

  after(async function () {
    this.timeout(60_000);
    await releasers.release((name, error) => expect.fail(`${name} does not stop: ${String(error)}`));
  });

  it('loses nothing, doubles nothing in history, and keeps the order of every conversation', async function () {
    this.timeout(180_000);
    const lines: string[] = [];
    const plan = { messages: 600, users: 8, kills: 2, brokerKills, rate: 60, seed: 'the suite' };
    const { summary, problems } = await runPlan(
      { config, db, say: (line) => lines.push(line) },
      { parley, rabbitMq },
      plan,
    );
    expect(problems.size, [...lines, JSON.stringify(summary), report(problems)].join('\n')).to.equal(0);
    expect(summary).to.include({ 'messages sent': 600, receipted: 600, 'stored (by REST)': 600, 'kills of Parley': 2 });
    // the kills met a load: what was under way had to be sent again
    expect(summary['sent again']).to.be.greaterThan(0);
  });
});

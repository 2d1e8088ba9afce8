// The life of messages under fire: a short run of `npm run chaos`, with a PostgreSQL, a RabbitMQ and Parley processes
// of its own beside those of the other tests.
import path from 'node:path';
import { expect } from 'chai';
import { withoutBroker, type FaultKind } from '../../scripts/chaos/fault-kinds.ts';
import { report } from '../../scripts/chaos/report.ts';
import { type Outcome, runPlan } from '../../scripts/chaos/run.ts';
import { openStand, type Stand } from '../../scripts/chaos/stand.ts';
import { readConfig } from '../config.ts';
import { type Db, openDb } from '../db.ts';
import { Releasers } from '../lib/releasers.ts';

/** Beside the ports of the suite's own services. */
const BESIDE = 10;

const kinds: readonly FaultKind[] = [
  'kill the relay',
  'kill the worker',
  'freeze the worker',
  'kill RabbitMQ',
  'fill the memory of RabbitMQ',
  'kill PostgreSQL',
  'cut clients off',
  'let clients vanish',
];

describe('chaos', () => {
  const releasers = new Releasers();
  let stand: Stand;
  let db: Db;

  before(async function () {
    this.timeout(180_000);
    const shared = readConfig(process.env);
    const own = {
      ...shared,
      DATA_DIR: path.join(shared.DATA_DIR, 'chaos'),
      PORT: shared.PORT + BESIDE,
      PUBLIC_URL: `http://localhost:${shared.PORT + BESIDE}`,
      POSTGRES_PORT: shared.POSTGRES_PORT + BESIDE,
      BROKER_PORT: shared.BROKER_PORT + BESIDE,
      BROKER_STOMP_PORT: shared.BROKER_STOMP_PORT + BESIDE,
      BROKER_DIST_PORT: shared.BROKER_DIST_PORT + BESIDE,
    };
    stand = await openStand(own, (_, work) => work(), releasers);
    db = openDb(stand.config);
    releasers.push('connection', () => db.$disconnect());
  });

  after(async function () {
    this.timeout(120_000);
    await releasers.release((name, error) => expect.fail(`${name} does not stop: ${String(error)}`));
  });

  it('loses nothing, doubles nothing in history, and keeps the order of every conversation', async function () {
    // a run that finds something waits for it: it must come to its verdict
    this.timeout(600_000);
    const lines: string[] = [];
    const inContainer = stand.rabbitMq.pid === undefined;
    const options = {
      seconds: 40,
      rate: 40,
      users: 8,
      faultEveryMs: 4_500,
      longestMs: 3_000,
      kinds: inContainer ? kinds.filter((kind) => withoutBroker.includes(kind)) : kinds,
      seed: 'the suite',
    };
    const outcome: Outcome = await runPlan(stand, db, options, (line) => lines.push(line));
    const said = [...lines, report(outcome)].join('\n');
    expect(outcome.problems.size, said).to.equal(0);
    expect(outcome.faults.length, said).to.be.at.least(8);
    expect(new Set(outcome.faults.flatMap((fault) => fault.kinds)).size, said).to.equal(options.kinds.length);
    const { ledger } = outcome.world;
    expect(ledger.receipted, said).to.be.at.least(options.seconds * options.rate * 0.9);
    // the faults met a load: what was under way had to be sent again
    expect(ledger.resent, said).to.be.greaterThan(0);
  });
});

// `npm run bench` in a form of seconds: each scenario does its work against both targets, and nothing is lost, doubled
// or out of order. How fast it was is not looked at.
import fs from 'node:fs/promises';
import { expect } from 'chai';
import { type Results, runBench } from '../../scripts/bench/bench.ts';
import type { Plan } from '../../scripts/bench/plans.ts';
import { readOptions } from '../../scripts/bench/options.ts';
import { judge } from '../../scripts/bench/goals.ts';
import { isWrong } from '../../scripts/bench/report.ts';
import { scenarios } from '../../scripts/bench/scenarios.ts';
import { sheets } from '../../scripts/bench/sheets.ts';
import { readConfig } from '../config.ts';

/** Beside the ports of the suite's own services. */
const BESIDE = 20;

describe('a benchmark', () => {
  const said: string[] = [];
  let results: Results;

  before(async function () {
    this.timeout(300_000);
    const first = readConfig(process.env).PORT + BESIDE;
    const args = `--port ${first} --scale 0.02 --rounds 1 --seconds 0.5 --warm-up 0.1`.split(' ');
    results = await runBench(
      readOptions(args),
      (_, work) => work(),
      (text) => said.push(text),
    );
  });

  it('runs every scenario against what can do it, and nothing goes wrong', () => {
    const { rounds } = results;
    const wrong = rounds
      .filter(isWrong)
      .map(({ scenario, load, target, faults }) => ({ scenario, load, target, faults }));
    expect(wrong).to.deep.equal([]);
    for (const { name, kind } of scenarios) {
      const own = rounds.filter(({ scenario }) => scenario === name);
      const targets = new Set(own.map(({ target }) => target));
      expect([...targets], name).to.have.members(kind === 'history' ? ['parley'] : ['parley', 'web-stomp']);
      for (const { load, units, figures } of own) {
        expect(units, `${name}, ${load}`).to.be.greaterThan(0);
        expect(Object.keys(figures), name).to.include.members(sheets[kind].columns.map(({ key }) => key));
      }
    }
  });

  it('tells of it in tables, keeps what was measured, and draws it', async () => {
    for (const { name, what } of scenarios) expect(said.join('\n')).to.include(`${name}: ${what}`);
    const kept = JSON.parse(await fs.readFile(results.files.results, 'utf8')) as Results;
    expect(kept.rounds).to.have.length(results.rounds.length);
    const chart = await fs.readFile(results.files.chart, 'utf8');
    for (const { name } of scenarios) expect(chart).to.include(`${name}, `);
  });

  it('explains what the pages of a long history cost: a page of messages reads no more of them than it shows', () => {
    const plans = results.rounds
      .filter(({ scenario }) => scenario === 'history')
      .map(({ raw }) => (raw as { plans: readonly Plan[] }).plans.flatMap(({ plan }) => plan));
    for (const plan of plans) expect(plan.join('\n')).to.match(/Index.* Scan/);
    const [page] = plans;
    const scans = page?.filter((line) => / on message\b/.test(line)) ?? [];
    const read = scans.map((line) =>
      line.includes('never executed') ? 0 : Number(/actual .*rows=(\d+)/.exec(line)?.[1]),
    );
    expect(Math.max(...read), scans.join('\n')).to.be.within(1, 50);
  });

  it('sets it against every goal', () => {
    const judged = new Set(judge(results.rounds).map(({ scenario }) => scenario));
    const withGoals = scenarios.map(({ name }) => name).filter((name) => name !== 'group-away');
    expect([...judged]).to.have.members(withGoals);
  });
});

import { expect } from 'chai';
import { chartOf, groupsOf } from './chart.ts';
import { goalsTable, judge } from './goals.ts';
import { tableOf } from './report.ts';
import type { Round } from './run.ts';
import { scaled, type Scenario, scenarios } from './scenarios.ts';
import { noFaults } from './tally.ts';
import type { TargetName } from './targets.ts';

const nothing = { units: 1000, usage: {}, seconds: 1, coresOfOthers: 0, faults: noFaults() };
const round = (scenario: string, load: string, target: TargetName, figures: Record<string, number>): Round => ({
  ...nothing,
  scenario,
  load,
  target,
  figures,
});

const rates = (load: string, target: TargetName, ...all: number[]) =>
  all.map((rate) =>
    round('one-to-one', load, target, { receiptsPerSecond: rate, deliveriesPerSecond: rate, p99Ms: 9 }),
  );

const named = (name: string) => scenarios.find((scenario) => scenario.name === name) as Scenario;

describe('the results of a benchmark', () => {
  const rounds = [
    ...rates('100 in flight', 'parley', 900, 5000, 4000),
    ...rates('1,000 in flight', 'parley', 8000, 8400, 100),
    ...rates('100 in flight', 'web-stomp', 2000, 2000, 2000),
    ...rates('1,000 in flight', 'web-stomp', 1000, 1000, 9000),
    round('history', 'page, 100/s', 'parley', { p99Ms: 21 }),
  ];

  it('are judged by medians, each target at its best load; what was not measured is not judged', () => {
    const judged = judge(rounds).map(({ scenario, measured, met }) => ({ scenario, measured, met }));
    expect(judged).to.deep.equal([
      { scenario: 'one-to-one', measured: '4.00 ×', met: true },
      { scenario: 'history', measured: '21 ms', met: false },
    ]);
    expect(goalsTable(judge(rounds)))
      .to.match(/4\.00 × +met\n/)
      .and.to.match(/21 ms +NOT MET$/);
  });

  it('stand in a table with their spread and ratio, and what went wrong', () => {
    const wrong = { ...(rounds[0] as Round), faults: { ...noFaults(), lost: 3 } };
    const table = tableOf(named('one-to-one'), [wrong, ...rounds.slice(1, 12)]);
    expect(table).to.match(/1,000 in flight +Parley +8,000 +100–8,400/);
    expect(table).to.match(/100 in flight +ratio +2\.00 ×/);
    expect(table).to.match(/WRONG: Parley, 100 in flight: .*"lost":3/);
  });

  it('are drawn: how many times better, whatever is better', () => {
    const idle = (target: TargetName, stackKib: number) => round('idle', 'sessions', target, { stackKib });
    const open = (target: TargetName, p99Ms: number) =>
      round('one-to-one', '1,000/s open loop', target, { p99Ms, deliveriesPerSecond: 1000 });
    const all = [idle('parley', 10), idle('web-stomp', 60), open('parley', 5), open('web-stomp', 20)];
    const groups = groupsOf([named('idle'), named('one-to-one')], [...all, ...rounds]);
    const ratios = groups.map(({ title, ratio }) => [title, ratio]);
    expect(ratios).to.deep.include(['idle, sessions', 6]);
    expect(ratios).to.deep.include(['one-to-one, 1,000/s open loop', 4]);
    expect(ratios).to.deep.include(['one-to-one, 1,000 in flight', 8]);
    expect(chartOf('a < b', groups)).to.include('a &lt; b').and.to.include('p99 5.0 ms').and.to.include('6.0 ×');
  });
});

describe('a scenario', () => {
  it('is made smaller with all its sizes, its loads too, and stays even', () => {
    const one = scaled(named('one-to-one'), 0.02) as Extract<Scenario, { kind: 'messages' }>;
    expect(one.people).to.equal(4);
    expect(one.loads.slice(0, 4)).to.deep.equal([
      { kind: 'closed', inFlight: 2 },
      { kind: 'closed', inFlight: 20 },
      { kind: 'closed', inFlight: 100 },
      { kind: 'open', perSecond: 20 },
    ]);
    expect(scaled(named('idle'), 1)).to.equal(named('idle'));
  });
});

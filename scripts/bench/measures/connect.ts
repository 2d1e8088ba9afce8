// Everybody comes, each with a token that was never seen before; then all connections are cut in one moment, and
// everybody comes back by herself, with the same token, as clients do.
import { sleep } from '../../../server/lib/backoff.ts';
import type { Arrivals } from '../crowd.ts';
import { metered } from '../meter.ts';
import { failures, type Round, type Run, turns } from '../run.ts';
import type { Connect } from '../scenarios.ts';
import { merged, percentile } from '../tally.ts';
import { type TargetName, targets } from '../targets.ts';

const NO_HEART_BEATS = 0;
/** Closing what was there is no part of the next round. */
const SETTLE_MS = 1000;

export async function measureConnect(run: Run<Connect>): Promise<Round[]> {
  const { scenario, world, options, step } = run;
  const people = await step(`${scenario.name}: ${scenario.people.toLocaleString('en')} people`, () =>
    world.people(scenario.people),
  );
  if (options.targets.includes('web-stomp')) {
    await step(`${scenario.name}: queues of web-stomp`, () => world.makeQueues('web-stomp', people));
  }
  const ids = people.map(({ userId }) => userId);
  const rounds: Round[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    const fresh = await step(`${scenario.name}: tokens`, () => world.tokens(ids));
    for (const target of turns(options.targets, round)) {
      await run.generators.each('gather', (number) => [
        run.stand.addresses[target],
        run.generators.share(fresh, number),
        NO_HEART_BEATS,
      ]);
      for (const act of acts) rounds.push(await runAct(run, act, target, round));
      await run.generators.all('disperse', target);
      await sleep(SETTLE_MS);
    }
  }
  return rounds;
}

interface Act {
  readonly load: (scenario: Connect) => string;
  readonly run: (run: Run<Connect>, target: TargetName) => Promise<Arrivals[]>;
}

const acts: readonly Act[] = [
  {
    load: ({ atOnce }) => `${atOnce} at a time`,
    run: ({ scenario, generators }, target) =>
      generators.each('grow', (number) => [
        target,
        generators.share(Array.from({ length: scenario.people }), number).length,
        Math.max(1, Math.round(scenario.atOnce / generators.count)),
      ]),
  },
  {
    load: ({ people }) => `storm of ${people.toLocaleString('en')}`,
    run: ({ generators }, target) => generators.all('storm', target),
  },
];

async function runAct(run: Run<Connect>, act: Act, target: TargetName, round: number): Promise<Round> {
  const { scenario, stand, generators, options, step } = run;
  const load = act.load(scenario);
  const profileAs =
    options.profile && target === 'parley' && round === options.rounds ? `${scenario.name} ${load}` : undefined;
  const title = `${scenario.name}, ${load}, ${targets[target].title}, round ${round} of ${options.rounds}`;
  return step(title, async () => {
    const { value, ...used } = await metered({ stand, generators }, profileAs, () => act.run(run, target));
    const arrived = value.reduce((sum, one) => sum + one.arrived, 0);
    const failed = value.reduce((sum, one) => sum + one.failed, 0);
    const ms = Math.max(...value.map((one) => one.ms));
    const latencies = merged(value.map((one) => one.latencies));
    const figures = {
      perSecond: (arrived / ms) * 1000,
      allMs: ms,
      p50Ms: percentile(latencies, 50),
      p99Ms: percentile(latencies, 99),
      failed,
    };
    const missing = scenario.people - arrived;
    return {
      scenario: scenario.name,
      load,
      target,
      figures,
      faults: failures(missing),
      units: arrived,
      raw: value,
      ...used,
    };
  });
}

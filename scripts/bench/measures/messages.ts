// Messages to people who are there: everyone is connected to the targets; then each load, the targets in turns.
import { sleep } from '../../../server/lib/backoff.ts';
import { metered } from '../meter.ts';
import { inTurns, type Round, type Run } from '../run.ts';
import { type Load, type Messages, nameOfLoad } from '../scenarios.ts';
import type { Drive } from '../stage.ts';
import { type Counts, merged, percentile, sumOfFaults } from '../tally.ts';
import { type TargetName, targets } from '../targets.ts';
import { median } from '../median.ts';

export async function measureMessages(run: Run<Messages>): Promise<Round[]> {
  const { scenario, options, step } = run;
  await connectAll(run);
  const rounds: Round[] = [];
  for (const load of scenario.loads) {
    const title = nameOfLoad(load);
    const best = new Map(options.targets.map((target) => [target, bestOf(rounds, target)]));
    const own = await inTurns({ scenario, options, step }, title, (target, profileAs) =>
      runRound(run, driveOf(load, best.get(target) ?? 0), target, profileAs),
    );
    rounds.push(...own);
  }
  return rounds;
}

async function connectAll({ scenario, stand, world, generators, options, step }: Run<Messages>): Promise<void> {
  const { shape } = scenario;
  const people = await step(`${scenario.name}: ${scenario.people} people`, () => world.people(scenario.people));
  const group = shape === 'group' ? await world.group(people) : undefined;
  if (options.targets.includes('web-stomp')) {
    await step(`${scenario.name}: queues of web-stomp`, () => world.makeQueues('web-stomp', people, group));
  }
  for (const target of options.targets) {
    await step(`${scenario.name}: sessions of ${targets[target].title}`, () =>
      generators.each('connect', (number) => [
        stand.addresses[target],
        { shape, people: generators.share(people, number), ...(group === undefined ? {} : { to: { group } }) },
      ]),
    );
  }
}

/** The most messages a second that a target took in a closed loop. */
function bestOf(rounds: readonly Round[], target: TargetName): number {
  const own = rounds.filter((round) => round.target === target);
  const loads = [...new Set(own.map(({ load }) => load))];
  return Math.max(
    0,
    ...loads.map((load) => median(own.filter((round) => round.load === load).map(({ figures }) => rateOf(figures)))),
  );
}

const rateOf = (figures: Round['figures']): number => figures.receiptsPerSecond ?? 0;

function driveOf(load: Load, best: number): Drive {
  if (load.kind !== 'share') return load;
  return { kind: 'open', perSecond: Math.max(1, (best * load.percent) / 100) };
}

const shareOf = (load: Drive, parts: number): Drive =>
  load.kind === 'closed'
    ? { kind: 'closed', inFlight: Math.max(1, Math.round(load.inFlight / parts)) }
    : { kind: 'open', perSecond: load.perSecond / parts };

async function runRound({ stand, generators, options }: Run, load: Drive, target: TargetName, profileAs?: string) {
  await generators.all('start', target, shareOf(load, generators.count));
  await sleep(options.warmUpSeconds * 1000);
  const { value: counts, ...used } = await metered({ stand, generators }, profileAs, async () => {
    await generators.all('begin', target);
    await sleep(options.seconds * 1000);
    return generators.all('end', target);
  });
  const stopped = await generators.all('stop', target);
  const faults = sumOfFaults(stopped.map((one) => one.faults));
  const figures = { ...figuresOf(counts), offeredPerSecond: load.kind === 'open' ? load.perSecond : 0 };
  return { figures, faults, units: sumOf(counts, 'deliveries'), raw: counts, ...used };
}

const sumOf = (counts: readonly Counts[], of: 'deliveries' | 'receipts') =>
  counts.reduce((sum, one) => sum + one[of], 0);

function figuresOf(counts: readonly Counts[]) {
  const seconds = Math.max(...counts.map(({ ms }) => ms)) / 1000;
  const latencies = merged(counts.map((one) => one.latencies));
  return {
    deliveriesPerSecond: sumOf(counts, 'deliveries') / seconds,
    receiptsPerSecond: sumOf(counts, 'receipts') / seconds,
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
    receiptP99Ms: percentile(merged(counts.map((one) => one.receiptLatencies)), 99),
  };
}

// Messages to a group of whom nobody is there: what counts is how long it takes until each is receipted and in the
// durable queue of every member. The writers are members too, and are not subscribed.
import { sleep } from '../../../server/lib/backoff.ts';
import { metered } from '../meter.ts';
import { inTurns, type Round, type Run } from '../run.ts';
import type { Away } from '../scenarios.ts';
import { merged, percentile } from '../tally.ts';
import { queuesOf, type TargetName, targets } from '../targets.ts';

const FILLED_MS = 60_000;

export async function measureAway(run: Run<Away>): Promise<Round[]> {
  const { scenario, world, stand, generators, options, step } = run;
  const people = await step(`${scenario.name}: ${scenario.people} people`, () => world.people(scenario.people));
  const group = await world.group(people);
  const senders = people.slice(0, scenario.senders);
  for (const target of options.targets) {
    const queues = queuesOf(target, people);
    const { title } = targets[target];
    await step(`${scenario.name}: queues of ${title}`, () => world.makeQueues(target, people, group));
    await step(`${scenario.name}: writers at ${title}`, () =>
      generators.first('connect', stand.addresses[target], { shape: 'away', people: senders, to: { group } }),
    );
    // with a device's first waiting event Parley notes that it has a queue: that is done once
    await generators.first('pour', target, 1, 1);
    await world.queues.filled(queues, queues.length, FILLED_MS);
    await world.queues.purge(queues);
  }
  const load = `${scenario.inFlight} in flight`;
  return inTurns({ scenario, options, step }, load, (target, profileAs) =>
    runRound(run, target, queuesOf(target, people), profileAs),
  );
}

async function runRound(
  { scenario, stand, world, generators, options }: Run<Away>,
  target: TargetName,
  queues: string[],
  profileAs?: string,
) {
  const { value, ...used } = await metered({ stand, generators }, profileAs, async () => {
    const beganAt = performance.now();
    await generators.first('start', target, { kind: 'closed', inFlight: scenario.inFlight });
    await generators.first('begin', target);
    await sleep(options.seconds * 1000);
    const counts = await generators.first('end', target);
    const { sent, faults } = await generators.first('stop', target);
    const queued = await world.queues.filled(queues, sent * queues.length, FILLED_MS);
    return { seconds: (performance.now() - beganAt) / 1000, counts, sent, faults, queued };
  });
  const { seconds, counts, sent, faults, queued } = value;
  await world.queues.purge(queues);
  const missing = sent * queues.length - queued;
  const wrong = {
    ...faults,
    lost: faults.lost + Math.max(0, missing),
    duplicated: faults.duplicated + Math.max(0, -missing),
  };
  const receipts = merged([counts.receiptLatencies]);
  const figures = {
    queuedPerSecond: queued / seconds,
    messagesPerSecond: sent / seconds,
    receiptP50Ms: percentile(receipts, 50),
    receiptP99Ms: percentile(receipts, 99),
  };
  return { figures, faults: wrong, units: queued, raw: value, ...used };
}

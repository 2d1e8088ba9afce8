// A device that comes back to what was written to its person meanwhile.
import { metered } from '../meter.ts';
import { inTurns, type Round, type Run } from '../run.ts';
import type { Drain } from '../scenarios.ts';
import { sumOfFaults } from '../tally.ts';
import { type Person, queuesOf, type TargetName, targets } from '../targets.ts';

const FILLED_MS = 120_000;
const EMPTIED_MS = 5000;
const POUR_IN_FLIGHT = 1000;

export async function measureDrain(run: Run<Drain>): Promise<Round[]> {
  const { scenario, world, options, step } = run;
  const people = await step(`${scenario.name}: people`, () => world.people(scenario.senders + 1));
  for (const target of options.targets) await world.makeQueues(target, people);
  const load = `${scenario.events.toLocaleString('en')} events`;
  return inTurns({ scenario, options, step }, load, (target, profileAs) => runRound(run, target, people, profileAs));
}

async function runRound(
  { scenario, stand, world, generators }: Run<Drain>,
  target: TargetName,
  [returner, ...senders]: readonly Person[],
  profileAs?: string,
) {
  const person = returner as Person;
  const address = stand.addresses[target];
  const queue = [targets[target].queue(person.userId)];
  await generators.first('connect', address, { shape: 'away', people: senders, to: { user: person.userId } });
  const poured = await generators.first('pour', target, scenario.events, POUR_IN_FLIGHT);
  await world.queues.filled(queue, scenario.events, FILLED_MS);
  await generators.first('disconnect', target);
  const { value, ...used } = await metered({ stand, generators }, profileAs, () =>
    generators.first('drain', address, person, scenario.events, stand.config.LIVE_WINDOW),
  );
  // all is acknowledged at the broker too: nothing is left there, also not of the server's own
  const left = await world.queues.emptied(queue, EMPTIED_MS);
  await generators.first('leave', target);
  await world.queues.purge(queuesOf(target, [person, ...senders]));
  const figures = {
    ms: value.ms,
    firstMs: value.firstMs,
    eventsPerSecond: (value.received / value.ms) * 1000,
  };
  const faults = sumOfFaults([poured, value.faults]);
  return { figures, faults: { ...faults, duplicated: faults.duplicated + left }, units: value.received, ...used };
}

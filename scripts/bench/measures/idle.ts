// Sessions that do nothing but send and take heart-beats: what one more costs in memory, and what all cost in CPU.
// Each round begins with Parley and RabbitMQ just started: memory that was used once would hide what is used now.
import { sleep } from '../../../server/lib/backoff.ts';
import { IN_USE, memoryOf, metered } from '../meter.ts';
import { failures, inTurns, type Round, type Run } from '../run.ts';
import type { Idle } from '../scenarios.ts';
import { type Person, type TargetName, targets } from '../targets.ts';

/** What connecting leaves behind is gone, and processes of Erlang's hibernate. */
const SETTLE_SHARE = 0.4;
const AT_ONCE = 50;

export async function measureIdle(run: Run<Idle>): Promise<Round[]> {
  const { scenario, stand, world, options, step } = run;
  const people = await step(`${scenario.name}: ${scenario.many.toLocaleString('en')} people`, () =>
    world.people(scenario.many),
  );
  const load = `${scenario.many.toLocaleString('en')} sessions`;
  return inTurns({ scenario, options, step }, load, async (target, profileAs) => {
    if (options.scale === 1) await world.over(() => stand.fresh());
    // a durable queue a person, whether she is there or not: it is no part of a session
    if (target === 'web-stomp') await world.makeQueues('web-stomp', people);
    return runRound(run, target, people, profileAs);
  });
}

async function runRound(run: Run<Idle>, target: TargetName, people: readonly Person[], profileAs?: string) {
  const { scenario, stand, generators } = run;
  const { few, many, heartBeatMs, seconds } = scenario;
  await generators.each('gather', (number) => [stand.addresses[target], generators.share(people, number), heartBeatMs]);
  const memories: Record<string, number>[] = [];
  for (const count of [few, many]) {
    await generators.each('grow', (number) => [
      target,
      generators.share(people.slice(0, count), number).length,
      AT_ONCE,
    ]);
    await sleep(seconds * SETTLE_SHARE * 1000);
    memories.push(await memoryOf(run));
  }
  const used = await metered(run, profileAs, () => sleep(seconds * 1000));
  const ended = await generators.all('ended', target);
  await generators.all('disperse', target);
  const { value: _, ...usage } = used;
  return {
    figures: figuresOf(targets[target].stack, memories, scenario, usage),
    faults: failures(ended.reduce((sum, { count }) => sum + count, 0)),
    units: many * usage.seconds,
    raw: { memories, ended },
    ...usage,
  };
}

type Used = Pick<Round, 'usage' | 'seconds'>;

function figuresOf(
  stack: readonly string[],
  [less, more]: readonly Record<string, number>[],
  { few, many }: Idle,
  used: Used,
) {
  const kib = (name: string) => (((more?.[name] ?? 0) - (less?.[name] ?? 0)) * 1024) / (many - few);
  const percent = (name: string) => (100 * (used.usage[name]?.cpuSeconds ?? 0)) / used.seconds;
  const sum = (of: (name: string) => number) => stack.reduce((all, name) => all + of(name), 0);
  return {
    stackKib: sum(kib),
    parleyKib: kib('parley'),
    inUseKib: kib(IN_USE),
    brokerKib: kib('broker'),
    postgresKib: kib('postgres'),
    cpuPercent: sum(percent),
  };
}

// Pages of REST over a long history: of messages at random places, and of the list of conversations.
import { sleep } from '../../../server/lib/backoff.ts';
import { systemClock } from '../../../server/lib/clock.ts';
import { newId } from '../../../server/lib/id.ts';
import { metered } from '../meter.ts';
import type { Plan } from '../plans.ts';
import type { Page } from '../reader.ts';
import { inTurns, type Round, type Run } from '../run.ts';
import type { History } from '../scenarios.ts';
import { merged, percentile } from '../tally.ts';
import type { Person } from '../targets.ts';

const PAGE = 50;
const PAGES = 5000;
const API = '/api/chat/conversations';
// RabbitMQ keeps no history: there is nothing to compare with
const ONLY = ['parley'] as const;

export async function measureHistory(run: Run<History>): Promise<Round[]> {
  const { scenario, world, stand, generators, step } = run;
  const people = await step(`${scenario.name}: ${scenario.people} people`, () => world.people(scenario.people));
  // the generated database client exists only by now
  const { makeHistory } = await import('../history-rows.ts');
  const rows = { salt: newId(), people: people.map(({ userId }) => userId) };
  await step(`${scenario.name}: ${scenario.messages.toLocaleString('en')} messages`, () =>
    makeHistory(stand.config.DATABASE_URL, rows, scenario),
  );
  const memberships = await membershipsOf(run, rows.salt);
  const plans = await step(`${scenario.name}: query plans`, () => explain(run, memberships));
  const works: readonly { load: string; perSecond: number; pages: Page[] }[] = [
    {
      load: `page, ${scenario.pagesPerSecond}/s`,
      perSecond: scenario.pagesPerSecond,
      pages: pagesOf(people, memberships),
    },
    { load: `list, ${scenario.listsPerSecond}/s`, perSecond: scenario.listsPerSecond, pages: listsOf(people) },
  ];
  const rounds: Round[] = [];
  for (const { load, perSecond, pages } of works) {
    await generators.first('open', 'parley', stand.config.PUBLIC_URL.replace('localhost', '127.0.0.1'), pages);
    const own = await inTurns(run, load, (_, profileAs) => runRound(run, perSecond, profileAs), ONLY);
    rounds.push(...own.map((round) => ({ ...round, raw: { counts: round.raw, plans: plansFor(plans, load) } })));
  }
  return rounds;
}

interface Membership {
  readonly user: string;
  readonly conversation: string;
  readonly lastSeq: number;
}

/** Of random conversations, weighted by how many messages they hold: where people read. */
async function membershipsOf({ world }: Run, salt: string): Promise<Membership[]> {
  return world.db.$queryRawUnsafe<Membership[]>(
    `SELECT m.user_id AS "user", c.id AS conversation, c.last_seq AS "lastSeq"
     FROM conversation c JOIN member m ON m.conversation_id = c.id
     WHERE starts_with(c.id, $1) AND c.last_seq > 0
     ORDER BY -ln(random()) / c.last_seq LIMIT ${PAGES}`,
    salt,
  );
}

function pagesOf(people: readonly Person[], memberships: readonly Membership[]): Page[] {
  const tokens = new Map(people.map(({ userId, accessToken }) => [userId, accessToken]));
  return memberships.map(({ user, conversation, lastSeq }) => ({
    path: `${API}/${conversation}/messages?limit=${PAGE}&before=${2 + Math.floor(Math.random() * lastSeq)}`,
    accessToken: tokens.get(user) as string,
  }));
}

const listsOf = (people: readonly Person[]): Page[] =>
  people
    .map(({ accessToken }) => ({ path: `${API}?limit=${PAGE}`, accessToken, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at);

async function explain({ stand }: Run, memberships: readonly Membership[]): Promise<Plan[]> {
  const { historyOf } = await import('../../../server/chat/history.ts');
  const { listConversations } = await import('../../../server/chat/conversations.ts');
  const { plansOf } = await import('../plans.ts');
  const longest = memberships.toSorted((a, b) => b.lastSeq - a.lastSeq)[0] as Membership;
  const { user, conversation, lastSeq } = longest;
  // she is a member: nobody asks who may write to whom
  const reach = undefined as never;
  const page = { before: Math.ceil(lastSeq / 2) + 1, after: undefined, limit: PAGE };
  return plansOf(stand.config.DATABASE_URL, {
    page: (db) => historyOf({ db, clock: systemClock, reach }, user, conversation, page),
    list: (db) => listConversations({ db, clock: systemClock }, user, { limit: PAGE }),
  });
}

const plansFor = (plans: readonly Plan[], load: string) => plans.filter(({ of }) => load.startsWith(of));

async function runRound({ stand, generators, options }: Run, perSecond: number, profileAs?: string) {
  await generators.first('read', 'parley', perSecond);
  await sleep(options.warmUpSeconds * 1000);
  const { value: counts, ...used } = await metered({ stand, generators }, profileAs, async () => {
    await generators.first('beginReading', 'parley');
    await sleep(options.seconds * 1000);
    return generators.first('endReading', 'parley');
  });
  const faults = await generators.first('stopReading', 'parley');
  const latencies = merged([counts.latencies]);
  const figures = {
    p99Ms: percentile(latencies, 99),
    p50Ms: percentile(latencies, 50),
    mostMs: latencies.maxValue / 1000,
    perSecond: (counts.deliveries / counts.ms) * 1000,
  };
  return { figures, faults, units: counts.deliveries, raw: counts, ...used };
}

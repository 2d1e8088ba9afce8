// The plans of the statements that a piece of code sends to PostgreSQL, as it sends them.
import { PrismaPg } from '@prisma/adapter-pg';
import { BY_KEYS, type Db } from '../../server/db.ts';
import { PrismaClient } from '../../prisma/client/client.ts';

export interface Plan {
  readonly of: string;
  readonly sql: string;
  readonly plan: readonly string[];
}

/** Runs each piece of work with a database of its own, notes its statements, and has them explained. */
export async function plansOf(
  url: string,
  works: Readonly<Record<string, (db: Db) => Promise<unknown>>>,
): Promise<Plan[]> {
  const adapter = new PrismaPg({ connectionString: url, max: 1, options: BY_KEYS });
  const db = new PrismaClient({ adapter, log: [{ emit: 'event', level: 'query' }] });
  let noted: { sql: string; params: unknown[] }[] = [];
  db.$on('query', ({ query, params }) => noted.push({ sql: query, params: JSON.parse(params) as unknown[] }));
  try {
    const plans: Plan[] = [];
    for (const [of, work] of Object.entries(works)) {
      noted = [];
      await work(db);
      const statements = noted;
      for (const { sql, params } of statements.filter(({ sql }) => /^\s*(SELECT|WITH)/i.test(sql))) {
        const rows = await db.$queryRawUnsafe<{ 'QUERY PLAN': string }[]>(
          `EXPLAIN (ANALYZE, BUFFERS) ${sql}`,
          ...params,
        );
        plans.push({ of, sql, plan: rows.map((row) => row['QUERY PLAN']) });
      }
    }
    return plans;
  } finally {
    await db.$disconnect();
  }
}

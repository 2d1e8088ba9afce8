// The door to PostgreSQL: a Prisma client over a pool of connections; what is busiest has one of its own.
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../prisma/client/client.ts';
import type { Config } from './config.ts';

export type Db = PrismaClient;
export { Prisma } from '../prisma/client/client.ts';

export function openDb(config: Pick<Config, 'DATABASE_URL' | 'DATABASE_CONNECTIONS'>): Db {
  const adapter = new PrismaPg({ connectionString: config.DATABASE_URL, max: config.DATABASE_CONNECTIONS });
  return new PrismaClient({ adapter });
}

/*
 * Plans of prepared statements are made for the tables as they are then, and kept: of a new, still empty table that
 * is to read all of it, which is a disaster a minute later. These find rows by their keys, always, and in their order:
 * conversations differ too much in length for an estimate of what it costs to sort one.
 */
export const BY_KEYS = '-c enable_seqscan=off -c enable_bitmapscan=off -c enable_mergejoin=off -c random_page_cost=1.1';

/**
 * For a few statements of which there are many a second. They wait for nothing else, and every one is prepared, once a
 * connection, for to parse and plan one takes longer than to run it (DECISIONS.md). So their texts must be few and fixed.
 */
export function openPreparedDb({ DATABASE_URL }: Pick<Config, 'DATABASE_URL'>, connections: number): Db {
  const names = new Map<string, string>();
  const statementNameGenerator = ({ sql }: { readonly sql: string }): string => {
    let name = names.get(sql);
    if (name === undefined) names.set(sql, (name = `prepared_${names.size}`));
    return name;
  };
  const adapter = new PrismaPg(
    { connectionString: DATABASE_URL, max: connections, options: BY_KEYS },
    { statementNameGenerator },
  );
  return new PrismaClient({ adapter });
}

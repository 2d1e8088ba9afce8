// The door to PostgreSQL: one Prisma client a process, over one pool.
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../prisma/client/client.ts';
import type { Config } from './config.ts';

export type Db = PrismaClient;
export { Prisma } from '../prisma/client/client.ts';

export function openDb(config: Pick<Config, 'DATABASE_URL' | 'DATABASE_CONNECTIONS'>): Db {
  const adapter = new PrismaPg({ connectionString: config.DATABASE_URL, max: config.DATABASE_CONNECTIONS });
  return new PrismaClient({ adapter });
}

// Whether the database refused what it was given (trying again is of no use) or could not be asked.

// PostgreSQL, appendix A: 22 data exception, 23 integrity constraint violation
const REFUSED = /^(22|23)/;

/** The SQLSTATE of an error of a raw query, wherever Prisma put it. */
function sqlState(error: unknown): string | undefined {
  const meta = (error as { meta?: { code?: string; driverAdapterError?: { cause?: { originalCode?: string } } } }).meta;
  return meta?.driverAdapterError?.cause?.originalCode ?? meta?.code;
}

/** The database refuses what it was given, or we stumble over it ourselves: an entry that is not what it should be. */
export function isRefused(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || REFUSED.test(sqlState(error) ?? '');
}

// Whether the database refused what it was given (trying again is of no use) or could not be asked.

// PostgreSQL, appendix A: 22 data exception, 23 integrity constraint violation
const REFUSED = /^(22|23)/;

/** The SQLSTATE of an error of a raw query, wherever Prisma put it. */
function sqlState(error: unknown): string | undefined {
  const meta = (error as { meta?: { code?: string; driverAdapterError?: { cause?: { originalCode?: string } } } }).meta;
  return meta?.driverAdapterError?.cause?.originalCode ?? meta?.code;
}

export function isRefusedByDatabase(error: unknown): boolean {
  return REFUSED.test(sqlState(error) ?? '');
}

// The bounds of looking at a page that an operator has no reason to change. Those that she may stand in
// server/config.ts, those of what is shown in server/contract/limits.ts.

export const bounds = {
  ports: [80, 443],
  redirects: 3,
  /** from the beginning of a connection to its standing, TLS included */
  connectMs: 3000,
  headerBytes: 16_384,
  /** at one time in one process; beyond it `busy` */
  fetches: 16,
  /** at one time of one user in one process, so that nobody takes them all */
  fetchesOfUser: 4,
} as const;

// What a role may grant. Default deny: what no role of a user grants, the user may not do.

export const permissions = [
  { name: '*', text: 'everything, `/**` of the broker destinations included' },
  { name: 'stomp:send:PATTERN', text: 'SEND to the broker destinations that match PATTERN' },
  { name: 'stomp:subscribe:PATTERN', text: 'SUBSCRIBE to the broker destinations that match PATTERN' },
] as const;

/** The roles every database has. */
export const builtInRoles = [
  { name: 'administrator', permissions: ['*'] },
  { name: 'user', permissions: [] },
] as const satisfies readonly { name: string; permissions: readonly string[] }[];

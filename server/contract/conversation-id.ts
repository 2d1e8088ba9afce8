// A direct conversation's id, derived from its two members: who knows the members knows the conversation and
// its shard, without asking the database. Opaque to everyone outside the server.

const PREFIX = 'd-';

/** The id of the direct conversation of two users (or of one with herself). Ids hold no "-". */
export function directConversationId(a: string, b: string): string {
  return a < b ? `${PREFIX}${a}-${b}` : `${PREFIX}${b}-${a}`;
}

/** The members of a direct conversation, one where somebody writes to herself; undefined: not a direct one. */
export function directMembers(conversation: string): string[] | undefined {
  if (!conversation.startsWith(PREFIX)) return undefined;
  const [a, b, ...rest] = conversation.slice(PREFIX.length).split('-');
  if (!a || !b || rest.length > 0 || a > b) return undefined;
  return a === b ? [a] : [a, b];
}

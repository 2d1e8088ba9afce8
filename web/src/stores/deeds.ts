// What one does to messages that are stored: edit, recall, react. Each is sent again in every new session until it is
// receipted; doing one twice does it once (contract §4). Kept in memory only: what one sees is what was done, so
// nobody believes that something happened which a closed window has forgotten.
import { publish, type Refusal } from './connection.ts';
import { say } from './notice.ts';

interface Deed {
  destination: '/app/messages/edit' | '/app/messages/recall' | '/app/reactions' | '/app/votes' | '/app/votes/close';
  body: { id: string; text?: string; emoji?: string | null; options?: number[] };
}

/** By receipt, in the order they were done. */
const undone = new Map<string, Deed>();

const transmit = (receipt: string, { destination, body }: Deed) =>
  publish(destination, body, () => undone.delete(receipt), receipt);

function perform(destination: Deed['destination'], body: Deed['body']): void {
  const receipt = crypto.randomUUID();
  undone.set(receipt, { destination, body });
  if (!transmit(receipt, { destination, body })) say('You are offline: this is done as soon as you are back.');
}

export const editMessage = (id: string, text: string) => perform('/app/messages/edit', { id, text });
export const recallMessage = (id: string) => perform('/app/messages/recall', { id });
export const reactTo = (id: string, emoji: string | null) => perform('/app/reactions', { id, emoji });

export const voteFor = (id: string, options: number[]) => perform('/app/votes', { id, options });
export const closePoll = (id: string) => perform('/app/votes/close', { id });

export function performAgain(): void {
  for (const [receipt, deed] of undone) transmit(receipt, deed);
}

/** Whether the refusal was of a deed. */
export function deedRefused({ receipt, message }: Refusal): boolean {
  if (receipt === undefined || !undone.delete(receipt)) return false;
  say(message);
  return true;
}

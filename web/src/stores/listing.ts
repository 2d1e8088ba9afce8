// One's own view of the conversations: pinned, archived, muted, marked, cleared. One's other devices hear of it by
// events.
import { FOREVER, type ListSettings, type ListSettingsPatch } from '../../../server/contract/list-settings.ts';
import type { ClearedEvent, ListSettingsEvent } from '../../../server/contract/events.ts';
import type { Conversation } from '../../../server/contract/rest.ts';
import { listApi } from '../api-list.ts';
import { conversations, drop, groupChanged } from './conversations.ts';
import { cutThread } from './messages.ts';

export const isMuted = ({ settings: { mutedUntil } }: Pick<Conversation, 'settings'>): boolean =>
  mutedUntil === FOREVER || (mutedUntil !== null && Date.parse(mutedUntil) > Date.now());

function note(id: string, settings: ListSettings): void {
  const conversation = conversations.byId.get(id);
  if (conversation) conversation.settings = settings;
}

export async function changeListing(id: string, patch: ListSettingsPatch): Promise<void> {
  note(id, await listApi.set(id, patch));
}
export const noteListing = ({ conversation, settings }: ListSettingsEvent): void => note(conversation, settings);

export async function clearConversation({ id, lastSeq }: Conversation): Promise<void> {
  await noteCleared(await listApi.clear(id, lastSeq));
}
export async function deleteConversation({ id, lastSeq }: Conversation): Promise<void> {
  await noteCleared(await listApi.remove(id, lastSeq));
}

export async function noteCleared({ conversation, seq, deleted }: Omit<ClearedEvent, 'type'>): Promise<void> {
  cutThread(conversation, seq);
  // what was said meanwhile keeps it in the list
  if (deleted && (conversations.byId.get(conversation)?.lastSeq ?? 0) <= seq) drop(conversation);
  else await groupChanged({ conversation });
}

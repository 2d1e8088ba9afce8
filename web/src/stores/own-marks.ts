// What one does to messages for oneself alone: stars, and deleting them.
import { shallowReactive } from 'vue';
import type { MessageEvent } from '../../../server/contract/events.ts';
import type { Starred } from '../../../server/contract/rest-messages.ts';
import { listApi } from '../api-list.ts';
import { starred } from './changed-message.ts';
import { changeMessage, hideMessage } from './messages.ts';

export const stars = shallowReactive({ items: [] as Starred[] });

export async function loadStars(): Promise<void> {
  stars.items = await listApi.stars();
}

export async function setStar({ id, conversation, seq }: MessageEvent, isStarred: boolean): Promise<void> {
  await listApi.star(conversation, seq, isStarred);
  const event = { type: 'star', id, conversation, seq, starred: isStarred } as const;
  await changeMessage(conversation, seq, (message) => starred(message, event));
}

export async function deleteForMe({ conversation, seq }: MessageEvent): Promise<void> {
  await listApi.hide(conversation, seq);
  hideMessage(conversation, seq);
}

// Saying a message again elsewhere.
import { computed } from 'vue';
import type { MessageEvent } from '../../../server/contract/events.ts';
import { conversations, conversationWith, ensureConversation, people, targetOf, titleOf } from './conversations.ts';
import { type Content, post } from './outbox.ts';

/** Conversations, the most recent first, then the contacts one has not written with yet. */
export const forwardTargets = computed(() => {
  const recent = [...conversations.byId.values()]
    .toSorted((a, b) => b.activeAt.localeCompare(a.activeAt))
    .map((conversation) => ({ id: conversation.id, title: titleOf(conversation) }));
  const here = new Set(recent.map(({ id }) => id));
  const rest = people.value.map(({ id, displayName }) => ({ id: conversationWith(id), title: displayName }));
  return [...recent, ...rest.filter(({ id }) => !here.has(id))];
});

export async function forward(
  { id: message, kind, text, media }: MessageEvent,
  targets: readonly string[],
): Promise<void> {
  for (const id of targets) {
    await ensureConversation(id);
    const conversation = conversations.byId.get(id);
    if (conversation)
      await post({ conversation: id, to: targetOf(conversation), forward: message }, { kind, text, media } as Content);
  }
}

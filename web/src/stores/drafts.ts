// What one has begun to write, kept on the server for one's other devices, when the writing pauses.
import { onBeforeUnmount, watch } from 'vue';
import { limits } from '../../../server/contract/limits.ts';
import type { ConversationDraft } from '../../../server/contract/list-settings.ts';
import { listApi } from '../api-list.ts';
import { type Composing, composingOf } from './composing.ts';
import { conversations } from './conversations.ts';

const PAUSE_MS = 1_200;
const encoder = new TextEncoder();

const keptText = (id: string) => conversations.byId.get(id)?.draft?.text ?? '';

async function keep(id: string, composing: Composing): Promise<void> {
  const text = composing.editing ? composing.aside : composing.text;
  if (text.trim() === keptText(id).trim() || encoder.encode(text).length > limits.draftBytes) return;
  // a conversation in which nothing was said yet keeps none, and without the network it is kept here alone
  const draft = await listApi.keepDraft(id, { text, writtenAt: new Date().toISOString() }).catch(() => undefined);
  if (draft) noteDraft(id, draft);
}

function noteDraft(id: string, draft: ConversationDraft): void {
  const conversation = conversations.byId.get(id);
  if (conversation && draft.writtenAt >= (conversation.draft?.writtenAt ?? '')) conversation.draft = draft;
}

/** Another device has gone on writing; what was written here later stays. */
export function draftChanged({ conversation: id, ...draft }: ConversationDraft & { conversation: string }): void {
  const before = keptText(id);
  noteDraft(id, draft);
  const composing = composingOf(id);
  if (!composing.editing && composing.text === before) composing.text = draft.text;
}

/** For where one writes: begins with what was begun, and keeps what is written. */
export function useDraft(id: string): void {
  const composing = composingOf(id);
  if (!composing.text && !composing.editing) composing.text = keptText(id);
  let pause: ReturnType<typeof setTimeout> | undefined;
  watch(
    () => composing.text,
    (text) => {
      clearTimeout(pause);
      // what is sent is no draft any more, at once
      pause = setTimeout(() => void keep(id, composing), text ? PAUSE_MS : 0);
    },
  );
  onBeforeUnmount(() => {
    clearTimeout(pause);
    void keep(id, composing);
  });
}

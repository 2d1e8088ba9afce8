// Goes to a message: it is brought into sight and lights up for a moment.
import { nextTick, type ShallowRef } from 'vue';
import { openAround, type Thread } from '../../stores/messages.ts';
import { attempt } from '../../stores/notice.ts';

const FRAMES = 90;

export function useJump(scroller: Readonly<ShallowRef<HTMLElement | null>>, thread: Thread, conversation: string) {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const rowOf = (id: string) => scroller.value?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`);

  /** Rows are made a moment after their messages are here. */
  async function shown(seq: number): Promise<HTMLElement | undefined> {
    for (let frames = 0; frames < FRAMES; frames++) {
      const id = thread.items.find((message) => message.seq === seq)?.id;
      const row = id === undefined ? undefined : rowOf(id);
      if (row) return row;
      await frame();
    }
    return undefined;
  }

  async function light(row: HTMLElement): Promise<void> {
    row.scrollIntoView({ block: 'center' });
    row.classList.remove('found');
    await nextTick();
    // restarts the animation of one that was found a moment ago
    void row.offsetWidth;
    row.classList.add('found');
  }

  return async (seq: number): Promise<void> => {
    await thread.fetched;
    if (!thread.items.some((message) => message.seq === seq)) await attempt(() => openAround(conversation, seq));
    const row = await shown(seq);
    if (row) await light(row);
  };
}

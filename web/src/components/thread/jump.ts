// Goes to a message that was answered: it is brought into sight and lights up for a moment.
import { nextTick, type ShallowRef } from 'vue';
import { findMessage } from '../../stores/messages.ts';
import { attempt, say } from '../../stores/notice.ts';

export function useJump(scroller: Readonly<ShallowRef<HTMLElement | null>>, conversation: () => string) {
  const row = (id: string) => scroller.value?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`);

  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  /** Rows are made a moment after their messages are here. */
  async function shown(id: string): Promise<HTMLElement | undefined> {
    for (let frames = 0; frames < 60; frames++) {
      const found = row(id);
      if (found) return found;
      await frame();
    }
    return undefined;
  }

  async function show(element: HTMLElement): Promise<void> {
    element.scrollIntoView({ block: 'center' });
    element.classList.remove('found');
    await nextTick();
    // restarts the animation of one that was found a moment ago
    void element.offsetWidth;
    element.classList.add('found');
  }

  return async (id: string): Promise<void> => {
    let element = row(id) ?? undefined;
    if (!element) {
      let found = false;
      await attempt(async () => {
        found = await findMessage(conversation(), id);
      });
      if (!found) return say('That message is not here any more.');
      element = await shown(id);
    }
    if (element) await show(element);
  };
}

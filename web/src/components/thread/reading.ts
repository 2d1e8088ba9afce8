// Tells that one has read, once one has: a moment later, and once for all that come together.
import { onBeforeUnmount, watch } from 'vue';

const READ_MS = 250;

/** `seq`: up to where everything is read and not told yet, or 0. */
export function useReading(seq: () => number, tell: (seq: number) => void): void {
  let telling: ReturnType<typeof setTimeout> | undefined;
  watch(
    () => seq() > 0,
    () => {
      clearTimeout(telling);
      telling = setTimeout(() => {
        if (seq() > 0) tell(seq());
      }, READ_MS);
    },
    { immediate: true },
  );
  onBeforeUnmount(() => clearTimeout(telling));
}

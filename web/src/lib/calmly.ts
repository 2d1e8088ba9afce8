// A computed value that is made anew in the next frame, but not more often than every so many milliseconds: a
// thousand messages that come at once are shown in a few steps, and the browser has time to take them in between.
// A hidden page has no frames and needs none.
import { effect, onScopeDispose, type ShallowRef, shallowRef, stop } from 'vue';

const EVERY_MS = 150;

export function calmly<T>(make: () => T): Readonly<ShallowRef<T | undefined>> {
  const value = shallowRef<T>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let frame = 0;
  let madeAt = 0;
  let due = false;

  const run = effect(
    () => {
      value.value = make();
    },
    {
      scheduler: () => {
        if (due) return;
        due = true;
        timer = setTimeout(atNextFrame, Math.max(0, madeAt + EVERY_MS - performance.now()));
      },
    },
  );
  const atNextFrame = () => {
    frame = requestAnimationFrame(() => {
      due = false;
      run();
      madeAt = performance.now();
    });
  };
  onScopeDispose(() => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    stop(run);
  });
  return value;
}

// A computed value that is made anew at most once per frame: a thousand messages that come at once are shown in a
// few steps, not in a thousand. A hidden page has no frames and needs none.
import { effect, onScopeDispose, type ShallowRef, shallowRef, stop } from 'vue';

export function perFrame<T>(make: () => T): Readonly<ShallowRef<T | undefined>> {
  const value = shallowRef<T>();
  let frame = 0;
  const run = effect(
    () => {
      value.value = make();
    },
    {
      scheduler: () => {
        frame ||= requestAnimationFrame(() => {
          frame = 0;
          run();
        });
      },
    },
  );
  onScopeDispose(() => {
    cancelAnimationFrame(frame);
    stop(run);
  });
  return value;
}

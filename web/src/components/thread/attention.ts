// Whether somebody is looking: the page is visible and has the focus.
import { onBeforeUnmount, type Ref, ref } from 'vue';

const look = () => document.visibilityState === 'visible' && document.hasFocus();

export function useAttention(): Readonly<Ref<boolean>> {
  const attentive = ref(look());
  const update = () => {
    attentive.value = look();
  };
  const moments = [
    [window, 'focus'],
    [window, 'blur'],
    [document, 'visibilitychange'],
  ] as const;
  for (const [target, name] of moments) target.addEventListener(name, update);
  onBeforeUnmount(() => {
    for (const [target, name] of moments) target.removeEventListener(name, update);
  });
  return attentive;
}

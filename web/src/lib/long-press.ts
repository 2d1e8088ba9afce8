// A finger that stays on something: what the right button is to a mouse. (Some phones send `contextmenu` for it, others
// nothing.)

const LONG_MS = 450;
const MOVED_PX = 10;

export function longPress(onLong: (at: [number, number]) => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let from: [number, number] = [0, 0];
  let long = false;
  const end = () => clearTimeout(timer);
  return {
    pointerdown: (event: PointerEvent) => {
      end();
      if (event.pointerType !== 'touch') return;
      from = [event.clientX, event.clientY];
      long = false;
      timer = setTimeout(() => {
        long = true;
        onLong(from);
      }, LONG_MS);
    },
    pointermove: ({ clientX, clientY }: PointerEvent) => {
      if (Math.hypot(clientX - from[0], clientY - from[1]) > MOVED_PX) end();
    },
    pointerup: end,
    pointercancel: end,
    // the finger that lets go has not chosen what is under it
    clickCapture: (event: MouseEvent) => {
      if (!long) return;
      long = false;
      event.preventDefault();
      event.stopPropagation();
    },
  };
}

// Which pictures are shown large.
import { shallowReactive } from 'vue';
import type { Attachment } from '../../../../server/contract/media.ts';

export const lightbox = shallowReactive({
  pictures: [] as readonly Attachment[],
  at: 0,
  open(pictures: readonly Attachment[], at: number) {
    Object.assign(lightbox, { pictures, at });
  },
  close() {
    lightbox.pictures = [];
  },
  go(steps: number) {
    const count = lightbox.pictures.length;
    if (count > 0) lightbox.at = (lightbox.at + steps + count) % count;
  },
});

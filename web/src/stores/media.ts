// Where files are read from: signed addresses, asked for many at once, and again before they expire.
import { type ComputedRef, computed, shallowReactive } from 'vue';
import type { MediaUrl } from '../../../server/contract/media.ts';
import { mediaApi } from '../api-media.ts';

const GATHER_MS = 20;
const MARGIN_MS = 30_000;
const MOST = 100;
const ASK_AGAIN_MS = 5_000;

const known = shallowReactive(new Map<string, MediaUrl>());
const wanted = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

async function ask(): Promise<void> {
  timer = undefined;
  const ids = [...wanted].slice(0, MOST);
  for (const id of ids) wanted.delete(id);
  if (wanted.size > 0) want();
  try {
    for (const { id, ...urls } of await mediaApi.urls(ids)) {
      known.set(id, urls);
      // shown for longer than it lasts: the next who reads it asks anew
      setTimeout(() => known.delete(id), Math.max(1_000, Date.parse(urls.expiresAt) - Date.now() - MARGIN_MS));
    }
  } catch {
    setTimeout(() => ids.forEach(want), ASK_AGAIN_MS);
  }
}

function want(id?: string): void {
  if (id !== undefined) wanted.add(id);
  timer ??= setTimeout(ask, GATHER_MS);
}

/** Undefined until it is known, and for what one may not read. */
export function mediaUrl(id: () => string | null | undefined): ComputedRef<MediaUrl | undefined> {
  return computed(() => {
    const of = id();
    if (!of) return undefined;
    const urls = known.get(of);
    if (!urls) want(of);
    return urls;
  });
}

// What this server allows, as far as a page offers things accordingly; the server decides. Until it has said so, its
// defaults.
import { shallowReactive } from 'vue';
import type { Rules } from '../../../server/contract/rest-rules.ts';
import { api } from '../api.ts';

export const rules = shallowReactive<Rules>({
  editWindowSeconds: 900,
  recallWindowSeconds: 172_800,
  groupLimit: 100,
});

export async function loadRules(): Promise<void> {
  Object.assign(rules, await api.rules());
}

// Which dialog about which message is open.
import { shallowReactive } from 'vue';
import type { MessageEvent } from '../../../../server/contract/events.ts';

type Name = 'forward' | 'info';

export const messageDialog = shallowReactive({
  name: undefined as Name | undefined,
  message: undefined as MessageEvent | undefined,
  open(name: Name, message: MessageEvent) {
    Object.assign(messageDialog, { name, message });
  },
  close() {
    messageDialog.name = undefined;
  },
});

// What one may change about oneself: profile, privacy, whom one blocks, one's devices.
import { computed, shallowReactive } from 'vue';
import type { Device } from '../../../server/contract/rest.ts';
import type { Blocked, MePatch, Privacy, ReportDraft } from '../../../server/contract/rest-privacy.ts';
import { accountApi } from '../api-account.ts';
import { loadContacts } from './contacts.ts';
import { conversations } from './conversations.ts';

export const account = shallowReactive({
  blocks: [] as Blocked[],
  devices: [] as Device[],
});

export async function changeMe(patch: MePatch): Promise<void> {
  conversations.me = await accountApi.change(patch);
}
export const changePrivacy = (privacy: Partial<Privacy>): Promise<void> => changeMe({ privacy });

export async function loadBlocks(): Promise<void> {
  account.blocks = await accountApi.blocks();
}
export const blocked = computed(() => new Set(account.blocks.map(({ user }) => user.id)));

export async function setBlocked(user: string, block: boolean): Promise<void> {
  await (block ? accountApi.block(user) : accountApi.unblock(user));
  await loadBlocks();
}

/** An empty one: the name she gives herself. */
export async function nameContact(user: string, remark: string): Promise<void> {
  await accountApi.remark(user, remark);
  await loadContacts();
}
export async function removeContact(user: string): Promise<void> {
  await accountApi.removeContact(user);
  await loadContacts();
}
export async function cancelRequest(request: string): Promise<void> {
  await accountApi.cancelRequest(request);
  await loadContacts();
}
export async function report(draft: ReportDraft): Promise<void> {
  await accountApi.report(draft);
}

export async function loadDevices(): Promise<void> {
  account.devices = await accountApi.devices();
}
export async function removeDevice(device: string): Promise<void> {
  await accountApi.removeDevice(device);
  await loadDevices();
}

// Groups: made, changed and left. What the server answers is shown at once; the others hear of it by events.
import { computed, shallowReactive } from 'vue';
import type { Conversation } from '../../../server/contract/rest.ts';
import type { GroupPatch, MemberPatch } from '../../../server/contract/rest-groups.ts';
import type { GroupInvitation, GroupOutcome } from '../../../server/contract/rest-invites.ts';
import { groupApi } from '../api-groups.ts';
import { drop, ensureConversation, nameOfUser, put } from './conversations.ts';
import { say } from './notice.ts';

/** Who wants to be asked before being put into a group was asked. */
function tellInvited({ invited }: GroupOutcome): void {
  if (invited.length > 0) say(`Invited, to agree first: ${invited.map(nameOfUser).join(', ')}.`);
}

export async function makeGroup(title: string, members: string[]): Promise<string> {
  const made = await groupApi.make(title, members);
  put(made);
  tellInvited(made);
  return made.id;
}

export async function changeGroup(id: string, patch: GroupPatch): Promise<void> {
  put(await groupApi.change(id, patch));
}

/** Of a direct conversation, too. */
export async function setDisappearing(id: string, seconds: number | null): Promise<void> {
  put(await groupApi.setDisappearing(id, seconds));
}

export async function addMembers(id: string, members: string[]): Promise<void> {
  const changed = await groupApi.add(id, members);
  put(changed);
  tellInvited(changed);
}

export async function giveRole(id: string, user: string, role: MemberPatch['role']): Promise<void> {
  put(await groupApi.giveRole(id, user, role));
}

export const removeMember = ({ id }: Conversation, user: string) => groupApi.remove(id, user);

export async function leaveGroup(id: string): Promise<void> {
  await groupApi.leave(id);
  drop(id);
}

export async function dissolveGroup(id: string): Promise<void> {
  await groupApi.dissolve(id);
  drop(id);
}

/** Groups one is asked to come into, and those one asks to get into. */
export const joining = shallowReactive({ invitations: [] as GroupInvitation[] });

/** Those that wait for one's answer. */
export const invited = computed(() => joining.invitations.filter(({ state }) => state === 'invited'));

export async function loadInvitations(): Promise<void> {
  joining.invitations = await groupApi.invitations();
}

export async function answerInvitation(id: string, answer: 'accept' | 'decline'): Promise<void> {
  await groupApi.answerInvitation(id, answer);
  await loadInvitations();
  if (answer === 'accept') await ensureConversation(id);
}

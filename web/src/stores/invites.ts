// The links into groups, and who asks to get in by one.
import type { Invite, InviteDraft, InviteView, Joined, JoinRequest } from '../../../server/contract/rest-invites.ts';
import { groupApi } from '../api-groups.ts';
import { ensureConversation } from './conversations.ts';

export const invitesOf = (group: string): Promise<Invite[]> => groupApi.invites(group);
export const makeInvite = (group: string, draft: Partial<InviteDraft>): Promise<Invite> =>
  groupApi.invite(group, draft);
export const revokeInvite = (group: string, invite: string): Promise<undefined> => groupApi.revoke(group, invite);
/** A link as a picture: an address for as long as the page lives. */
export const qrOf = async (group: string, invite: string): Promise<string> =>
  URL.createObjectURL(await groupApi.qr(group, invite));

export const requestsOf = (group: string): Promise<JoinRequest[]> => groupApi.requests(group);
export const answerJoinRequest = (group: string, user: string, answer: 'accept' | 'decline'): Promise<undefined> =>
  groupApi.answerRequest(group, user, answer);

export const viewInvite = (code: string): Promise<InviteView> => groupApi.viewInvite(code);

export async function joinBy(code: string): Promise<Joined> {
  const outcome = await groupApi.join(code);
  if (outcome.state === 'member') await ensureConversation(outcome.conversation);
  return outcome;
}

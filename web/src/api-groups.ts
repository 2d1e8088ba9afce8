// The REST calls about groups: how one is made and changed, and how people get in.
import type { Conversation } from '../../server/contract/rest.ts';
import type { GroupPatch, MemberPatch } from '../../server/contract/rest-groups.ts';
import type {
  GroupInvitation,
  GroupOutcome,
  Invite,
  InviteDraft,
  InviteView,
  Joined,
  JoinRequest,
} from '../../server/contract/rest-invites.ts';
import { call, fetchBlob, get, list, type Page, segment } from './rest-call.ts';

const group = (id: string) => `/conversations/${segment(id)}`;
const member = (id: string, user: string) => `${group(id)}/members/${segment(user)}`;
const asking = (id: string, user: string) => `${group(id)}/join-requests/${segment(user)}`;

export const groupApi = {
  make: (title: string, members: string[]) =>
    call<GroupOutcome>('POST', '/conversations', { kind: 'group', title, members }),
  change: (id: string, patch: GroupPatch) => call<Conversation>('PATCH', group(id), patch),
  setDisappearing: (id: string, disappearAfterSeconds: number | null) =>
    call<Conversation>('PATCH', group(id), { disappearAfterSeconds }),
  leave: (id: string) => call<undefined>('DELETE', group(id)),
  dissolve: (id: string) => call<undefined>('POST', `${group(id)}/dissolve`),
  add: (id: string, members: string[]) => call<GroupOutcome>('POST', `${group(id)}/members`, { members }),
  giveRole: (id: string, user: string, role: MemberPatch['role']) =>
    call<Conversation>('PATCH', member(id, user), { role }),
  remove: (id: string, user: string) => call<undefined>('DELETE', member(id, user)),

  invites: async (id: string) => (await get<Page<Invite>>(`${group(id)}/invites`)).items,
  invite: (id: string, draft: Partial<InviteDraft>) => call<Invite>('POST', `${group(id)}/invites`, draft),
  revoke: (id: string, invite: string) => call<undefined>('DELETE', `${group(id)}/invites/${segment(invite)}`),
  qr: (id: string, invite: string) => fetchBlob(`${group(id)}/invites/${segment(invite)}/qr`),
  viewInvite: (code: string) => get<InviteView>(`/invites/${segment(code)}`),
  join: (code: string) => call<Joined>('POST', `/invites/${segment(code)}/join`),

  requests: (id: string) => list<JoinRequest>(`${group(id)}/join-requests`),
  answerRequest: (id: string, user: string, answer: 'accept' | 'decline') =>
    call<undefined>('POST', `${asking(id, user)}/${answer}`),
  invitations: async () => (await get<Page<GroupInvitation>>('/group-invitations')).items,
  answerInvitation: (id: string, answer: 'accept' | 'decline') =>
    call<unknown>('POST', `/group-invitations/${segment(id)}/${answer}`),
};

// The REST calls about oneself: profile, privacy, blocks, remarks, reports, devices.
import type { Contact, Device } from '../../server/contract/rest.ts';
import type { Blocked, Me, MePatch, Report, ReportDraft } from '../../server/contract/rest-privacy.ts';
import { call, get, list, type Page, segment } from './rest-call.ts';

export const accountApi = {
  me: () => get<Me>('/me'),
  change: (patch: MePatch) => call<Me>('PATCH', '/me', patch),
  blocks: () => list<Blocked>('/blocks'),
  block: (user: string) => call<undefined>('PUT', `/blocks/${segment(user)}`),
  unblock: (user: string) => call<undefined>('DELETE', `/blocks/${segment(user)}`),
  remark: (user: string, remark: string) => call<Contact>('PATCH', `/contacts/${segment(user)}`, { remark }),
  removeContact: (user: string) => call<undefined>('DELETE', `/contacts/${segment(user)}`),
  cancelRequest: (request: string) => call<undefined>('DELETE', `/contact-requests/${segment(request)}`),
  report: (draft: ReportDraft) => call<Report>('POST', '/reports', draft),
  devices: async () => (await get<Page<Device>>('/devices')).items,
  removeDevice: (device: string) => call<undefined>('DELETE', `/devices/${segment(device)}`),
};

// A change of a group on its way to the worker, which makes it in its turn among the group's messages: who is a member
// when a message is stored is then no matter of luck.
import type { GroupSettings, MemberRole } from '../contract/group.ts';

export type GroupAction =
  /** the group exists already: this only says so in it */
  | { readonly do: 'made'; readonly title: string }
  | { readonly do: 'set'; readonly set: Partial<GroupSettings> }
  | { readonly do: 'add'; readonly users: readonly string[] }
  /** of the one who asks, by a link; without one she was invited herself */
  | { readonly do: 'join'; readonly invite?: string }
  /** who asked to get in */
  | { readonly do: 'admit'; readonly user: string }
  | { readonly do: 'remove'; readonly user: string }
  | { readonly do: 'leave' }
  | { readonly do: 'role'; readonly user: string; readonly role: MemberRole }
  | { readonly do: 'dissolve' }
  | { readonly do: 'disappear'; readonly seconds: number | null }
  | { readonly do: 'pin' | 'unpin'; readonly message: string; readonly seq: number };

export interface GroupChangeEnvelope {
  /** the `clientMessageId` of the system message that comes of it: a change that comes again is made once */
  readonly id: string;
  readonly conversation: string;
  readonly by: string;
  readonly action: GroupAction;
  readonly sentAt: string;
  /** not made after that: who asked for it was told so */
  readonly until?: string;
}

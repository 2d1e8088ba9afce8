// Somebody who listens to /user/queue/live as well.
import type { LiveEvent, PresenceEvent, PresencesEvent, TypingEvent } from '../contract/live.ts';
import { until } from '../lib/backoff.ts';
import type { House, Person } from './house.ts';
import type { StompPeer, StompPeerOptions } from './stomp-peer.ts';

export interface LivePeer {
  readonly peer: StompPeer;
  readonly heard: LiveEvent[];
  readonly typing: () => TypingEvent[];
  readonly presence: () => PresenceEvent[];
  readonly snapshots: () => PresencesEvent[];
  /** what it knows of somebody by now; undefined: nothing */
  readonly knows: (of: Person) => { state: string; lastSeenAt?: string | undefined } | undefined;
}

export async function livePeer(house: House, person: Person, options: StompPeerOptions = {}): Promise<LivePeer> {
  const peer = await house.stomp(person, options);
  const heard: LiveEvent[] = [];
  const known = new Map<string, { state: string; lastSeenAt?: string | undefined }>();
  peer.client.subscribe('/user/queue/live', ({ body }) => {
    const event = JSON.parse(body) as LiveEvent;
    heard.push(event);
    if (event.type === 'presence') known.set(event.user, event);
    if (event.type !== 'presences') return;
    known.clear();
    for (const one of event.people) known.set(one.user, one);
  });
  const of = <T extends LiveEvent>(type: T['type']) => heard.filter((event): event is T => event.type === type);
  const live: LivePeer = {
    peer,
    heard,
    typing: () => of<TypingEvent>('typing'),
    presence: () => of<PresenceEvent>('presence'),
    snapshots: () => of<PresencesEvent>('presences'),
    knows: ({ userId }) => known.get(userId),
  };
  await until('who is there', () => live.snapshots().length > 0);
  return live;
}

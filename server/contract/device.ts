// What a device is, as its client says with CONNECT (`device-kind`): for people who look at their list of devices.

export const deviceKinds = ['web', 'desktop', 'phone', 'tablet', 'terminal', 'bot', 'other'] as const;
export type DeviceKind = (typeof deviceKinds)[number];

/** A kind that we do not know is `other`; undefined: nothing is said. */
export function deviceKindOf(said: string | undefined): DeviceKind | undefined {
  if (!said) return undefined;
  return deviceKinds.find((kind) => kind === said) ?? 'other';
}

// This installation of the web client, as the server knows it: an id kept for good, a name people recognise.

const KEY = 'parley.device';

const newDeviceId = () => `web-${crypto.randomUUID()}`;

/** The same for every tab and every user of this browser profile. */
export function deviceId(): string {
  const kept = localStorage.getItem(KEY);
  if (kept) return kept;
  const id = newDeviceId();
  localStorage.setItem(KEY, id);
  return id;
}

/** A removed device stays removed: the next sign-in registers a new one. */
export function forgetDevice(): void {
  localStorage.removeItem(KEY);
}

const browsers = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrom(e|ium)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
] as const;
const systems = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
] as const;

/** Such as "Firefox on Windows". */
export function deviceName(agent = navigator.userAgent): string {
  const find = (rows: readonly (readonly [RegExp, string])[], other: string) =>
    rows.find(([pattern]) => pattern.test(agent))?.[1] ?? other;
  return `${find(browsers, 'A browser')} on ${find(systems, 'an unknown system')}`;
}

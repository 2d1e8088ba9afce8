// Times as people read them, in the browser's language.

const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
const shortDate = new Intl.DateTimeFormat(undefined, { dateStyle: 'short' });
const DAY_MS = 86_400_000;

const startOfDay = (time: Date) => new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
/** Days from `time` to today; rounded, for days on which the clock changes have 23 or 25 hours. */
const daysAgo = (time: Date) => Math.round((startOfDay(new Date()) - startOfDay(time)) / DAY_MS);

export const timeOfDay = (at: string) => clock.format(new Date(at));

/** "Today", "Yesterday", "Monday", "3 May 2026": what stands between the messages of two days. */
export function dayName(at: string): string {
  const time = new Date(at);
  const days = daysAgo(time);
  if (days <= 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return days < 7 ? weekday.format(time) : date.format(time);
}

/** The time for today, else the day, as short as a list has room for. */
export function briefTime(at: string): string {
  const time = new Date(at);
  const days = daysAgo(time);
  if (days <= 0) return clock.format(time);
  if (days === 1) return 'Yesterday';
  return days < 7 ? weekday.format(time) : shortDate.format(time);
}

export const sameDay = (a: string, b: string) => startOfDay(new Date(a)) === startOfDay(new Date(b));

const recent = new Intl.DateTimeFormat(undefined, { weekday: 'long', hour: 'numeric', minute: '2-digit' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** "today at 10:20", "yesterday at 18:03", "Monday 09:15", "3 May 2026, 09:15". */
export function whenInWords(at: string): string {
  const time = new Date(at);
  const days = daysAgo(time);
  if (days <= 0) return `today at ${clock.format(time)}`;
  if (days === 1) return `yesterday at ${clock.format(time)}`;
  return days < 7 ? recent.format(time) : exact.format(time);
}

export const exactTime = (at: string) => exact.format(new Date(at));

/** Times, spans and sizes as people read them. Pure: the moment that counts as now is given. */
const LOCALE = 'en';

const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });
const long = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full', timeStyle: 'long' });

const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** “3 minutes ago”, “in 2 days”. */
export function ago(at: string | number | Date, now: number): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS[6];
  return Math.abs(seconds) < 5 ? 'just now' : relative.format(Math.trunc(seconds / size), unit);
}

/** “2 d 4 h”, “12 s”: the two largest units. */
export function span(seconds: number): string {
  const left = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(left / 86_400), 'd'],
    [Math.floor(left / 3600) % 24, 'h'],
    [Math.floor(left / 60) % 60, 'min'],
    [left % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

const day = new Intl.DateTimeFormat(LOCALE, { weekday: 'short', day: 'numeric', month: 'short' });
const dayAndTime = new Intl.DateTimeFormat(LOCALE, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** Where something of a chart is: a day, or a time within one. */
export const dayOrTime = (at: number, isDay: boolean): string => (isDay ? day : dayAndTime).format(at);

export const fullTime = (at: string | number | Date): string => long.format(new Date(at));

export function bytes(value: number): string {
  const step = Math.min(4, Math.floor(Math.log2(Math.max(1, value)) / 10));
  const unit = ['B', 'KiB', 'MiB', 'GiB', 'TiB'][step] ?? 'B';
  return `${(value / 1024 ** step).toFixed(step === 0 || value % 1024 ** step === 0 ? 0 : 1)} ${unit}`;
}

const dense = new Intl.DateTimeFormat(LOCALE, {
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** “Nov 29, 08:15:02”: for rows, in the time zone of whoever looks. */
export const toTheSecond = (at: string | number | Date): string => dense.format(new Date(at));
